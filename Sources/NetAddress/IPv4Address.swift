// An IPv4 address as a value. Text form: RFC 6943 section 3.1.1 "strict" dotted decimal.

/// An IPv4 address.
public struct IPv4Address: Hashable, Sendable, BitwiseCopyable, Comparable, CustomStringConvertible {
    /// The 32 address bits; the first octet is the most significant.
    public let rawValue: UInt32

    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    @inlinable
    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        rawValue = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    }

    /// Reads four decimal octets with dots; nil for anything else, octal and shortened forms included.
    public init?(_ text: some StringProtocol) {
        var value: UInt32 = 0
        var octets = 0
        for part in text.split(separator: ".", maxSplits: 4, omittingEmptySubsequences: false) {
            guard let octet = Self.octet(part) else { return nil }
            octets += 1
            guard octets <= 4 else { return nil }
            value = value << 8 | octet
        }
        guard octets == 4 else { return nil }
        rawValue = value
    }

    private static func octet(_ text: some StringProtocol) -> UInt32? {
        let digits = text.utf8
        guard (1...3).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        var value: UInt32 = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + UInt32(digit - UInt8(ascii: "0"))
        }
        return value <= 255 ? value : nil
    }

    /// The address in dotted decimal.
    public var description: String {
        "\(rawValue >> 24).\(rawValue >> 16 & 255).\(rawValue >> 8 & 255).\(rawValue & 255)"
    }

    @inlinable
    public static func < (lhs: IPv4Address, rhs: IPv4Address) -> Bool { lhs.rawValue < rhs.rawValue }
}
