// ICMP errors: they go to whoever sent the packet inside, and hold that packet as it was sent (RFC 7915 sections 4.2,
// 4.3, 5.2 and 5.3).

internal import NetAddress
internal import Translator

struct ErrorRules {
    let rules: TranslationRules
    let output: PacketReading

    func hold() {
        expect(output.isICMPError, "an error became a query")
        let message = Array(output.payload)
        expect(message.count >= 8, "\(message.count) octets of ICMP")
        expect(output.hasRightChecksum == true, "a wrong ICMP checksum: \(output.octets)")
        expect(!output.isIPv6 || output.total <= 1280, "an ICMPv6 error of \(output.total) octets")
        let (old, new) = (Self.inside(rules.input), Self.inside(output))
        guard let before = PacketReading(old), let after = PacketReading(new) else {
            return expect(false, "no packet inside: \(output.octets)")
        }
        expect(after.isIPv6 == output.isIPv6, "a packet of the other family inside: \(output.octets)")
        expect(after.source == output.destination, "to \(output.destination), about a packet from \(after.source)")
        // The packet inside went the other way, so its ends are those of an answer.
        let ends = endsOfInner(before, after)
        expect(
            after.source == ends.source && after.destination == ends.destination,
            "inside from \(after.source) to \(after.destination), not from \(ends.source) to \(ends.destination)")
        guard let ports = after.ports else { return expect(false, "no ports inside: \(output.octets)") }
        expect(ports == ends.ports, "ports \(ports) inside, not \(ends.ports): \(output.octets)")
        // What IPv4 can't say is cut to what it can.
        expect(
            after.payloadCount == before.payloadCount || before.payloadCount > 65_000,
            "\(after.payloadCount) octets inside, not \(before.payloadCount)")
        expect(after.hopLimit == before.hopLimit, "the hop limit inside changed")
        let (was, became) = (TranslationRules.unchanged(before), TranslationRules.unchanged(after))
        let common = min(was.count, became.count)
        expect(common >= 4 && was[..<common] == became[..<common], "another payload inside: \(output.octets)")
        if before.hasRightChecksum == true {
            expect(after.hasRightChecksum != false || after.checksumIsZero, "a wrong checksum inside: \(output.octets)")
        }
    }

    /// The packet inside without extensions (RFC 4884 section 4).
    private static func inside(_ error: PacketReading) -> [UInt8] {
        let message = Array(error.payload)
        guard message.count > 8 else { return [] }
        let isTold = error.isIPv6 ? [1, 3].contains(message[0]) : true
        let told = Int(message[error.isIPv6 ? 4 : 5]) * (error.isIPv6 ? 8 : 4)
        let count = isTold && told > 0 && told <= message.count - 8 ? told : message.count - 8
        return Array(message[8..<8 + count])
    }

    /// The ends that the packet inside has for whoever sent it.
    private func endsOfInner(_ before: PacketReading, _ after: PacketReading) -> TranslationRules.Ends {
        guard let ports = before.ports, let proto = TranslationRules.table(before) else {
            return .init(source: before.source, destination: before.destination, ports: (0, 0))
        }
        var ends = TranslationRules.Ends(source: before.source, destination: before.destination, ports: ports)
        let bindings = rules.test.translator.bindings(from: 0, visits: .max, limit: .max) { $0.proto == proto }.found
        if case .v6(let source) = before.source, case .v6(let destination) = before.destination,
            let remote = rules.extract(source),
            let mine = bindings.first(where: { $0.client == destination && $0.clientPort == ports.destination })
        {
            ends.source = .v4(remote)
            ends.destination = .v4(mine.publicAddress)
            ends.ports.destination = mine.publicPort
            if proto == .icmp { ends.ports.source = mine.publicPort }
        }
        guard after.isIPv6 else { return ends }
        if case .v4(let source) = ends.source, case .v4(let destination) = ends.destination,
            let theirs = bindings.first(where: { $0.publicAddress == source && $0.publicPort == ends.ports.source })
        {
            ends.source = .v6(theirs.client)
            ends.ports.source = theirs.clientPort
            if proto == .icmp { ends.ports.destination = theirs.clientPort }
            if case .v6(let said) = after.destination, rules.extract(said) == destination {
                ends.destination = .v6(said)
            }
        }
        return ends
    }
}
