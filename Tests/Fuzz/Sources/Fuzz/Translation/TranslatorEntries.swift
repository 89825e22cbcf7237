// One packet into the translator, from either side, into empty tables or beside sessions.

internal import NetAddress
internal import Packet
internal import Translator

/// Input: settings; how it comes; the size of a piece; an IPv6 packet.
func fuzzSixToFour(_ input: UnsafeRawBufferPointer) { fuzzTranslation(input, version: 6) }

/// Input: settings; how it comes; the size of a piece; an IPv4 packet.
func fuzzFourToSix(_ input: UnsafeRawBufferPointer) { fuzzTranslation(input, version: 4) }

private func fuzzTranslation(_ input: UnsafeRawBufferPointer, version: UInt8) {
    var reader = InputReader(input)
    let test = TranslatorUnderTest(TestNetwork.settings(reader.octet()))
    let how = Delivery(rawValue: reader.octet())
    let size = Int(reader.octet()) << 3 | 4
    var packet = Array(reader.rest)
    // Of the version there is no doubt where lengths are made right as well.
    if how.contains(.repaired), !packet.isEmpty { packet[0] = version << 4 | packet[0] & 15 }
    if how.contains(.afterSetup) { test.openSessions() }
    test.deliver(packet, how, size: size)
    // Whatever it was, it does not live for ever.
    for _ in 0..<2 { test.pass(milliseconds: 41_000, steps: 2) }
    expect(test.translator.sessionCount == 0, "\(test.translator.sessionCount) sessions live for ever")
    expect(
        test.translator.bindingCount == test.settings.staticBindings.count,
        "\(test.translator.bindingCount) bindings live for ever")
}

extension TranslatorUnderTest {
    /// A session of each protocol, and one of another subscriber.
    func openSessions() {
        let (client, other) = (TestNetwork.clients[0], TestNetwork.clients[2])
        send(client, TestNetwork.peers[0], 17, PacketWriting.udp(5_000, 53))
        send(client, TestNetwork.peers[0], 6, PacketWriting.tcp(5_001, 80, flags: 2))
        send(client, TestNetwork.peers[0], 58, PacketWriting.echo(128, 7))
        send(other, TestNetwork.peers[1], 17, PacketWriting.udp(5_000, 53))
        send(TestNetwork.clients[3], TestNetwork.peers[1], 6, PacketWriting.tcp(80, 8_080, flags: 2))
    }

    func send(_ client: IPv6Address, _ peer: IPv4Address, _ proto: UInt8, _ payload: [UInt8]) {
        guard let prefix = settings.prefixes.first else { return }
        let packet = PacketWriting.packet(from: .v6(client), to: .v6(prefix.embed(peer)), proto: proto, payload)
        deliver(packet, [], size: 8)
    }
}
