// RFC 6303: reverse names of addresses that mean nothing outside one network. Asked of the public DNS they would only
// tell it about
// ours. RFC 7793 adds the shared addresses.

public import DNSMessage

/// The built-in empty zones.
public enum EmptyZones {
    /// Sections 4.1 to 4.6 of RFC 6303, and RFC 7793 section 3.
    public static let all: [DomainName] = names.compactMap { DomainName($0) }

    private static var names: [String] {
        let zeros = String(repeating: "0.", count: 31)
        return ["10.in-addr.arpa", "168.192.in-addr.arpa"]
            + (16...31).map { "\($0).172.in-addr.arpa" }
            + [
                "0.in-addr.arpa", "127.in-addr.arpa", "254.169.in-addr.arpa", "2.0.192.in-addr.arpa",
                "100.51.198.in-addr.arpa", "113.0.203.in-addr.arpa", "255.255.255.255.in-addr.arpa",
                zeros + "0.ip6.arpa", "1." + zeros + "ip6.arpa", "d.f.ip6.arpa", "8.e.f.ip6.arpa", "9.e.f.ip6.arpa",
                "a.e.f.ip6.arpa", "b.e.f.ip6.arpa", "8.b.d.0.1.0.0.2.ip6.arpa",
            ]
            + (64...127).map { "\($0).100.in-addr.arpa" }
    }

    /// Section 3: each zone holds an SOA and an NS record and nothing else.
    static func answer(_ name: DomainName, _ type: RecordType, zone: DomainName) -> LocalAnswer {
        var soaData = zone.wire + (DomainName("nobody.invalid.")?.wire ?? [0])
        for number: UInt32 in [1, 3600, 1200, 604_800, 10_800] { soaData.append(bigEndian: number) }
        let soa = Record(zone, .soa, ttl: 10_800, data: soaData)
        let ns = Record(zone, .ns, ttl: 10_800, data: zone.wire)
        var parts = AnswerParts()
        parts.isLocal = true
        parts.authoritative = true
        if name == zone, type == .soa || type == .any { parts.records.append(soa) }
        if name == zone, type == .ns || type == .any { parts.records.append(ns) }
        if parts.records.isEmpty {
            parts.responseCode = name == zone ? .noError : .nxDomain
            parts.authority = [soa]
        }
        return .parts(LocalParts(parts: parts, origin: .empty))
    }
}
