// How packets are put into a translator: whole or cut, with all work done or left undone as the kernel leaves it.

internal import NetAddress
internal import Packet
internal import Translator

/// The bits of a choice.
struct Delivery: OptionSet {
    let rawValue: UInt8

    /// Lengths and checksums are made right.
    static let repaired = Delivery(rawValue: 1)
    /// The transport checksum is left to be completed.
    static let partialChecksum = Delivery(rawValue: 2)
    /// It stands for several packets.
    static let segmented = Delivery(rawValue: 4)
    static let cut = Delivery(rawValue: 8)
    static let reversed = Delivery(rawValue: 16)
    /// Sessions are there already.
    static let afterSetup = Delivery(rawValue: 32)
    /// An IPv4 packet, or the one inside an ICMP error, names a port that somebody is bound to.
    static let aimed = Delivery(rawValue: 64)
    /// The work left undone is named by nobody in his senses.
    static let strangeOffload = Delivery(rawValue: 128)
}

extension TranslatorUnderTest {
    /// Puts a packet in and compares what comes out with it.
    ///
    /// - Parameter size: octets of a fragment or a segment.
    /// - Returns: the whole packet that came of it, if one did.
    @discardableResult
    func deliver(_ packet: [UInt8], _ how: Delivery, size: Int) -> [UInt8]? {
        var octets = packet
        if how.contains(.aimed) { aim(&octets, at: size) }
        if how.contains(.repaired) { PacketWriting.repair(&octets) }
        if how.contains(.cut) { return deliverCut(octets, how, size: size) }
        var offload = PacketOffload.none
        if how.contains(.strangeOffload) {
            offload = strange(octets, size)
        } else if how.contains(.partialChecksum) {
            offload = leaveUndone(&octets, segmented: how.contains(.segmented), size)
        }
        let isSane = !how.contains(.strangeOffload)
        let outcome = handle(octets, offload, isSane: isSane)
        return !isSane ? nil : compare(outcome, octets, offload)
    }

    private func deliverCut(_ octets: [UInt8], _ how: Delivery, size: Int) -> [UInt8]? {
        let pieces = PacketWriting.fragments(of: octets, size: max(8, size & ~7))
        guard (2...64).contains(pieces.count), PacketReading(octets)?.isFragment == false else { return nil }
        var outcome = TranslationOutcome()
        for piece in how.contains(.reversed) ? pieces.reversed() : pieces {
            outcome = handle(piece)
            if outcome.drops > 0 { return nil }
        }
        var whole = octets
        if let reading = PacketReading(octets) {
            whole = Array(octets.prefix(reading.isIPv6 ? 40 : 20)) + reading.payload
            if reading.isIPv6 { whole[6] = reading.proto } else { whole[0] = 0x45 }
            PacketWriting.repair(&whole, transport: false)
        }
        return compare(outcome, whole, .none)
    }

    private func compare(_ outcome: TranslationOutcome, _ octets: [UInt8], _ offload: PacketOffload) -> [UInt8]? {
        let isCut = outcome[.fragmentsSent] > 0
        guard var packet = outcome.emitted ?? (isCut ? outcome.outbox.first : nil) else { return nil }
        if isCut { packet.octets = PacketRules.whole(outcome.outbox) }
        if PacketReading(octets)?.isFragment == false, let rules = TranslationRules(self, octets, offload) {
            rules.hold(packet)
        }
        return packet.octets
    }

    // MARK: offload

    /// The state in which the kernel hands over what its own sockets sent.
    private func leaveUndone(_ octets: inout [UInt8], segmented: Bool, _ size: Int) -> PacketOffload {
        var offload = PacketOffload.none
        guard let reading = PacketReading(octets), reading.isTCP || reading.isUDP, !reading.isFragment,
            reading.isComplete, let field = reading.checksumField
        else { return offload }
        offload.needsChecksum = true
        offload.checksumStart = UInt16(truncatingIfNeeded: reading.payloadStart)
        offload.checksumOffset = UInt16(field)
        octets.setWord(Int(reading.pseudoHeader), reading.payloadStart + field)
        let header = reading.isUDP ? 8 : Int(reading.payload[reading.payloadStart + 12] >> 4) * 4
        guard segmented, size > 0, header >= 8, reading.payload.count > header + size else { return offload }
        offload.segmentation = reading.isUDP ? .udp : reading.isIPv6 ? .tcp6 : .tcp4
        offload.segmentSize = UInt16(size)
        offload.headerLength = UInt16(truncatingIfNeeded: reading.payloadStart + header)
        return offload
    }

    private func strange(_ octets: [UInt8], _ size: Int) -> PacketOffload {
        var offload = PacketOffload.none
        offload.needsChecksum = size & 1 == 0
        offload.checksumStart = UInt16(truncatingIfNeeded: size &* 7)
        offload.checksumOffset = UInt16(truncatingIfNeeded: size &* 251)
        offload.segmentation = [.none, .tcp4, .tcp6, .udp][size >> 1 & 3]
        offload.segmentSize = UInt16(truncatingIfNeeded: size &* 11)
        offload.headerLength = UInt16(truncatingIfNeeded: size)
        return offload
    }

    // MARK: aim

    /// Rewrites an IPv4 packet so that it is for one of the bindings.
    private func aim(_ octets: inout [UInt8], at number: Int) {
        guard let reading = PacketReading(octets), !reading.isIPv6, reading.payload.count >= 8,
            let proto = TranslationRules.table(reading)
        else { return }
        let start = reading.payloadStart
        if reading.isICMPError {
            guard reading.payload.count >= 36, let inner = PacketReading(Array(reading.payload.dropFirst(8))),
                !inner.isIPv6, let innerProto = TranslationRules.table(inner), inner.payload.count >= 8,
                let binding = binding(innerProto, number)
            else { return }
            octets.replaceSubrange(16..<20, with: binding.publicAddress.octets)
            octets.replaceSubrange(start + 8 + 12..<start + 8 + 16, with: binding.publicAddress.octets)
            octets.setWord(Int(binding.publicPort), start + 8 + inner.payloadStart + (innerProto == .icmp ? 4 : 0))
        } else if let binding = binding(proto, number) {
            octets.replaceSubrange(16..<20, with: binding.publicAddress.octets)
            octets.setWord(Int(binding.publicPort), start + (proto == .icmp ? 4 : 2))
        }
    }

    private func binding(_ proto: TableProtocol, _ number: Int) -> BindingView? {
        let found = translator.bindings(from: 0, visits: .max, limit: .max) { $0.proto == proto }.found
        return found.isEmpty ? nil : found[number % found.count]
    }
}
