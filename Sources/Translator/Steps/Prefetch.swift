// The first touch of a session among a million is a wait for memory. While a batch of packets is read, the loads for
// those that were read already can run.

internal import NetAddress
internal import Packet

extension TranslationCore {
    @inline(__always)
    mutating func prefetch(_ packet: borrowing PacketBuffer) {
        let bytes = packet.memory + packet.start
        guard packet.count >= IPv6View.minimumCount + 4 else { return }
        if bytes.uint8(at: 0) >> 4 == 6 {
            guard let proto = Self.tableProtocol(bytes.uint8(at: 6)) else { return }
            let destination = IPv6Address(high: bytes.uint64(at: 24), low: bytes.uint64(at: 32))
            guard let (remote, _) = prefixes.extract(destination) else { return }
            let source = IPv6Address(high: bytes.uint64(at: 8), low: bytes.uint64(at: 16))
            let hash = tables.hash6(proto, source, bytes.uint16(at: 40), remote, bytes.uint16(at: 42))
            tables.prefetch6(hash)
        } else {
            guard bytes.uint8(at: 0) == 0x45, let proto = Self.tableProtocol(bytes.uint8(at: 9)) else { return }
            let hash = tables.hash4(
                proto, IPv4Address(rawValue: bytes.uint32(at: 16)), bytes.uint16(at: 22),
                IPv4Address(rawValue: bytes.uint32(at: 12)), bytes.uint16(at: 20))
            tables.prefetch4(hash)
        }
    }

    @inline(__always)
    private static func tableProtocol(_ number: UInt8) -> TableProtocol? {
        number == ProtocolNumber.tcp ? .tcp : number == ProtocolNumber.udp ? .udp : nil
    }
}
