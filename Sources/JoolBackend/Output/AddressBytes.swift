// Addresses out of bytes without a String in between: a session table has two hundred thousand of them and more. Takes
// just the texts that NetAddress takes (RFC 4291 section 2.2; RFC 6943 section 3.1.1).

internal import NetAddress

enum AddressBytes {
    static func v4(_ bytes: [UInt8], _ range: Range<Int>) -> IPv4Address? {
        guard range.upperBound <= bytes.count, (7...15).contains(range.count) else { return nil }
        var value: UInt32 = 0
        var octets = 0
        var index = range.lowerBound
        while true {
            let start = index
            var octet: UInt32 = 0
            while index < range.upperBound, index - start < 3 {
                let digit = bytes[index] &- UInt8(ascii: "0")
                guard digit <= 9 else { break }
                octet = octet * 10 + UInt32(digit)
                index += 1
            }
            let count = index - start
            guard count > 0, octet <= 255, count == 1 || bytes[start] != UInt8(ascii: "0") else { return nil }
            value = value << 8 | octet
            octets += 1
            if octets == 4 { return index == range.upperBound ? IPv4Address(rawValue: value) : nil }
            guard index < range.upperBound, bytes[index] == UInt8(ascii: ".") else { return nil }
            index += 1
        }
    }

    static func v6(_ bytes: [UInt8], _ range: Range<Int>) -> IPv6Address? {
        guard range.upperBound <= bytes.count, (2...45).contains(range.count) else { return nil }
        var reader = GroupReader(bytes: bytes, range: range)
        return reader.read() ? reader.address : nil
    }
}

/// Reads groups from left to right; what stood before "::" is moved to its place at the end.
private struct GroupReader {
    let bytes: [UInt8]
    let range: Range<Int>
    private var index: Int
    /// The groups so far, the last one lowest.
    private var high: UInt64 = 0
    private var low: UInt64 = 0
    private var count = 0
    /// How many groups stood before "::", and they themselves.
    private var gap: (count: Int, high: UInt64, low: UInt64)?

    init(bytes: [UInt8], range: Range<Int>) {
        self.bytes = bytes
        self.range = range
        index = range.lowerBound
    }

    var address: IPv6Address {
        guard let gap else { return IPv6Address(high: high, low: low) }
        let front = Self.shifted(gap.high, gap.low, left: 8 - gap.count)
        return IPv6Address(high: front.high | high, low: front.low | low)
    }

    mutating func read() -> Bool {
        if isColon(index), isColon(index + 1) {
            index += 2
            gap = (0, 0, 0)
            if index == range.upperBound { return true }
        }
        while true {
            guard count < 8 - (gap?.count ?? 0), readGroup() else { return false }
            let total = count + (gap?.count ?? 0)
            if index == range.upperBound { return gap == nil ? total == 8 : total <= 7 }
            guard isColon(index) else { return false }
            index += 1
            guard isColon(index) else { continue }
            guard gap == nil else { return false }
            index += 1
            gap = (count, high, low)
            (high, low, count) = (0, 0, 0)
            if index == range.upperBound { return total <= 7 }
        }
    }

    private func isColon(_ place: Int) -> Bool { place < range.upperBound && bytes[place] == UInt8(ascii: ":") }

    /// One to four hexadecimal digits; or, as the last 32 bits, an IPv4 address.
    private mutating func readGroup() -> Bool {
        let start = index
        var group: UInt64 = 0
        while index < range.upperBound, index - start < 4, let digit = hexadecimal(bytes[index]) {
            group = group << 4 | UInt64(digit)
            index += 1
        }
        if index < range.upperBound, bytes[index] == UInt8(ascii: ".") {
            guard let tail = AddressBytes.v4(bytes, start..<range.upperBound) else { return false }
            index = range.upperBound
            append(UInt64(tail.rawValue >> 16))
            append(UInt64(tail.rawValue & 0xffff))
            return count <= 8
        }
        guard index > start else { return false }
        append(group)
        return true
    }

    private mutating func append(_ group: UInt64) {
        high = high << 16 | low >> 48
        low = low << 16 | group
        count += 1
    }

    private func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// 128 bits, 16 for each group.
    private static func shifted(_ high: UInt64, _ low: UInt64, left groups: Int) -> (high: UInt64, low: UInt64) {
        let bits = UInt64(groups * 16)
        if bits == 0 { return (high, low) }
        if bits >= 128 { return (0, 0) }
        if bits >= 64 { return (low << (bits - 64), 0) }
        return (high << bits | low >> (64 - bits), low << bits)
    }
}
