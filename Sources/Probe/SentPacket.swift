// The packets that the client sends (RFC 8200 section 3, RFC 9293 section 3.1, RFC 4443 section 4.1).

internal import NetAddress
internal import Packet

/// Where a packet comes from and goes to.
struct PacketPath: Hashable {
    var source: IPv6Address
    var destination: IPv6Address
    var hopLimit: UInt8 = 64
}

/// Whole packets, checksums included.
enum SentPacket {
    /// What fits the least MTU that IPv6 allows, 1280, so that no answer needs to be cut on its way.
    static let maximumSegmentSize: UInt16 = 1220

    private static let payload = Array("dns64d: is the translator there?".utf8)

    static func tcp(_ path: PacketPath, _ segment: TCPSegment) -> [UInt8] {
        let isSyn = segment.has(TCPField.synFlag)
        let length = isSyn ? 24 : 20
        return build(path, ProtocolNumber.tcp, count: length, checksumAt: TCPField.checksum) { start in
            start.set(segment.sourcePort, at: 0)
            start.set(segment.destinationPort, at: 2)
            start.set(segment.sequence, at: 4)
            start.set(segment.acknowledgment, at: 8)
            start.set(UInt8(length / 4) << 4, at: TCPField.dataOffset)
            start.set(segment.flags, at: TCPField.flags)
            // A window for what the peer may say at once; nothing of it is read.
            start.set(UInt16(64_000), at: 14)
            guard isSyn else { return }
            // RFC 9293 section 3.2: kind 2, length 4.
            start.set(UInt16(0x0204), at: 20)
            start.set(maximumSegmentSize, at: 22)
        }
    }

    static func echo(_ path: PacketPath, _ mark: EchoMark) -> [UInt8] {
        build(path, ProtocolNumber.icmpv6, count: 8 + payload.count, checksumAt: 2) { start in
            start.set(ICMPv6Type.echoRequest, at: 0)
            start.set(mark.identifier, at: 4)
            start.set(mark.sequence, at: 6)
            (start + 8).copyMemory(from: payload, byteCount: payload.count)
        }
    }

    /// `fill` writes `count` zeroed octets behind the IPv6 header.
    private static func build(
        _ path: PacketPath, _ proto: UInt8, count: Int, checksumAt: Int, _ fill: (UnsafeMutableRawPointer) -> Void
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: IPv6View.minimumCount + count)
        bytes.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            start.set(UInt32(6) << 28, at: 0)
            start.set(UInt16(truncatingIfNeeded: count), at: 4)
            start.set(proto, at: 6)
            start.set(path.hopLimit, at: 7)
            start.set(path.source.high, at: 8)
            start.set(path.source.low, at: 16)
            start.set(path.destination.high, at: 24)
            start.set(path.destination.low, at: 32)
            let upper = start + IPv6View.minimumCount
            fill(upper)
            let pseudo = Checksum.pseudoHeader(path.source, path.destination, count: count, proto: proto)
            upper.set(~Checksum.fold(pseudo &+ Checksum.sum(upper, count: count)), at: checksumAt)
        }
        return bytes
    }
}
