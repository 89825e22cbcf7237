// TCP's and UDP's checksums (RFC 9293 section 3.1, RFC 768, RFC 8200 section 8.1) as far as a device needs them.

internal import Packet

enum TransportChecksum {
    /// The sum over the pseudo-header of a packet whose first header is whole.
    static func pseudoHeader(_ packet: UnsafeMutableRawPointer, _ proto: UInt8, count: Int) -> UInt64 {
        let addresses =
            packet.uint8(at: 0) >> 4 == 4
            ? Checksum.sum(packet + 12, count: 8) : Checksum.sum(packet + 8, count: 32)
        return addresses &+ UInt64(proto) &+ UInt64(UInt32(truncatingIfNeeded: count))
    }

    /// Puts the pseudo-header's sum where the checksum was, which somebody has verified; false if there is no header
    /// of that kind.
    static func makePartial(_ packet: PacketBytes, _ kind: Segmentation, _ offload: inout PacketOffload) -> Bool {
        let proto = kind == .udp ? ProtocolNumber.udp : ProtocolNumber.tcp
        let offset = kind == .udp ? UDPField.checksum : TCPField.checksum
        guard let start = transportStart(packet, proto), start + offset + 2 <= packet.count else { return false }
        let sum = pseudoHeader(packet.start, proto, count: packet.count - start)
        packet.start.set(Checksum.fold(sum), at: start + offset)
        offload.needsChecksum = true
        offload.checksumStart = UInt16(start)
        offload.checksumOffset = UInt16(offset)
        return true
    }

    /// Where the header `proto` starts, behind options and the extension headers that large packets may have.
    private static func transportStart(_ packet: PacketBytes, _ proto: UInt8) -> Int? {
        let bytes = packet.start
        if bytes.uint8(at: 0) >> 4 == 4 {
            let start = Int(bytes.uint8(at: 0) & 0xf) * 4
            return start >= 20 && bytes.uint8(at: 9) == proto ? start : nil
        }
        var next = bytes.uint8(at: 6)
        var start = 40
        while next == ProtocolNumber.hopByHop || next == ProtocolNumber.routing
            || next == ProtocolNumber.destinationOptions
        {
            guard start + 8 <= packet.count, start < 1024 else { return nil }
            next = bytes.uint8(at: start)
            start += (Int(bytes.uint8(at: start + 1)) + 1) * 8
        }
        return next == proto ? start : nil
    }
}

/// A packet's octets from its IP header on: 20 at least if it is IPv4, 40 if it is IPv6.
struct PacketBytes {
    let start: UnsafeMutableRawPointer
    let count: Int
}
