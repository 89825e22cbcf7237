// The Internet checksum: RFC 1071 (computing), RFC 1624 (updating). Sums here are one's complement sums of 16-bit words,
// not yet inverted; a 64-bit sum has room for 2^48 words before it must be folded.

public import NetAddress

public enum Checksum {
    /// The 16-bit one's complement sum that a wider one stands for.
    @inlinable @inline(__always)
    public static func fold(_ sum: UInt64) -> UInt16 {
        var sum = (sum & 0xffff_ffff) &+ (sum >> 32)
        sum = (sum & 0xffff) &+ (sum >> 16)
        sum = (sum & 0xffff) &+ (sum >> 16)
        sum = (sum & 0xffff) &+ (sum >> 16)
        return UInt16(truncatingIfNeeded: sum)
    }

    /// The sum of `count` octets from `start`; an odd one at the end counts as a word's first half (RFC 1071 section 1).
    @inlinable
    public static func sum(_ start: UnsafeMutableRawPointer, count: Int) -> UInt64 {
        var sum: UInt64 = 0
        var offset = 0
        // 32 bits at a time: "the sum can be computed in either byte order" and in wider words (RFC 1071 section 2),
        // here in the machine's order, with one swap at the end.
        while offset &+ 16 <= count {
            sum &+= UInt64(start.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            sum &+= UInt64(start.loadUnaligned(fromByteOffset: offset &+ 4, as: UInt32.self))
            sum &+= UInt64(start.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt32.self))
            sum &+= UInt64(start.loadUnaligned(fromByteOffset: offset &+ 12, as: UInt32.self))
            offset &+= 16
        }
        while offset &+ 2 <= count {
            sum &+= UInt64(start.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
            offset &+= 2
        }
        if offset < count { sum &+= UInt64(UInt16(bigEndian: UInt16(start.uint8(at: offset)) << 8)) }
        return UInt64(UInt16(bigEndian: fold(sum)))
    }

    @inlinable @inline(__always)
    public static func sum(_ address: IPv6Address) -> UInt64 {
        (address.high >> 32) &+ (address.high & 0xffff_ffff) &+ (address.low >> 32) &+ (address.low & 0xffff_ffff)
    }

    @inlinable @inline(__always)
    public static func sum(_ address: IPv4Address) -> UInt64 { UInt64(address.rawValue) }

    /// RFC 8200 section 8.1: addresses, upper-layer packet length, next header.
    @inlinable @inline(__always)
    public static func pseudoHeader(_ source: IPv6Address, _ destination: IPv6Address, count: Int, proto: UInt8)
        -> UInt64
    {
        sum(source) &+ sum(destination) &+ UInt64(UInt32(truncatingIfNeeded: count)) &+ UInt64(proto)
    }

    /// RFC 9293 section 3.1, RFC 768: addresses, protocol, length.
    @inlinable @inline(__always)
    public static func pseudoHeader(_ source: IPv4Address, _ destination: IPv4Address, count: Int, proto: UInt8)
        -> UInt64
    {
        sum(source) &+ sum(destination) &+ UInt64(UInt32(truncatingIfNeeded: count)) &+ UInt64(proto)
    }

    /// RFC 1624: HC' = ~(~HC + ~m + m'). `difference` is the folded sum of what is new and the complements of what was
    /// there.
    @inlinable @inline(__always)
    public static func updated(_ checksum: UInt16, by difference: UInt16) -> UInt16 {
        ~fold(UInt64(~checksum) &+ UInt64(difference))
    }

    /// What `updated` takes, where words that sum to `old` become words that sum to `new`.
    @inlinable @inline(__always)
    public static func difference(from old: UInt64, to new: UInt64) -> UInt16 {
        fold(UInt64(~fold(old)) &+ (new & 0xffff_ffff) &+ (new >> 32))
    }
}
