// The list that the word `special` in `exclude-a` stands for: IPv4 addresses that are never worth synthesizing.
// RFC 6052 section 3.1, RFC 7050 section 8.2 (192.0.0.170 and 192.0.0.171).

public import NetAddress

/// One range of the list `special`.
public struct SpecialIPv4Range: Hashable, Sendable {
    /// An IPv4 prefix.
    public let prefix: IPPrefix
    /// What the range is, for people.
    public let reason: String
    /// Where it is defined.
    public let reference: String
    /// True where the range is excluded under 64:ff9b::/96 alone.
    public let wellKnownPrefixOnly: Bool
}

/// The default list of IPv4 ranges that are never synthesized.
///
/// "The Well-Known Prefix MUST NOT be used to represent non-global IPv4 addresses, such as those defined in [RFC1918]
/// or listed in Section 3 of [RFC5735]" (RFC 6052 section 3.1): so the private ranges are excluded under that prefix
/// and allowed under a prefix of the network's own, where home and company networks need them. The documentation and
/// benchmarking ranges of RFC 5735 are left out on purpose: laboratories use them as if they were global, and nobody
/// publishes them by accident. Whoever wants them excluded adds them: `exclude-a: [special, "192.0.2.0/24"]`.
public enum SpecialIPv4 {
    public static let ranges: [SpecialIPv4Range] = [
        range("0.0.0.0/8", "this network", "RFC 1122 section 3.2.1.3"),
        range("127.0.0.0/8", "loopback", "RFC 1122 section 3.2.1.3"),
        range("169.254.0.0/16", "link local", "RFC 3927"),
        range("224.0.0.0/4", "multicast", "RFC 5771"),
        range("240.0.0.0/4", "reserved, limited broadcast included", "RFC 1112 section 4, RFC 919"),
        range("10.0.0.0/8", "private", "RFC 1918", wellKnownPrefixOnly: true),
        range("172.16.0.0/12", "private", "RFC 1918", wellKnownPrefixOnly: true),
        range("192.168.0.0/16", "private", "RFC 1918", wellKnownPrefixOnly: true),
        range("100.64.0.0/10", "shared address space", "RFC 6598", wellKnownPrefixOnly: true),
    ]

    /// The addresses of ipv4only.arpa, by which hosts discover the prefix; no exclusion ever applies to them.
    public static let alwaysLetThrough = [IPv4Address(192, 0, 0, 170), IPv4Address(192, 0, 0, 171)]

    /// The range that forbids `address` under `pref64`; nil where none does.
    public static func range(forbidding address: IPv4Address, under pref64: Pref64) -> SpecialIPv4Range? {
        if alwaysLetThrough.contains(address) { return nil }
        return ranges.first { range in
            range.prefix.contains(.v4(address)) && (pref64.isWellKnown || !range.wellKnownPrefixOnly)
        }
    }

    private static func range(
        _ text: String, _ reason: String, _ reference: String, wellKnownPrefixOnly: Bool = false
    ) -> SpecialIPv4Range {
        guard let prefix = IPPrefix(text) else { preconditionFailure("\(text) is a legal prefix") }
        return SpecialIPv4Range(
            prefix: prefix, reason: reason, reference: reference, wellKnownPrefixOnly: wellKnownPrefixOnly)
    }
}
