// What every packet that comes out owes whoever gets it, whatever it was made from.

internal import NetAddress
internal import Packet
internal import Translator

enum PacketRules {
    /// - Parameter isSane: whoever handed the packet in named the work left undone rightly.
    static func hold(_ packet: TranslatedPacket, _ settings: TranslatorSettings, isSane: Bool = true) {
        guard let reading = PacketReading(packet.octets) else { return expect(false, "no IP packet: \(packet.octets)") }
        expect(reading.total == packet.octets.count, "\(packet.octets.count) octets that say \(reading.total)")
        expect(reading.hasRightHeader, "a wrong IPv4 header checksum")
        expect(reading.hopLimit > 0, "no hop limit")
        expect(!reading.moreFragments || reading.payloadCount % 8 == 0, "a fragment of \(reading.payloadCount) octets")
        switch (reading.source, reading.destination) {
        case (.v6(let source), .v6(let destination)):
            expect(
                source == settings.ownAddress6 || settings.prefixes.contains { $0.extract(source) != nil },
                "from \(source)")
            expect(!settings.prefixes.contains { $0.extract(destination) != nil }, "to \(destination)")
            expect(!(reading.isUDP && reading.checksumIsZero), "no UDP checksum over IPv6")
        case (.v4(let source), .v4(let destination)):
            expect(
                source == settings.ownAddress4 || settings.pool4.contains { $0.contains(source) }
                    || settings.staticBindings.contains { $0.publicAddress == source }, "from \(source)")
            let first = destination.rawValue >> 24
            expect(first != 0 && first != 127 && !(224..<240).contains(first), "to \(destination)")
        default: break
        }
        if isSane { hold(packet.offload, reading) }
    }

    /// Work that is left undone is named rightly.
    private static func hold(_ offload: PacketOffload, _ reading: PacketReading) {
        if offload.segmentation != .none {
            let wanted: Segmentation = reading.isUDP ? .udp : reading.isIPv6 ? .tcp6 : .tcp4
            expect(offload.segmentation == wanted, "\(offload.segmentation) of a packet of protocol \(reading.proto)")
        }
        guard offload.needsChecksum else { return }
        expect(!reading.isFragment, "a checksum left undone in a fragment")
        expect(Int(offload.checksumStart) == reading.payloadStart, "a checksum from octet \(offload.checksumStart) on")
        guard let field = reading.checksumField else { return expect(false, "a checksum of nothing left undone") }
        expect(Int(offload.checksumOffset) == field, "a checksum at octet \(offload.checksumOffset)")
        let partial = UInt16(reading.octets.word(reading.payloadStart + field))
        expect(
            partial == reading.pseudoHeader || (partial == 0) == (reading.pseudoHeader == 0xffff),
            "\(partial) where the pseudo-header's sum is \(reading.pseudoHeader)")
    }

    /// The datagram that fragments are of, which came one after the other; as it is if it is one packet.
    static func whole(_ packets: [TranslatedPacket]) -> [UInt8] {
        guard let first = packets.first, let head = PacketReading(first.octets) else { return [] }
        if packets.count == 1, head.isIPv6 ? first.octets[6] != 44 : !head.isFragment { return first.octets }
        var payload: [UInt8] = []
        for (index, packet) in packets.enumerated() {
            guard let reading = PacketReading(packet.octets) else { return [] }
            expect(
                reading.fragmentOffset == payload.count, "a fragment at \(reading.fragmentOffset), not \(payload.count)"
            )
            expect(reading.identification == head.identification, "another identification")
            expect(reading.moreFragments == (index < packets.count - 1), "more fragments: \(reading.moreFragments)")
            payload += reading.payload
        }
        var octets = Array(first.octets.prefix(head.isIPv6 ? 40 : 20)) + payload
        if head.isIPv6 { octets[6] = head.proto } else { octets.setWord(0, 6) }
        PacketWriting.repair(&octets, transport: false)
        return octets
    }
}

extension PacketReading {
    var checksumIsZero: Bool {
        guard let field = checksumField, fragmentOffset == 0 else { return false }
        return octets.word(payloadStart + field) == 0
    }
}
