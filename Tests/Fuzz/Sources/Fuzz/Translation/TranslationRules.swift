// What comes out owes what went in: RFC 7915's headers and checksums, RFC 6146's addresses and ports, and every octet
// of the payload.

internal import NetAddress
internal import Packet
internal import Translator

/// Compares one translated packet with the one that it was made of.
struct TranslationRules {
    let test: TranslatorUnderTest
    let input: PacketReading
    /// The input's checksum was right, or left to be completed.
    let inputIsRight: Bool

    /// - Parameter offload: of the input.
    init?(_ test: TranslatorUnderTest, _ input: [UInt8], _ offload: PacketOffload = .none) {
        guard let reading = PacketReading(input) else { return nil }
        self.test = test
        self.input = reading
        inputIsRight = offload.needsChecksum || reading.hasRightChecksum == true
    }

    func hold(_ packet: TranslatedPacket) {
        guard let output = PacketReading(packet.octets) else { return expect(false, "no IP packet") }
        let isHairpin = input.isIPv6 == output.isIPv6
        expect(!isHairpin || input.isIPv6, "IPv4 made of IPv4")
        expect(Int(output.hopLimit) == Int(input.hopLimit) - (isHairpin ? 2 : 1), "hop limit \(output.hopLimit)")
        expect(trafficClass(output) == trafficClass(input), "traffic class \(trafficClass(output))")
        expect(output.proto == (input.isICMP ? output.isIPv6 ? 58 : 1 : input.proto), "protocol \(output.proto)")
        if packet.offload.needsChecksum {
            expect(!output.isICMP, "an ICMP checksum left undone")
        } else if inputIsRight {
            expect(output.hasRightChecksum != false, "a right checksum became wrong: \(packet.octets)")
        } else if input.hasRightChecksum == false {
            expect(output.hasRightChecksum != true || isZeroUDP, "a wrong checksum became right: \(packet.octets)")
        }
        if input.isICMPError { return ErrorRules(rules: self, output: output).hold() }
        let ends = ends(input, output)
        expect(
            output.source == ends.source && output.destination == ends.destination,
            "from \(output.source) to \(output.destination), not from \(ends.source) to \(ends.destination)")
        guard let ports = output.ports else { return expect(false, "no ports left") }
        expect(ports == ends.ports, "ports \(ports), not \(ends.ports)")
        expect(Self.unchanged(input) == Self.unchanged(output), "another payload: \(packet.octets)")
    }

    /// RFC 7915 section 4.5: an absent checksum becomes one that was computed.
    private var isZeroUDP: Bool { !input.isIPv6 && input.isUDP && input.checksumIsZero }

    private func trafficClass(_ packet: PacketReading) -> Int {
        packet.isIPv6 ? packet.octets.word(0) >> 4 & 255 : Int(packet.octets[1])
    }

    // MARK: addresses

    struct Ends {
        var source: IPAddress
        var destination: IPAddress
        var ports: (source: UInt16, destination: UInt16)
    }

    /// Where a packet made of `input` goes, by the bindings; `input` itself where they know nothing of it.
    func ends(_ input: PacketReading, _ output: PacketReading) -> Ends {
        guard let ports = input.ports, let proto = Self.table(input) else {
            return Ends(source: input.source, destination: input.destination, ports: (0, 0))
        }
        var ends = Ends(source: input.source, destination: input.destination, ports: ports)
        if case .v6(let source) = input.source, case .v6(let destination) = input.destination,
            let remote = extract(destination),
            let mine = bindings.first(where: {
                $0.proto == proto && $0.client == source && $0.clientPort == ports.source
            })
        {
            ends.source = .v4(mine.publicAddress)
            ends.destination = .v4(remote)
            ends.ports.source = mine.publicPort
            if proto == .icmp { ends.ports.destination = mine.publicPort }
        }
        guard output.isIPv6 else { return ends }
        if case .v4(let source) = ends.source, case .v4(let destination) = ends.destination,
            let theirs = bindings.first(
                where: {
                    $0.proto == proto && $0.publicAddress == destination && $0.publicPort == ends.ports.destination
                })
        {
            ends.destination = .v6(theirs.client)
            ends.ports.destination = theirs.clientPort
            if proto == .icmp { ends.ports.source = theirs.clientPort }
            if case .v6(let said) = output.source, extract(said) == source { ends.source = .v6(said) }
        }
        return ends
    }

    private var bindings: [BindingView] {
        test.translator.bindings(from: 0, visits: .max, limit: .max) { _ in true }.found
    }

    func extract(_ address: IPv6Address) -> IPv4Address? {
        test.settings.prefixes.lazy.compactMap { $0.extract(address) }.first
    }

    static func table(_ packet: PacketReading) -> TableProtocol? {
        packet.isTCP ? .tcp : packet.isUDP ? .udp : packet.isICMP ? .icmp : nil
    }

    // MARK: payload

    /// The upper layer without what a translation changes: ports or identifier, checksum, ICMP type, a SYN's options.
    static func unchanged(_ packet: PacketReading) -> [UInt8] {
        var octets = Array(packet.payload)
        let changed: [Int]
        if packet.isICMP {
            changed = [0, 2, 3, 4, 5]
        } else {
            let field = packet.isTCP ? 16 : 6
            changed = [0, 1, 2, 3, field, field + 1]
        }
        for index in changed where index < octets.count { octets[index] = 0 }
        if packet.isTCP, octets.count >= 20, octets[13] & 2 != 0 {
            for index in 20..<max(20, min(Int(octets[12] >> 4) * 4, octets.count)) { octets[index] = 0 }
        }
        return octets
    }
}
