// RFC 6147 section 5.3.1: PTR questions for addresses under a DNS64 prefix.

internal import DNSMessage
internal import NetAddress

enum ReverseNames {
    /// The address that a name under ip6.arpa stands for: 32 nibbles and nothing else, in any letter case (RFC 3596
    /// section 2.5).
    static func address(_ name: UnsafeRawBufferPointer) -> IPv6Address? {
        // 32 labels of two octets, then 3 "ip6", 4 "arpa" and the root.
        guard name.count == 64 + 10 else { return nil }
        let ending: StaticString = "\u{3}ip6\u{4}arpa\u{0}"
        for index in 0..<10 where DomainName.lower(name[64 + index]) != ending.utf8Start[index] { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<32 {
            guard name[2 * index] == 1, let nibble = nibble(name[2 * index + 1]) else { return nil }
            // The first label is the last nibble.
            if index < 16 { low |= nibble << UInt64(4 * index) } else { high |= nibble << UInt64(4 * (index - 16)) }
        }
        return IPv6Address(high: high, low: low)
    }

    private static func nibble(_ letter: UInt8) -> UInt64? {
        switch DomainName.lower(letter) {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(letter - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(DomainName.lower(letter) - UInt8(ascii: "a") + 10)
        default: nil
        }
    }

    /// `4.3.2.1.in-addr.arpa` for 1.2.3.4 (RFC 1035 section 3.5).
    static func name(of address: IPv4Address) -> DomainName? {
        let value = address.rawValue
        return DomainName("\(value & 255).\(value >> 8 & 255).\(value >> 16 & 255).\(value >> 24).in-addr.arpa.")
    }

    /// The in-addr.arpa name that `name` leads to under one of the policy's prefixes.
    static func target(_ name: UnsafeRawBufferPointer, _ policy: SynthesisPolicy) -> DomainName? {
        guard let address = address(name) else { return nil }
        for prefix in policy.prefixes {
            if let inner = prefix.extract(address) { return Self.name(of: inner) }
        }
        return nil
    }
}
