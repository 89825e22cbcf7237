// RFC 6146 section 3.4, "Determining the Incoming Tuple": which packets are taken at all, and where they want to go.

internal import NetAddress
internal import Packet

/// The IPv4 host behind an IPv6 destination.
struct Peer {
    var remote: IPv4Address
    /// The number of the prefix.
    var prefix: UInt8
}

extension TranslationCore {
    // MARK: from IPv6

    /// nil: dropped and counted, or answered.
    @inline(__always)
    mutating func admit6(_ packet: inout PacketBuffer) -> (IPv6View, Peer)? {
        let header: IPv6View
        do {
            header = try IPv6View(packet.memory + packet.start, count: packet.count)
        } catch {
            counters.add(.dropMalformed)
            return nil
        }
        if header.totalCount != packet.count { _ = packet.setCount(header.totalCount) }
        let source = header.source
        // 3.5: "if the packet's source address belongs to the Pref64::/n, the packet is discarded": it would loop.
        guard isLegalSource(source), !prefixes.contains(source) else {
            counters.add(.dropIllegalSource)
            return nil
        }
        guard let (remote, prefix) = prefixes.extract(header.destination) else {
            notInPrefix(&packet, header)
            return nil
        }
        guard mayBePeer(remote) else {
            refuseDestination(packet, header, .dropIllegalDestination)
            return nil
        }
        guard !settings.dropsNonGlobal || !prefixes[prefix].prefix.isWellKnown || !NonGlobal.contains(remote) else {
            refuseDestination(packet, header, .dropNonGlobal)
            return nil
        }
        guard header.pendingSegmentsLeft == 0 else {
            refuseRouting(packet, header)
            return nil
        }
        guard header.hopLimit > 1 else {
            hopLimitExceeded6(packet, header)
            return nil
        }
        return (header, Peer(remote: remote, prefix: prefix))
    }

    @inline(__always)
    private func isLegalSource(_ source: IPv6Address) -> Bool {
        // Multicast, link-local, ::/64 with its unspecified, loopback and mapped addresses.
        source.high >> 56 != 0xff && source.high >> 54 != 0x3fa && source.high != 0
    }

    // MARK: from IPv4

    @inline(__always)
    mutating func admit4(_ packet: inout PacketBuffer, isHairpin: Bool) -> IPv4View? {
        let header: IPv4View
        do {
            header = try IPv4View(packet.memory + packet.start, count: packet.count)
        } catch {
            counters.add(error == .badChecksum ? .dropBadChecksum : .dropMalformed)
            return nil
        }
        if header.totalCount != packet.count { _ = packet.setCount(header.totalCount) }
        guard tables.pool.contains(header.destination) else {
            if !answerEcho4(packet, header) { counters.add(.dropNotForUs) }
            return nil
        }
        // RFC 7915 section 4.2: "Single-hop message. Silently drop", whatever else is wrong with it.
        guard header.proto != ProtocolNumber.igmp else {
            counters.add(.dropUnknownProtocol)
            return nil
        }
        let source = header.source
        guard mayBePeer(source) || isError4(header), isHairpin || settings.isShared || !tables.pool.contains(source)
        else {
            counters.add(.dropIllegalSource)
            return nil
        }
        guard header.headerCount == IPv4View.minimumCount || header.unexpiredSourceRoute == nil else {
            refuseSourceRoute(packet, header)
            return nil
        }
        guard !settings.dropsNonGlobal || !prefixes[0].prefix.isWellKnown || isHairpin || !NonGlobal.contains(source)
        else {
            counters.add(.dropNonGlobal)
            return nil
        }
        guard header.timeToLive > 1 else {
            timeToLiveExceeded4(packet, header)
            return nil
        }
        return header
    }

    /// RFC 7915 section 4.1: "when translating ICMPv4 Error Messages into ICMPv6 Error Messages, the 'illegal' source address
    /// will be translated for the purpose of trouble shooting".
    private func isError4(_ header: IPv4View) -> Bool {
        guard header.proto == ProtocolNumber.icmp, header.payloadCount >= 8 else { return false }
        return [ICMPv4Type.destinationUnreachable, ICMPv4Type.timeExceeded, ICMPv4Type.parameterProblem].contains(
            header.payload.uint8(at: 0))
    }

    /// Addresses that can never be a host's: "this" network, loopback, multicast, limited broadcast (RFC 1122 section
    /// 3.2.1.3).
    @inline(__always)
    func mayBePeer(_ address: IPv4Address) -> Bool {
        let first = address.rawValue >> 24
        return first != 0 && first != 127 && first & 0xf0 != 224 && address.rawValue != 0xffff_ffff
    }
}

/// IPv4 addresses that are not globally reachable, by IANA's special-purpose registry: what RFC 6052 section 3.1 means by
/// "non-global IPv4 addresses, such as those defined in [RFC1918] or listed in Section 3 of [RFC5735]".
enum NonGlobal {
    private static let prefixes: [(first: UInt32, length: UInt32)] = [
        (0x0a00_0000, 8), (0x6440_0000, 10), (0xa9fe_0000, 16), (0xac10_0000, 12), (0xc000_0000, 24),
        (0xc000_0200, 24), (0xc0a8_0000, 16), (0xc612_0000, 15), (0xc633_6400, 24), (0xcb00_7100, 24),
        (0xf000_0000, 4),
    ]
    /// Of 192.0.0.0/24, the two anycast addresses are global (RFC 7723, RFC 8155).
    private static let exceptions: [UInt32] = [0xc000_0009, 0xc000_000a]

    static func contains(_ address: IPv4Address) -> Bool {
        !exceptions.contains(address.rawValue)
            && prefixes.contains { (address.rawValue ^ $0.first) >> (32 - $0.length) == 0 }
    }
}
