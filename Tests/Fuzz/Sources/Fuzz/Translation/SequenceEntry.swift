// Packets of both sides one after another, with time between them, into a translator whose limits are soon met.

internal import NetAddress
internal import Packet
internal import Translator

/// Input: settings; then steps, each a choice and what it needs.
func fuzzSessionSequence(_ input: UnsafeRawBufferPointer) {
    var reader = InputReader(input)
    var sequence = PacketSequence(settings: reader.octet())
    var steps = 0
    while !reader.isEmpty, steps < 200 {
        sequence.step(&reader)
        steps += 1
    }
    sequence.end()
}

struct PacketSequence {
    private let test: TranslatorUnderTest
    /// The last packets that came out, for answers to them and errors about them.
    private var history: [[UInt8]] = []
    private static let waits: [UInt64] = [70, 1_000, 2_100, 6_200, 8_100, 10_200, 12_200, 40_200]

    init(settings: UInt8) { test = TranslatorUnderTest(TestNetwork.settings(settings)) }

    mutating func step(_ reader: inout InputReader) {
        let choice = reader.octet()
        switch choice & 7 {
        case 0, 1: fromClient(choice, &reader)
        case 2: fromPeer(choice, &reader)
        case 3: answer(choice, &reader)
        case 4: error(choice, &reader)
        case 5: note(test.pass(milliseconds: Self.waits[Int(choice >> 3 & 7)]))
        case 6:
            let how = Delivery(rawValue: reader.octet()).subtracting(.afterSetup)
            let size = Int(reader.octet()) << 3
            note(test.deliver(reader.framed() ?? [], how, size: size))
        default: control(choice >> 3)
        }
    }

    /// Nothing more comes: time empties the tables.
    func end() {
        for _ in 0..<2 { test.pass(milliseconds: 41_000, steps: 2) }
        expect(test.translator.sessionCount == 0, "\(test.translator.sessionCount) sessions live for ever")
        let statics = test.translator.bindings(from: 0, visits: .max, limit: .max) { $0.isStatic }.found.count
        expect(test.translator.bindingCount == statics, "\(test.translator.bindingCount) bindings live for ever")
    }

    private mutating func note(_ packet: [UInt8]?) {
        guard let packet, !packet.isEmpty else { return }
        history.append(packet)
        if history.count > 8 { history.removeFirst() }
    }

    private mutating func note(_ packets: [TranslatedPacket]) { for packet in packets { note(packet.octets) } }

    // MARK: steps

    /// The upper layer that three octets choose: protocol and flags, ports, length and delivery.
    private func upperLayer(_ reader: inout InputReader, _ choice: UInt8, version: UInt8) -> (UInt8, [UInt8]) {
        let (kind, ports) = (reader.octet(), reader.octet())
        let mine = 5_000 + UInt16(ports & 7)
        let theirs: UInt16 = ports & 8 != 0 ? 4_000 + UInt16(ports >> 4) : 53
        let data = [UInt8](repeating: kind, count: [0, 5, 200, 1_400][Int(kind >> 6)])
        switch choice >> 3 & 3 {
        case 0: return (17, PacketWriting.udp(mine, theirs, data))
        case 1, 2:
            let flags = [2, 18, 16, 17, 4, 1, 20, 24][Int(kind & 7)] as UInt8
            let options: [UInt8] = kind & 8 != 0 ? [1, 2, 4, 5, 0xb4, 1, 1, 0] : kind & 16 != 0 ? [2, 4, 5, 0xb4] : []
            return (6, PacketWriting.tcp(mine, theirs, flags: flags, options: options, data))
        default:
            let type: UInt8 = version == 6 ? 128 + (kind & 1) : kind & 1 == 0 ? 8 : 0
            return (version == 6 ? 58 : 1, PacketWriting.echo(type, mine, data))
        }
    }

    private mutating func fromClient(_ choice: UInt8, _ reader: inout InputReader) {
        let ends = reader.octet()
        let (proto, payload) = upperLayer(&reader, choice, version: 6)
        let prefixes = test.settings.prefixes
        let prefix = prefixes[Int(ends >> 5 & 1) % prefixes.count]
        let packet = PacketWriting.packet(
            from: .v6(TestNetwork.client(ends & 3)), to: .v6(prefix.embed(TestNetwork.peer(ends >> 2 & 7))),
            proto: proto,
            payload, hopLimit: ends & 64 != 0 ? 2 : 64)
        note(test.deliver(packet, delivery(choice, ends), size: 600))
    }

