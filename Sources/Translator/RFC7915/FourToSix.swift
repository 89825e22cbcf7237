// RFC 7915 section 4.1: IPv4 headers into IPv6 headers, in place. The header grows into the room before it.

internal import NetAddress
internal import Packet

/// What an IPv6 header is made of.
struct Header6 {
    var trafficClass: UInt8
    var nextHeader: UInt8
    var hopLimit: UInt8
    var source: IPv6Address
    var destination: IPv6Address

    /// Writes 40 octets. "Flow Label: 0 (all zero bits)".
    @inline(__always)
    func write(_ start: UnsafeMutableRawPointer, payloadCount: Int) {
        start.set(UInt32(6) << 28 | UInt32(trafficClass) << 20, at: 0)
        start.set(UInt16(truncatingIfNeeded: payloadCount), at: 4)
        start.set(nextHeader, at: 6)
        start.set(hopLimit, at: 7)
        start.set(source.high, at: 8)
        start.set(source.low, at: 16)
        start.set(destination.high, at: 24)
        start.set(destination.low, at: 32)
    }
}

extension TranslationCore {
    /// Replaces the IPv4 header and its options by an IPv6 header. False: no room before the packet.
    @inline(__always)
    mutating func writeHeader6(
        _ packet: inout PacketBuffer, _ header: IPv4View, nextHeader: UInt8, source: IPv6Address,
        destination: IPv6Address
    ) -> Bool {
        let removed = header.headerCount &- IPv6View.minimumCount
        let fields = Header6(
            trafficClass: header.typeOfService, nextHeader: nextHeader, hopLimit: header.timeToLive &- 1,
            source: source, destination: destination)
        let payloadCount = header.payloadCount
        guard packet.moveStart(by: removed) else { return false }
        fields.write(packet.memory + packet.start, payloadCount: payloadCount)
        adjustOffload(&packet, headersShrinkBy: removed, tcp: .tcp6)
        return true
    }

    /// Translates a TCP or UDP packet of a known session.
    @inline(__always)
    mutating func translateFourToSix(
        _ packet: inout PacketBuffer, _ header: IPv4View, _ session: UnsafeMutablePointer<SessionRecord>,
        checksumField: Int
    ) -> Verdict {
        let transport = header.payload
        let proto = header.proto
        let (source, destination) = (
            prefixes.embed(session.pointee.remote, session.pointee.prefix), session.pointee.client
        )
        let mayBeCut =
            !header.dontFragment && packet.offload.segmentation == .none
            && IPv6View.minimumCount &+ header.payloadCount > settings.lowestIPv6MTU
        if mayBeCut { completeChecksum(&packet) }
        // 4.1: "The low-order 16 bits copied from the Identification field in the IPv4 header. The high-order 16 bits set
        // to zero".
        let identification = header.identification
        let old = transport.uint16(at: checksumField)
        transport.set(session.pointee.clientPort, at: 2)
        if packet.offload.needsChecksum {
            let sum = Checksum.pseudoHeader(source, destination, count: header.payloadCount, proto: proto)
            transport.set(Checksum.fold(sum), at: checksumField)
        } else if proto == ProtocolNumber.udp && old == 0 {
            // 4.5: "the translator SHOULD ... calculate the checksum".
            fillChecksum(
                transport, count: header.payloadCount, field: checksumField,
                Checksum.pseudoHeader(source, destination, count: header.payloadCount, proto: proto))
        } else {
            let checksum = Checksum.updated(old, by: ~session.pointee.checksumDifference)
            transport.set(proto == ProtocolNumber.udp && checksum == 0 ? 0xffff : checksum, at: checksumField)
        }
        guard writeHeader6(&packet, header, nextHeader: proto, source: source, destination: destination) else {
            return drop(.dropTooLong)
        }
        counters.add(.fourToSix)
        return mayBeCut ? fragment6(&packet, identification: UInt32(identification)) : .emit
    }

    /// Computes a checksum over all, where none was.
    func fillChecksum(_ transport: UnsafeMutableRawPointer, count: Int, field: Int, _ pseudoHeader: UInt64) {
        transport.set(UInt16(0), at: field)
        let checksum = ~Checksum.fold(pseudoHeader &+ Checksum.sum(transport, count: count))
        transport.set(checksum == 0 ? 0xffff : checksum, at: field)
    }

    /// Does the work on the checksum that the kernel left undone; for packets that take a way on which it can't be left.
    func completeChecksum(_ packet: inout PacketBuffer) {
        guard packet.offload.needsChecksum else { return }
        packet.offload.needsChecksum = false
        let start = Int(packet.offload.checksumStart)
        let field = start + Int(packet.offload.checksumOffset)
        guard field + 2 <= packet.count else { return }
        let bytes = packet.memory + packet.start
        // The field holds the pseudo-header's sum, which so becomes part of the sum.
        let checksum = ~Checksum.fold(Checksum.sum(bytes + start, count: packet.count - start))
        bytes.set(checksum == 0 ? 0xffff : checksum, at: field)
    }
}
