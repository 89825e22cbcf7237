// Cutting: RFC 8200 section 4.5, RFC 791 section 3.2, and where RFC 7915 sections 4.1 and 5.1.1 ask for it. Pieces go to
// the outbox.

internal import NetAddress
internal import Packet

/// Where the pieces of a datagram began and ended when they came, so that they leave as they came.
struct Cuts {
    static let limit = 64
    private var ends = InlineArray<64, UInt16>(repeating: 0)
    private(set) var count = 0
    /// The longest piece, octets.
    private(set) var longest = 0

    mutating func add(end: Int, pieceCount: Int) {
        guard count < Self.limit else { return }
        ends[count] = UInt16(truncatingIfNeeded: end)
        count += 1
        longest = max(longest, pieceCount)
    }

    /// Where the piece from `offset` on ends: where it once did, or `limit` octets on.
    func end(from offset: Int, total: Int, limit: Int) -> Int {
        let furthest = min(total, offset + limit)
        for index in 0..<count where Int(ends[index]) > offset {
            if ends[index] & 7 == 0 || Int(ends[index]) >= total { return min(Int(ends[index]), furthest) }
        }
        return furthest
    }
}

extension TranslationCore {
    func writeFragmentHeader(
        _ start: UnsafeMutableRawPointer, proto: UInt8, offset: Int, more: Bool, identification: UInt32
    ) {
        start.set(proto, at: 0)
        start.set(UInt8(0), at: 1)
        start.set(UInt16(truncatingIfNeeded: offset & 0xfff8) | (more ? 1 : 0), at: 2)
        start.set(identification, at: 4)
    }

    /// Cuts an IPv6 packet without extension headers into pieces that fit `lowestIPv6MTU`: "the translator MUST fragment
    /// the IPv4 packet ... so that the resulting IPv6 packet with Fragment Header added to each fragment will be less
    /// than or equal to the user-defined length" (RFC 7915 section 4.1).
    mutating func fragment6(
        _ packet: inout PacketBuffer, identification: UInt32, cuts: Cuts = Cuts(), limit: Int? = nil
    )
        -> Verdict
    {
        let start = packet.memory + packet.start
        let total = packet.count - IPv6View.minimumCount
        let proto = start.uint8(at: 6)
        let pieceLimit = max(8, (limit ?? (settings.lowestIPv6MTU - IPv6View.minimumCount - 8)) & ~7)
        var offset = 0
        while offset < total {
            let end = cuts.end(from: offset, total: total, limit: pieceLimit)
            guard let out = outbox.add(count: IPv6View.minimumCount + 8 + end - offset) else {
                return drop(.dropOutboxFull)
            }
            out.copyMemory(from: start, byteCount: IPv6View.minimumCount)
            out.set(UInt16(truncatingIfNeeded: 8 + end - offset), at: 4)
            out.set(ProtocolNumber.fragment, at: 6)
            writeFragmentHeader(
                out + IPv6View.minimumCount, proto: proto, offset: offset, more: end < total,
                identification: identification)
            (out + IPv6View.minimumCount + 8).copyMemory(
                from: start + IPv6View.minimumCount + offset, byteCount: end - offset)
            counters.add(.fragmentsSent)
            offset = end
        }
        return .none
    }

    /// Cuts an IPv4 packet without options.
    mutating func fragment4(_ packet: inout PacketBuffer, identification: UInt16, cuts: Cuts, limit: Int) -> Verdict {
        let start = packet.memory + packet.start
        let total = packet.count - IPv4View.minimumCount
        let pieceLimit = max(8, limit & ~7)
        var offset = 0
        while offset < total {
            let end = cuts.end(from: offset, total: total, limit: pieceLimit)
            let count = IPv4View.minimumCount + end - offset
            guard let out = outbox.add(count: count) else { return drop(.dropOutboxFull) }
            out.copyMemory(from: start, byteCount: IPv4View.minimumCount)
            out.set(UInt16(truncatingIfNeeded: count), at: 2)
            out.set(identification, at: 4)
            // 5.1.1: "MF flag: copied from the M flag ... DF flag is cleared (set to zero)".
            let flags: UInt16 = end < total ? 0x2000 : 0
            out.set(flags | UInt16(truncatingIfNeeded: offset / 8), at: 6)
            out.set(UInt16(0), at: 10)
            out.set(~Checksum.fold(Checksum.sum(out, count: IPv4View.minimumCount)), at: 10)
            (out + IPv4View.minimumCount).copyMemory(
                from: start + IPv4View.minimumCount + offset, byteCount: end - offset)
            counters.add(.fragmentsSent)
            offset = end
        }
        return .none
    }
}
