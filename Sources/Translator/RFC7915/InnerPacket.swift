// The ports and checksums of the packet inside an ICMP error (RFC 7915 sections 4.3 and 5.3).

internal import Packet

/// The upper-layer header of a packet inside an ICMP error, cut short perhaps.
struct InnerTransport {
    let proto: TableProtocol
    let sourcePort: UInt16
    let destinationPort: UInt16

    /// nil: too short to hold ports, or of a protocol or type that has no sessions.
    init?(_ start: UnsafeMutableRawPointer, available: Int, number: UInt8) {
        // "the first 8 octets" of RFC 792 are usual; ports alone will do (RFC 6146 section 3.4).
        guard available >= (number == ProtocolNumber.tcp || number == ProtocolNumber.udp ? 4 : 8) else { return nil }
        switch number {
        case ProtocolNumber.tcp, ProtocolNumber.udp:
            proto = number == ProtocolNumber.tcp ? .tcp : .udp
            sourcePort = start.uint16(at: 0)
            destinationPort = start.uint16(at: 2)
        case ProtocolNumber.icmpv6:
            let type = start.uint8(at: 0)
            guard type == ICMPv6Type.echoRequest || type == ICMPv6Type.echoReply else { return nil }
            proto = .icmp
            (sourcePort, destinationPort) = (start.uint16(at: 4), start.uint16(at: 4))
        case ProtocolNumber.icmp:
            let type = start.uint8(at: 0)
            guard type == ICMPv4Type.echoRequest || type == ICMPv4Type.echoReply else { return nil }
            proto = .icmp
            (sourcePort, destinationPort) = (start.uint16(at: 4), start.uint16(at: 4))
        default: return nil
        }
    }

    /// Where its checksum stands, if it is among the octets that are there.
    func checksumField(available: Int) -> Int? {
        let field =
            switch proto {
            case .tcp: TCPField.checksum
            case .udp: UDPField.checksum
            case .icmp: 2
            }
        return field + 2 <= available ? field : nil
    }

    /// Rewrites a port and the checksum of TCP or UDP.
    func rewrite(
        _ start: UnsafeMutableRawPointer, available: Int, port: UInt16, at offset: Int, difference: UInt16
    ) {
        start.set(port, at: offset)
        guard let field = checksumField(available: available) else { return }
        let old = start.uint16(at: field)
        guard proto == .tcp || old != 0 else { return }
        let checksum = Checksum.updated(old, by: difference)
        start.set(proto == .udp && checksum == 0 ? 0xffff : checksum, at: field)
    }

    /// Rewrites type, identifier and checksum of an echo message.
    ///
    /// - Parameters:
    ///   - removed: what its checksum covers that the other family's does not: the pseudo-header, in IPv6.
    ///   - added: what the other family's covers beside it.
    func rewriteEcho(
        _ start: UnsafeMutableRawPointer, type: UInt8, identifier: UInt16, removed: UInt64, added: UInt64
    ) {
        let old = removed &+ UInt64(start.uint16(at: 0)) &+ UInt64(start.uint16(at: 4))
        start.set(type, at: 0)
        start.set(identifier, at: 4)
        let new = added &+ UInt64(start.uint16(at: 0)) &+ UInt64(identifier)
        start.set(Checksum.updated(start.uint16(at: 2), by: Checksum.difference(from: old, to: new)), at: 2)
    }
}
