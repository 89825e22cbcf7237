// RFC 7915 section 5.1: IPv6 headers into IPv4 headers, in place. The payload does not move.

internal import NetAddress
internal import Packet

/// What an IPv4 header is made of.
struct Header4 {
    var typeOfService: UInt8
    var identification: UInt16
    /// As on the wire: DF, MF and the offset.
    var fragment: UInt16
    var timeToLive: UInt8
    var proto: UInt8
    var source: IPv4Address
    var destination: IPv4Address

    static let dontFragment: UInt16 = 0x4000

    /// Writes 20 octets.
    @inline(__always)
    func write(_ start: UnsafeMutableRawPointer, totalCount: Int) {
        start.set(UInt8(0x45), at: 0)
        start.set(typeOfService, at: 1)
        start.set(UInt16(truncatingIfNeeded: totalCount), at: 2)
        start.set(identification, at: 4)
        start.set(fragment, at: 6)
        start.set(timeToLive, at: 8)
        start.set(proto, at: 9)
        start.set(UInt16(0), at: 10)
        start.set(source.rawValue, at: 12)
        start.set(destination.rawValue, at: 16)
        start.set(~Checksum.fold(Checksum.sum(start, count: 20)), at: 10)
    }
}

extension TranslationCore {
    /// Replaces the IPv6 header and its extension headers by an IPv4 header. False: too long for IPv4.
    ///
    @inline(__always)
    mutating func writeHeader4(
        _ packet: inout PacketBuffer, _ header: IPv6View, proto: UInt8, source: IPv4Address, destination: IPv4Address
    ) -> Bool {
        let totalCount = IPv4View.minimumCount &+ header.payloadCount
        guard totalCount <= 65_535 else { return false }
        let wireCount = packet.offload.segmentation == .none ? totalCount : segmentCount4(packet, header)
        var fields = Header4(
            typeOfService: header.trafficClass, identification: 0, fragment: Header4.dontFragment,
            timeToLive: header.hopLimit &- 1, proto: proto, source: source, destination: destination)
        // "If the size of the translated IPv4 packet is less than or equal to 1260 bytes, DF is set to zero; otherwise,
        // it is set to one."
        if header.hasFragmentHeader {
            // 5.1.1: "Copied from the low-order 16 bits in the Identification field of the Fragment Header"; "DF flag is
            // cleared (set to zero)".
            fields.identification = UInt16(truncatingIfNeeded: header.identification)
            fields.fragment = 0
        } else if wireCount <= 1260 {
            fields.identification = identification()
            fields.fragment = 0
        }
        let removed = header.headerCount &- IPv4View.minimumCount
        guard packet.moveStart(by: removed) else { return false }
        fields.write(packet.memory + packet.start, totalCount: totalCount)
        adjustOffload(&packet, headersShrinkBy: removed, tcp: .tcp4)
        return true
    }

    /// The length that each IPv4 packet will have that this large one stands for.
    private func segmentCount4(_ packet: borrowing PacketBuffer, _ header: IPv6View) -> Int {
        let transportHeader =
            header.proto == ProtocolNumber.tcp
            ? Int(header.payload.uint8(at: TCPField.dataOffset) >> 4) &* 4 : UDPField.count
        return IPv4View.minimumCount &+ transportHeader &+ Int(packet.offload.segmentSize)
    }

    /// Offsets of undone work count from the IP header, which has moved.
    @inline(__always)
    func adjustOffload(_ packet: inout PacketBuffer, headersShrinkBy octets: Int, tcp: Segmentation) {
        if packet.offload.needsChecksum {
            packet.offload.checksumStart = UInt16(
                truncatingIfNeeded: Int(packet.offload.checksumStart) &- octets)
        }
        if packet.offload.segmentation != .none {
            let headerLength = max(0, Int(packet.offload.headerLength) &- octets)
            packet.offload.headerLength = UInt16(truncatingIfNeeded: headerLength)
            if packet.offload.segmentation != .udp { packet.offload.segmentation = tcp }
        }
    }

    /// Translates a TCP or UDP packet of a known session. `transport` is where its header starts.
    @inline(__always)
    mutating func translateSixToFour(
        _ packet: inout PacketBuffer, _ header: IPv6View, _ session: UnsafeMutablePointer<SessionRecord>,
        checksumField: Int
    ) -> Verdict {
        let transport = header.payload
        let (source, destination) = (session.pointee.publicAddress, session.pointee.remote)
        transport.set(session.pointee.publicPort, at: 0)
        if packet.offload.needsChecksum {
            let sum = Checksum.pseudoHeader(source, destination, count: header.payloadCount, proto: header.proto)
            transport.set(Checksum.fold(sum), at: checksumField)
        } else {
            let checksum = Checksum.updated(
                transport.uint16(at: checksumField), by: session.pointee.checksumDifference)
            transport.set(header.proto == ProtocolNumber.udp && checksum == 0 ? 0xffff : checksum, at: checksumField)
        }
        guard
            writeHeader4(&packet, header, proto: header.proto, source: source, destination: destination)
        else { return drop(.dropTooLong) }
        counters.add(.sixToFour)
        return hairpinOrEmit(&packet, to: destination)
    }

    /// What the session's translation from IPv6 to IPv4 adds to a transport checksum.
    func checksumDifference(
        client: IPv6Address, clientPort: UInt16, remote6: IPv6Address, publicAddress: IPv4Address, publicPort: UInt16,
        remote: IPv4Address
    ) -> UInt16 {
        Checksum.difference(
            from: Checksum.sum(client) &+ Checksum.sum(remote6) &+ UInt64(clientPort),
            to: Checksum.sum(publicAddress) &+ Checksum.sum(remote) &+ UInt64(publicPort))
    }
}