    private mutating func fromPeer(_ choice: UInt8, _ reader: inout InputReader) {
        let ends = reader.octet()
        let (proto, payload) = upperLayer(&reader, choice, version: 4)
        let packet = PacketWriting.packet(
            from: .v4(TestNetwork.peer(ends & 3)), to: .v4(TestNetwork.peer(4 + (ends >> 2 & 1))), proto: proto,
            payload,
            hopLimit: ends & 64 != 0 ? 1 : 64, flags: ends & 32 != 0 ? 0x4000 : 0)
        note(test.deliver(packet, delivery(choice, ends).union(.aimed), size: 600 + Int(ends >> 3)))
    }

    private func delivery(_ choice: UInt8, _ ends: UInt8) -> Delivery {
        var how: Delivery = [.repaired]
        if choice & 32 != 0 { how.insert(.partialChecksum) }
        if choice & 64 != 0 { how.insert(.segmented) }
        if choice & 128 != 0 { how.insert(.cut) }
        if ends & 128 != 0 { how.insert(.reversed) }
        return how
    }

    /// Whoever a packet came to answers it.
    private mutating func answer(_ choice: UInt8, _ reader: inout InputReader) {
        let flags = reader.octet()
        guard !history.isEmpty, let packet = PacketReading(history[Int(choice >> 3 & 7) % history.count]),
            let ports = packet.ports
        else { return }
        var payload = Array(packet.payload)
        if packet.isICMP {
            payload[0] = packet.isIPv6 ? 129 : 0
        } else {
            payload.setWord(Int(ports.destination), 0)
            payload.setWord(Int(ports.source), 2)
            if packet.isTCP, payload.count >= 20 { payload[13] = [18, 16, 17, 4, 2, 1, 20, 24][Int(flags & 7)] }
        }
        let back = PacketWriting.packet(
            from: packet.destination, to: packet.source, proto: packet.proto, payload,
            flags: flags & 8 != 0 ? 0x4000 : 0)
        note(test.deliver(back, delivery(choice & 0xe0, flags), size: 600))
    }

    /// An ICMP error about a packet that came out, from its destination or from a router.
    private mutating func error(_ choice: UInt8, _ reader: inout InputReader) {
        let (type, code, length) = (reader.octet(), reader.octet(), reader.octet())
        guard !history.isEmpty, let packet = PacketReading(history[Int(choice >> 3 & 7) % history.count]) else {
            return
        }
        var inner = Array(packet.octets.prefix(Int(length) * 8))
        var rest: [UInt8] = [0, 0, 0, code]
        if type & 128 != 0, inner.count >= 48 {
            // RFC 4884: 128 octets, then an extension object.
            inner = Array(inner.prefix(128)) + [UInt8](repeating: 0, count: max(0, 128 - inner.count))
            rest = packet.isIPv6 ? [16, 0, 0, 0] : [0, 32, 0, 0]
            inner += [0x20, 0, 0, 0, 0, 8, 1, 1, 1, 2, 3, 4]
        } else if type & 64 != 0 {
            rest = [0, 0, 5, 0x14]
        }
        let kind = packet.isIPv6 ? 1 + type & 3 : [3, 11, 12, 5][Int(type & 3)]
        let isRouter = type & 32 != 0 && !packet.isIPv6
        let source = isRouter ? .v4(TestNetwork.peer(2)) : packet.destination
        let message = PacketWriting.icmp(kind, code: code & 15, rest, inner)
        let error = PacketWriting.packet(from: source, to: packet.source, proto: packet.isIPv6 ? 58 : 1, message)
        note(test.deliver(error, delivery(choice & 0xc0, type), size: 104))
    }

    /// What an operator does meanwhile.
    private mutating func control(_ choice: UInt8) {
        var settings = test.settings
        switch choice & 7 {
        case 0: _ = test.translator.drop(from: 0, visits: .max, now: test.now) { $0.proto == .udp }
        case 1: _ = test.translator.drop(from: 0, visits: 3, now: test.now) { _ in true }
        case 2: _ = test.translator.unbind(.tcp, TestNetwork.pool.first, 4_001)
        case 3: settings.staticBindings.removeFirst(min(1, settings.staticBindings.count)); test.update(settings)
        case 4:
            settings.pool4 = [PoolRange(first: TestNetwork.pool.first, addressCount: 1, ports: 4_000...4_007)]
            test.update(settings)
        case 5:
            settings.prefixes.reverse()
            test.update(settings)
        case 6:
            settings.endpointIndependentFiltering.toggle()
            test.update(settings)
        default: _ = test.translator.takeBindingEvents()
        }
        test.pass(milliseconds: 0, steps: 1)
    }
}
