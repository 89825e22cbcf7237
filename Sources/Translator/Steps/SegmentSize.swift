// The MSS option of a SYN (RFC 9293 section 3.7.1), lowered to what the way out holds, so that TCP needs no path MTU
// discovery on the links that we know.

internal import Packet

extension TranslationCore {
    /// `transport` is a TCP header whose length was checked.
    func clampSegmentSize(_ packet: borrowing PacketBuffer, _ transport: UnsafeMutableRawPointer, to limit: UInt16?) {
        guard let limit else { return }
        let headerCount = Int(transport.uint8(at: TCPField.dataOffset) >> 4) * 4
        var offset = TCPField.minimumCount
        while offset < headerCount {
            let kind = transport.uint8(at: offset)
            if kind == 0 { return }
            if kind == 1 {
                offset += 1
                continue
            }
            guard offset + 1 < headerCount else { return }
            let length = Int(transport.uint8(at: offset + 1))
            guard length >= 2, offset + length <= headerCount else { return }
            if kind == 2, length == 4 { return lower(packet, transport, at: offset + 2, to: limit) }
            offset += length
        }
    }

    private func lower(
        _ packet: borrowing PacketBuffer, _ transport: UnsafeMutableRawPointer, at offset: Int, to limit: UInt16
    ) {
        let old = transport.uint16(at: offset)
        guard old > limit else { return }
        transport.set(limit, at: offset)
        counters.add(.maximumSegmentSizeClamped)
        guard !packet.offload.needsChecksum else { return }
        // An option may stand at an odd offset: then its octets lie crosswise in the checksum's words.
        let (from, to) = offset & 1 == 0 ? (old, limit) : (old.byteSwapped, limit.byteSwapped)
        let checksum = transport.uint16(at: TCPField.checksum)
        transport.set(
            Checksum.updated(checksum, by: Checksum.difference(from: UInt64(from), to: UInt64(to))),
            at: TCPField.checksum)
    }
}
