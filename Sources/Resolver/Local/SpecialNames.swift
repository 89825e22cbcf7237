// Names whose answers everybody knows: RFC 8880 (ipv4only.arpa and the reverse names of 192.0.0.170 and 171), RFC 6761
// (localhost,
// invalid), RFC 7686 (onion). Upstream is never asked.

internal import DNSMessage

enum SpecialNames {
    /// Every zone with a special use.
    static let zones: [LocalZone] = [
        // RFC 8880 section 7.1: "queries for address records of 'ipv4only.arpa' ... 192.0.0.170 and 192.0.0.171". Its
        // AAAA
        // are made like any other name's.
        zone("ipv4only.arpa.", ttl: 86_400, ["A 192.0.0.170", "A 192.0.0.171"]),
        // Section 7.2: the reverse mapping names lead back.
        zone("170.0.0.192.in-addr.arpa.", ttl: 86_400, ["PTR ipv4only.arpa."]),
        zone("171.0.0.192.in-addr.arpa.", ttl: 86_400, ["PTR ipv4only.arpa."]),
        // RFC 6761 section 6.3: names under localhost. are the loopback addresses.
        zone("localhost.", ttl: 10_800, ["A 127.0.0.1", "AAAA ::1"], wildcard: true),
        // Section 6.4; RFC 7686 section 2.
        zone("invalid.", ttl: 10_800, []),
        zone("onion.", ttl: 10_800, []),
    ].compactMap { $0 }

    /// Whether a name is one that clients find the prefix by (RFC 7050, RFC 8880).
    static func isPrefixDiscovery(_ name: DomainName) -> Bool {
        discovery.contains { name.isSubdomain(of: $0) }
    }

    private static let discovery = zones.prefix(3).map(\.apex)

    private static func zone(_ apex: String, ttl: UInt32, _ records: [String], wildcard: Bool = false) -> LocalZone? {
        let owners = wildcard ? [apex, "*.\(apex)"] : [apex]
        let soa = "\(apex) \(ttl) IN SOA localhost. nobody.invalid. 1 3600 1200 604800 10800"
        let lines =
            [soa, "\(apex) \(ttl) IN NS localhost."]
            + owners.flatMap { owner in
                records.map { "\(owner) \(ttl) IN \($0)" }
            }
        let parsed = lines.compactMap { try? Record(text: $0) }
        guard let name = DomainName(apex), parsed.count == lines.count else { return nil }
        return try? LocalZone(apex: name, records: parsed, forwardsDelegations: false, origin: .special)
    }
}
