// A datagram seen as a possible segment of a large packet: what it must have in common with its neighbours.

internal import Packet

/// What a packet means to the packets before it that wait for company.
enum CoalescingRole {
    case segment(UDPSegment)
    /// Of no flow of datagrams: those that wait may overtake it.
    case unrelated
    /// A datagram that can't be merged, or a fragment: none of its flow may overtake it.
    case barrier
}

/// A whole UDP datagram over plain IP: no options, no extension headers, no fragment, a checksum.
struct UDPSegment {
    let packet: PacketBuffer
    /// Of the IP header: 20 or 40.
    let networkLength: Int
    /// Equal for datagrams of one flow, seldom for those of two.
    let key: UInt64

    var isIPv4: Bool { networkLength == 20 }
    var headerLength: Int { networkLength + UDPField.count }
    var payloadCount: Int { packet.count - headerLength }
    private var start: UnsafeMutableRawPointer { packet.memory + packet.start }
    var payload: UnsafeMutableRawPointer { start + headerLength }

    static func role(of packet: PacketBuffer) -> CoalescingRole {
        guard packet.count >= 28 else { return .barrier }
        let start = packet.memory + packet.start
        switch start.uint8(at: 0) >> 4 {
        case 4: return role4(packet, start)
        case 6: return role6(packet, start)
        default: return .barrier
        }
    }

    private static func role4(_ packet: PacketBuffer, _ start: UnsafeMutableRawPointer) -> CoalescingRole {
        // Neither more fragments nor an offset; reserved bit clear.
        guard start.uint16(at: 6) & 0xbfff == 0 else { return .barrier }
        guard start.uint8(at: 9) == ProtocolNumber.udp else { return .unrelated }
        guard start.uint8(at: 0) == 0x45, Int(start.uint16(at: 2)) == packet.count else { return .barrier }
        let key = start.uint64(at: 12) ^ UInt64(start.uint32(at: 20)) &* 0x9e37_79b9_7f4a_7c15
        return UDPSegment(packet: packet, networkLength: 20, key: key).role
    }

    private static func role6(_ packet: PacketBuffer, _ start: UnsafeMutableRawPointer) -> CoalescingRole {
        guard packet.count >= 48 else { return .barrier }
        switch start.uint8(at: 6) {
        case ProtocolNumber.udp: break
        case ProtocolNumber.tcp, ProtocolNumber.icmpv6: return .unrelated
        default: return .barrier
        }
        guard Int(start.uint16(at: 4)) == packet.count - 40 else { return .barrier }
        let addresses = start.uint64(at: 16) ^ start.uint64(at: 32) &* 31 ^ start.uint64(at: 8) ^ start.uint64(at: 24)
        let key = addresses ^ UInt64(start.uint32(at: 40)) &* 0x9e37_79b9_7f4a_7c15
        return UDPSegment(packet: packet, networkLength: 40, key: key).role
    }

    private var role: CoalescingRole {
        let isWhole =
            packet.offload.segmentation == .none && payloadCount > 0
            && Int(start.uint16(at: networkLength + UDPField.length)) == payloadCount + UDPField.count
            && start.uint16(at: networkLength + UDPField.checksum) != 0
        return isWhole ? .segment(self) : .barrier
    }

    /// Same addresses, ports, type of service or traffic class and flow label, TTL or hop limit, and don't-fragment
    /// bit. The identification is `canFollow`'s.
    func isSameFlow(as other: UDPSegment) -> Bool {
        guard networkLength == other.networkLength else { return false }
        let a = start
        let b = other.start
        let ports = networkLength
        guard a.uint32(at: ports) == b.uint32(at: ports) else { return false }
        if isIPv4 {
            return a.uint64(at: 12) == b.uint64(at: 12) && a.uint16(at: 0) == b.uint16(at: 0)
                && a.uint32(at: 6) == b.uint32(at: 6)
        }
        return a.uint32(at: 0) == b.uint32(at: 0) && a.uint16(at: 6) == b.uint16(at: 6)
            && a.uint64(at: 8) == b.uint64(at: 8) && a.uint64(at: 16) == b.uint64(at: 16)
            && a.uint64(at: 24) == b.uint64(at: 24) && a.uint64(at: 32) == b.uint64(at: 32)
    }

    /// Whoever cuts a large packet counts identifications up from the first. With DF set they mean nothing (RFC 6864
    /// section 4.1); else a segment must have had the very one that it gets again: a source "MUST NOT repeat IPv4 ID
    /// values" (section 4.2).
    func canFollow(_ first: UDPSegment, after segments: Int) -> Bool {
        guard isIPv4, start.uint16(at: 6) & 0x4000 == 0 else { return true }
        return start.uint16(at: 4) == first.start.uint16(at: 4) &+ UInt16(truncatingIfNeeded: segments)
    }

    /// Whether the checksums hold: a merged packet gets new ones, which must not make a damaged one whole. A partial one
    /// was never on a wire.
    var isIntact: Bool {
        if isIPv4, Checksum.fold(Checksum.sum(start, count: 20)) != 0xffff { return false }
        if packet.offload.needsChecksum { return true }
        let count = packet.count - networkLength
        let pseudoHeader = TransportChecksum.pseudoHeader(start, ProtocolNumber.udp, count: count)
        return Checksum.fold(pseudoHeader &+ Checksum.sum(start + networkLength, count: count)) == 0xffff
    }
}
