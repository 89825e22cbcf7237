// Address prefixes ("CIDR", RFC 4632, RFC 4291 section 2.3).

/// An address prefix of either family. The bits behind `length` are zero.
public struct IPPrefix: Hashable, Sendable, CustomStringConvertible {
    public let address: IPAddress
    public let length: Int

    /// nil if `length` does not fit the family. Bits behind `length` are cleared.
    public init?(_ address: IPAddress, length: Int) {
        guard length >= 0, length <= address.bitWidth else { return nil }
        self.length = length
        switch address {
        case .v4(let v4):
            self.address = .v4(IPv4Address(rawValue: length == 0 ? 0 : v4.rawValue & ~UInt32(0) << UInt32(32 - length)))
        case .v6(let v6):
            let high = length == 0 ? 0 : v6.high & (length >= 64 ? ~0 : ~UInt64(0) << UInt64(64 - length))
            let low = length <= 64 ? 0 : v6.low & ~UInt64(0) << UInt64(128 - length)
            self.address = .v6(IPv6Address(high: high, low: low))
        }
    }

    /// Reads `address/length`, or an address alone as a prefix of that one address. nil for anything else, also where
    /// bits behind the length are set: `10.0.0.1/8` is more likely a slip than a wish.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]) else { return nil }
        var length = address.bitWidth
        if parts.count == 2 {
            let digits = parts[1].utf8
            guard (1...3).contains(digits.count), digits.allSatisfy({ $0 >= 48 && $0 <= 57 }), let value = Int(parts[1])
            else { return nil }
            length = value
        }
        guard let prefix = IPPrefix(address, length: length), prefix.address == address else { return nil }
        self = prefix
    }

    @inlinable
    public func contains(_ other: IPAddress) -> Bool {
        switch (address, other) {
        case (.v4(let mine), .v4(let theirs)):
            return length == 0 || (mine.rawValue ^ theirs.rawValue) >> UInt32(32 - length) == 0
        case (.v6(let mine), .v6(let theirs)):
            return contains(mine, theirs)
        default:
            return false
        }
    }

    @inlinable
    func contains(_ mine: IPv6Address, _ theirs: IPv6Address) -> Bool {
        if length == 0 { return true }
        if length <= 64 { return (mine.high ^ theirs.high) >> UInt64(64 - length) == 0 }
        return mine.high == theirs.high && (mine.low ^ theirs.low) >> UInt64(128 - length) == 0
    }

    /// `192.0.2.0/24`, `::ffff:0:0/96`: never with dots in an IPv6 prefix, which is no address of anybody's.
    public var description: String {
        switch address {
        case .v4(let address): "\(address)/\(length)"
        case .v6(let address): "\(IPv6Text.canonical(address, mapped: false))/\(length)"
        }
    }
}

/// A set of prefixes, asked often and changed seldom. Order has no meaning.
public struct IPPrefixSet: Hashable, Sendable {
    public let prefixes: [IPPrefix]

    public init(_ prefixes: [IPPrefix] = []) { self.prefixes = prefixes }

    public var isEmpty: Bool { prefixes.isEmpty }

    @inlinable
    public func contains(_ address: IPAddress) -> Bool { firstMatch(address) != nil }

    /// The first prefix, in the order given, that holds `address`.
    @inlinable
    public func firstMatch(_ address: IPAddress) -> IPPrefix? {
        for prefix in prefixes where prefix.contains(address) { return prefix }
        return nil
    }
}
