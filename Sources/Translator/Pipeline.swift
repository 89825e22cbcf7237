// The translator's table of contents: RFC 6146 section 3, step by step. A packet comes in with a buffer around it and
// leaves in the same buffer; nothing here touches a socket, a clock or a file.

internal import NetAddress
internal import Packet

/// What became of a packet.
public enum Verdict: Sendable {
    /// What the buffer holds now goes out.
    case emit
    /// Nothing of it goes out now: it was dropped with a counted reason, or is kept. The outbox may hold something.
    case none
}

extension TranslationCore {
    /// A packet from the IPv6 side.
    mutating func handle6(_ packet: inout PacketBuffer) -> Verdict {
        counters.add(.received6)
        counters.add(.octets6, UInt64(packet.count))
        // 3.4, "Determining the Incoming Tuple"
        guard let (header, peer) = admit6(&packet) else { return .none }
        if header.hasFragmentHeader {
            guard !hidesExtension(header) else { return drop(.dropFragmentExtension) }
            if header.isFragment { return keepFragment6(&packet, header) }
        }
        guard packet.offload == .none || offloadFits(packet, header.headerCount, header.proto) else {
            return drop(.dropBadOffload)
        }
        switch header.proto {
        case ProtocolNumber.tcp: return tcp6(&packet, header, peer)
        case ProtocolNumber.udp: return udp6(&packet, header, peer)
        case ProtocolNumber.icmpv6: return icmp6(&packet, header, peer)
        default: return refuseProtocol6(&packet, header)
        }
    }

    /// A packet from the IPv4 side, or one that turned round on its way there (3.8, "Handling Hairpinning").
    mutating func handle4(_ packet: inout PacketBuffer, isHairpin: Bool = false) -> Verdict {
        if !isHairpin {
            counters.add(.received4)
            counters.add(.octets4, UInt64(packet.count))
        }
        guard let header = admit4(&packet, isHairpin: isHairpin) else { return .none }
        if header.isFragment { return keepFragment4(&packet, header) }
        guard packet.offload == .none || offloadFits(packet, header.headerCount, header.proto) else {
            return drop(.dropBadOffload)
        }
        switch header.proto {
        case ProtocolNumber.tcp: return tcp4(&packet, header)
        case ProtocolNumber.udp: return udp4(&packet, header)
        case ProtocolNumber.icmp: return icmp4(&packet, header)
        default: return refuseProtocol4(&packet, header)
        }
    }

    /// 3.8: "If the destination address ... of the outgoing packet is an IPv4 address of the pool, the packet is handled
    /// as one that just came from there."
    @inline(__always)
    mutating func hairpinOrEmit(_ packet: inout PacketBuffer, to remote: IPv4Address) -> Verdict {
        // The host translates once more where its own address is shared, and has to see these packets for that.
        guard tables.pool.contains(remote), !settings.isShared else { return .emit }
        counters.add(.hairpinned)
        return settings.slices == 1 || !handOver(packet) ? handle4(&packet, isHairpin: true) : .none
    }
}
