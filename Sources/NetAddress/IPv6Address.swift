// An IPv6 address as a value. Text forms: RFC 4291 section 2.2 in, RFC 5952 out.

/// An IPv6 address, without a zone.
public struct IPv6Address: Hashable, Sendable, BitwiseCopyable, Comparable, CustomStringConvertible {
    /// The first 64 bits.
    public let high: UInt64
    /// The last 64 bits.
    public let low: UInt64

    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The eight 16-bit groups, as written between colons.
    public init(groups: [UInt16]) {
        precondition(groups.count == 8, "an IPv6 address has eight groups")
        high = groups[0..<4].reduce(0) { $0 << 16 | UInt64($1) }
        low = groups[4..<8].reduce(0) { $0 << 16 | UInt64($1) }
    }

    /// An IPv4-mapped address, ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2).
    @inlinable
    public init(mapped address: IPv4Address) {
        self.init(high: 0, low: 0xffff << 32 | UInt64(address.rawValue))
    }

    /// The IPv4 address inside ::ffff:0:0/96; nil for any other address.
    @inlinable
    public var mappedIPv4: IPv4Address? {
        high == 0 && low >> 32 == 0xffff ? IPv4Address(rawValue: UInt32(truncatingIfNeeded: low)) : nil
    }

    /// fe80::/10 (RFC 4291 section 2.5.6).
    @inlinable
    public var isLinkLocal: Bool { high >> 54 == 0x3fa }

    /// Octet `index`, 0 for the first, 15 for the last.
    @inlinable
    public subscript(octet index: Int) -> UInt8 {
        let word = index < 8 ? high : low
        return UInt8(truncatingIfNeeded: word >> UInt64((7 - (index & 7)) * 8))
    }

    /// Reads the forms of RFC 4291 section 2.2, a trailing dotted IPv4 address included; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let groups = IPv6Text.groups(of: text) else { return nil }
        self.init(groups: groups)
    }

    public var description: String { IPv6Text.canonical(self) }

    var groups: [UInt16] {
        (0..<8).map { index in
            UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64((3 - (index & 3)) * 16))
        }
    }

    @inlinable
    public static func < (lhs: IPv6Address, rhs: IPv6Address) -> Bool {
        lhs.high != rhs.high ? lhs.high < rhs.high : lhs.low < rhs.low
    }
}

/// Reading and writing of the text forms.
enum IPv6Text {
    static func groups(of text: some StringProtocol) -> [UInt16]? {
        let string = String(text)
        guard string.utf8.count <= 45 else { return nil }
        if let gap = string.firstRange(ofDoubleColon: ()) {
            let before = side(string[..<gap.lowerBound], mayEndInIPv4: false)
            let after = side(string[gap.upperBound...], mayEndInIPv4: true)
            // "::" stands for one group or more (RFC 5952 section 4.2.2 forbids writing it for one; reading allows it).
            guard let before, let after, before.count + after.count <= 7 else { return nil }
            return before + Array(repeating: 0, count: 8 - before.count - after.count) + after
        }
        guard let all = side(string[...], mayEndInIPv4: true), all.count == 8 else { return nil }
        return all
    }

    private static func side(_ text: Substring, mayEndInIPv4: Bool) -> [UInt16]? {
        if text.isEmpty { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if mayEndInIPv4, index == parts.count - 1, part.contains(".") {
                guard let tail = IPv4Address(part) else { return nil }
                groups.append(UInt16(truncatingIfNeeded: tail.rawValue >> 16))
                groups.append(UInt16(truncatingIfNeeded: tail.rawValue))
            } else {
                guard (1...4).contains(part.utf8.count), part.utf8.first != UInt8(ascii: "+"),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups
    }

    /// `mapped`: whether ::ffff:0:0/96 is written with dots (RFC 5952 section 5).
    static func canonical(_ address: IPv6Address, mapped: Bool = true) -> String {
        if mapped, let inner = address.mappedIPv4 { return "::ffff:\(inner)" }
        let groups = address.groups
        guard let zeros = longestZeroRun(groups) else {
            return groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        let before = groups[..<zeros.lowerBound].map { String($0, radix: 16) }.joined(separator: ":")
        let after = groups[zeros.upperBound...].map { String($0, radix: 16) }.joined(separator: ":")
        return "\(before)::\(after)"
    }

    /// RFC 5952 section 4.2.3: the longest run is shortened, the first one where two are equal; 4.2.2: never a single
    /// group.
    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start >= 2, end - start > (best?.count ?? 0) { best = start..<end }
            start = max(end, start + 1)
        }
        return best
    }
}

extension String {
    /// Where "::" stands, if it stands exactly once and is not part of ":::".
    fileprivate func firstRange(ofDoubleColon: Void) -> Range<Index>? {
        var index = startIndex
        while index < endIndex {
            let next = self.index(after: index)
            if next < endIndex, self[index] == ":", self[next] == ":" { return index..<self.index(after: next) }
            index = next
        }
        return nil
    }
}
