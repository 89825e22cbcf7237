// The keys of the section `dns64`, and of `clients`, whose entries put some of them over it.

import NetAddress
import Yams

extension ConfigurationSchema {
    static let dns64 = Section<Configuration.DNS64>(
        fields: [
            Field(
                "mode", \.mode, .word(),
                "`standard`: native AAAA are kept, and synthesized where there are none. "
                    + "`synthall`: A decides, native AAAA "
                    + "only where there is no A. `off`: nothing is synthesized."),
            Field(
                "prefixes", \.prefixes,
                .list(of: .pref64, "prefixes of length 32, 40, 48, 56, 64 or 96", atLeast: 1) {
                    Notation.conflict($0, $1)
                },
                "The NAT64 prefixes (RFC 6052 section 2.2). Each A gives one AAAA for each prefix; "
                    + "none may overlap another."
            ),
            Field(
                "suffix", \.suffix, .suffix,
                "Bits behind the IPv4 address, for prefixes shorter than /96 (RFC 6052 section 2.2 recommends zero)."),
            Field(
                "exclude-aaaa", \.excludeAAAA, .list(of: .range(family: 6), "IPv6 prefixes"),
                "AAAA in these ranges are treated as if they did not exist (RFC 6147 section 5.1.4)."),
            Field(
                "exclude-a", \.excludeA, .list(of: .excludedA, "IPv4 prefixes or the word special"),
                "A in these ranges are never synthesized. `special` stands for the list below; `[]` excludes none."),
            Field(
                "exclude-names", \.excludeNames, .list(of: .domainName, "domain names"),
                "Nothing at or under these names is synthesized."),
            Field(
                "ignore-aaaa", \.ignoreAAAA, .list(of: .domainName, "domain names"),
                "The native AAAA of names at or under these are ignored: A first; "
                    + "if there is no A, their AAAA after all."
            ),
            Field(
                "break-dnssec", \.breakDNSSEC, .boolean,
                "Synthesize for clients that set DO too, though their validation then fails (RFC 6147 section 5.5)."),
            Field(
                "reverse", \.reverse, .word(),
                "PTR under a prefix: a CNAME into in-addr.arpa with its answer, the PTR directly, or nothing special."),
            Field(
                "aaaa-failure", \.aaaaFailure, .word(),
                "When AAAA fails upstream (not NXDOMAIN): let A decide (RFC 6147 section 5.1.2), "
                    + "or pass the failure on."
            ),
            Field(
                "a-failure", \.aFailure, .word(),
                "When A fails upstream and there is no AAAA: answer the failure, or an empty NOERROR."),
            Field(
                "ttl-without-soa", \.ttlWithoutSOA, .duration(.zero ... .seconds(86_400), wholeSeconds: true),
                "The longest synthesized TTL where the empty AAAA answer had no SOA (RFC 6147 section 5.1.7)."),
            Field(
                "service-bindings", \.serviceBindings, .boolean,
                "Add synthesized AAAA to SVCB and HTTPS answers (RFC 9460 section 4.2.1)."),
            Field(
                "max-aliases", \.maxAliases, .integer(1...64),
                "The longest chain of CNAME and DNAME that is followed."),
        ], check: checkSuffix)

    /// The entries of `clients`: their own dns64 keys are read over the `dns64` section, which stands before them in
    /// the table and so is read first, wherever it stands in the file.
    static let clients = Field<Configuration>(
        list: "clients", \.clients, of: client,
        comment: "Exceptions from dns64 by the client's address; the first match wins",
        prototype: { Configuration.Client(match: [], effective: $0.dns64) },
        "Exceptions from the dns64 section by the client's address. The first match wins.")

    static let client = Section<Configuration.Client>(fields: [
        Field(
            "match", \.match, .list(of: .range(), "address prefixes", atLeast: 1), required: true,
            "The clients' addresses."),
        Field("name", \.name, .optional(.label), "A label for logs and statistics."),
        Field(key: "dns64", allowed: dns64.allowed) { value, client, findings in
            client.overrides = dns64.read(value, into: &client.effective, &findings)
        } write: { client in
            client.overrides.isEmpty ? nil : .section(dns64.entries(client.effective, only: client.overrides))
        } references: { _, path in
            [
                KeyReference(
                    path: path, defaultText: "{}", allowed: "any keys of the dns64 section",
                    summary: "What these clients get instead; a key that is not named here is as in the dns64 section.")
            ]
        },
    ])

    /// RFC 6052 section 2.2: the suffix is what stands behind the IPv4 address; a /96 prefix leaves no room for one.
    @Sendable private static func checkSuffix(
        _ dns64: Configuration.DNS64, path: String, named: Set<String>, _ findings: inout Findings
    ) {
        let keys = ["\(path).suffix", "\(path).prefixes", "dns64.suffix", "dns64.prefixes"]
        guard !named.isDisjoint(with: ["suffix", "prefixes"]), !keys.contains(where: { findings.refused($0) }) else {
            return
        }
        let suffix = dns64.suffix
        let misfit = dns64.prefixes.firstIndex { suffix.high != 0 || suffix.low & ~$0.suffixMask != 0 }
        guard let index = misfit else { return }
        let prefix = dns64.prefixes[index]
        let room = IPv6Address(high: 0, low: prefix.suffixMask)
        if named.contains("suffix"), let mark = findings.place(of: keys[0]) {
            let allowed = prefix.length == 96 ? "\"::\", for a /96 prefix leaves no room" : "bits within \(room)"
            findings.refuse(
                keys[0], at: mark, found: "\(ScalarText.quoted("\(suffix)")), which does not fit behind \(prefix)",
                allowed: allowed)
        } else if let mark = findings.place(of: "\(path).prefixes[\(index)]") {
            findings.refuse(
                "\(path).prefixes[\(index)]", at: mark,
                found: "\(ScalarText.quoted("\(prefix)")), which leaves no room for the suffix \(suffix)",
                allowed: "prefixes that leave room for it, or another suffix")
        }
    }
}
