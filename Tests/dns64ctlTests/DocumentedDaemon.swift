// The daemon of the examples in docs/dns64ctl.md.

import ControlProtocol

enum DocumentedDaemon {
    static func answer(_ request: ControlRequest) -> ControlResponse {
        switch request {
        case .status: .status(status)
        case .stats: .stats(stats)
        case .flush(let what): .flush(FlushReport(removed: removed(what)))
        case .lookup(let question): .lookup(LookupReport(entries: entries.filter { $0.name == question.name + "." }))
        case .explain(let question): .explain(explanation(question))
        case .upstreams: .upstreams(upstreams)
        case .policies: .policies(policies)
        case .dump(let page): .dump(dump(page))
        case .load(let batch): .load(LoadReport(accepted: UInt64(batch.entries.count), rejected: 0))
        case .reload:
            .reload(
                ReloadReport(
                    configurationFile: file, summary: "taken over; the cache is kept",
                    changes: ["cache.size: 64MiB, was 32MiB"]))
        case .logLevel(let change): .logLevel(LogLevelReport(old: .info, new: change.level))
        case .top: .top(top)
        case .announce(let what): DocumentedAnnouncement.answer(what)
        case .doctor: .doctor(DocumentedExamination.report)
        case .nat64(let request): .nat64(DocumentedTranslator.answer(request))
        }
    }

    /// What the daemon with a bad configuration says to a reload.
    static let refusal = ControlResponse.refused(
        Refusal(
            code: .configuration, message: "\(file) has 2 errors; the configuration from before stays",
            errors: [
                "\(file):9:3: unknown key \"exclude-aaa\"; did you mean \"exclude-aaaa\"?",
                "\(file):14:15: \"64:ff9b::/95\" is no prefix of RFC 6052; allowed lengths: 32, 40, 48, 56, 64, 96",
            ]))

    private static let file = "/etc/dns64d/dns64d.yaml"

    private static func removed(_ what: FlushRequest) -> UInt64 {
        switch what {
        case .everything: 12_345
        case .name(_, let type): type == nil ? 2 : 1
        case .zone: 37
        case .negative: 804
        }
    }

    private static let status = StatusReport(
        version: "0.1.0", pid: 4711, uptimeSeconds: 273_725, ready: true, configurationFile: file,
        loadedSecondsAgo: 7380, workers: 4, listenAddresses: ["127.0.0.1:53", "[::1]:53", "[2001:db8::53]:53"],
        user: "dns64d", userID: 998, cache: CacheFill(entries: 12_345, bytes: 5_767_168, limitBytes: 67_108_864),
        upstreams: UpstreamSummary(good: 2, total: 3),
        nat64: NAT64Status(backend: "tun", health: "good", sessions: 1874), logLevel: .info,
        mode: "standard", prefixes: ["64:ff9b::/96"],
        warnings: ["the servers of zone corp.example are all set aside; its names are answered SERVFAIL"])

    private static let stats = StatisticsReport(
        uptimeSeconds: 273_725,
        total: [
            CounterValue(name: "queries-udp", value: 1_482_930, perSecond: 41.2),
            CounterValue(name: "queries-tcp", value: 2104, perSecond: 0.1),
            CounterValue(name: "replies-sent", value: 1_485_002, perSecond: 41.3),
            CounterValue(name: "drop-qr-set", value: 32),
            CounterValue(name: "synthesized", value: 402_117, perSecond: 9.5),
            CounterValue(name: "drop-too-short", value: 0), CounterValue(name: "bad-name", value: 0),
        ], workers: [],
        latency: LatencyReport(
            cached: LatencyDistribution(doublingBuckets: [1200, 880_000, 420_000, 31_000, 1400, 20, 0, 0]),
            upstream: LatencyDistribution(doublingBuckets: [
                0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 130, 1410, 9120, 84_300, 51_200, 3400, 810, 0,
            ])),
        cache: CacheStatistics(
            entries: 12_345, bytes: 5_767_168, limitBytes: 67_108_864, inserts: 98_112, replacements: 51_200,
            evictions: 0))

    private static let entries = [
        CacheEntry(
            name: "ipv4only.example.", type: "A", class: "IN", rcode: "NOERROR", dnssecOK: false,
            checkingDisabled: false, ttlSeconds: 250, lifetimeSeconds: 300, stale: false, negative: false,
            records: [
                "ipv4only.example. 250 IN CNAME www.example.", "www.example. 250 IN A 192.0.2.80",
            ]),
        CacheEntry(
            name: "ipv4only.example.", type: "AAAA", class: "IN", rcode: "NOERROR", dnssecOK: false,
            checkingDisabled: false, ttlSeconds: 550, lifetimeSeconds: 600, stale: false, negative: true,
            records: ["ipv4only.example. 550 IN CNAME www.example."],
            authority: ["example. 550 IN SOA ns.example. admin.example. 7 3600 600 604800 600"]),
    ]

    private static func explanation(_ request: ExplainRequest) -> ExplainReport {
        ExplainReport(
            question: ExplainedQuestion(name: request.name + ".", type: request.type), client: request.client ?? "::1",
            policy: "lab",
            steps: [
                ExplainStep(step: "admit", decision: "allowed", config: "\(file):4", detail: "2001:db8:1::/64 fits"),
                ExplainStep(step: "local", decision: "no local data for the name", config: "default"),
                ExplainStep(
                    step: "lookup", decision: "AAAA and A both in the cache",
                    detail: "AAAA: no data, 550 s left; A: 1 record, 250 s left"),
                ExplainStep(
                    step: "synthesize", decision: "the terminal name www.example. has no AAAA of its own",
                    rule: "RFC 6147 5.1.5",
                    detail: "ipv4only.example. is an alias; the record at the end of the chain decides"),
                ExplainStep(
                    step: "synthesize", decision: "192.0.2.80 is embedded in 64:ff9b::/96", rule: "RFC 6052 2.2",
                    config: "\(file):11"),
                ExplainStep(
                    step: "synthesize", decision: "the TTL is 250", rule: "RFC 6147 5.1.7",
                    detail: "the lesser of 250 and 550"),
            ],
            result: ExplainResult(
                rcode: "NOERROR",
                answer: [
                    "ipv4only.example. 250 IN CNAME www.example.", "www.example. 250 IN AAAA 64:ff9b::c000:250",
                ], source: "cache, synthesized"))
    }

    private static let upstreams = UpstreamsReport(zones: [
        UpstreamZone(
            zone: ".", policy: "fastest",
            servers: [
                UpstreamServer(
                    address: "192.0.2.53:53", state: "good", rttMilliseconds: 12.4, timeoutsInARow: 0, queries: 81_402,
                    answers: 81_377, timeouts: 25, edns: "yes"),
                UpstreamServer(
                    address: "[2001:db8:5::53]:53", state: "good", rttMilliseconds: 18.9, timeoutsInARow: 0,
                    queries: 7310,
                    answers: 7309, timeouts: 1, edns: "yes"),
            ]),
        UpstreamZone(
            zone: "corp.example", policy: "ordered",
            servers: [
                UpstreamServer(
                    address: "10.0.0.53:53", state: "set-aside", timeoutsInARow: 4, queries: 4, answers: 0, timeouts: 4,
                    edns: "unknown", setAsideSeconds: 12.5)
            ]),
    ])

    private static let policies = PoliciesReport(policies: [
        policy(
            "lab", match: ["2001:db8:1::/64"], mode: "synthall", lines: [("match", 21), ("mode", 22), ("prefixes", 11)]),
        policy("default", match: [], mode: "standard", lines: [("mode", 10), ("prefixes", 11)]),
    ])

    private static func policy(
        _ label: String, match: [String], mode: String, lines: [(key: String, number: Int)]
    ) -> PolicyReport {
        PolicyReport(
            label: label, match: match, mode: mode, prefixes: ["64:ff9b::/96"], suffix: "::",
            excludeAAAA: ["::ffff:0:0/96"],
            excludeA: [
                ExcludedRange(prefix: "127.0.0.0/8", reason: "loopback"),
                ExcludedRange(prefix: "10.0.0.0/8", reason: "private, under 64:ff9b::/96 only"),
            ], excludeNames: [], ignoreAAAA: [], breakDNSSEC: false, reverse: "cname",
            configLines: lines.map { ConfigurationLine(key: $0.key, line: "\(file):\($0.number)") }
                + ["suffix", "exclude-aaaa", "exclude-a", "reverse"].map { ConfigurationLine(key: $0, line: "default") }
        )
    }

    /// Two pages of one answer each.
    private static func dump(_ request: DumpRequest) -> DumpPage {
        guard request.after == nil else {
            return DumpPage(entries: [
                DumpEntry(
                    name: "gone.example.", type: "AAAA", rcode: "NXDOMAIN", ttlSeconds: 90,
                    authority: ["example. 90 IN SOA ns.example. admin.example. 7 3600 600 604800 600"])
            ])
        }
        return DumpPage(
            entries: [
                DumpEntry(
                    name: "www.example.", type: "A", rcode: "NOERROR", ttlSeconds: 250,
                    answer: ["www.example. 250 IN A 192.0.2.80"])
            ], next: "1")
    }

    private static let top = TopSnapshot(
        periodSeconds: 1, queriesPerSecond: 1213,
        names: [
            TopCount(name: "www.example.", count: 604), TopCount(name: "time.example.", count: 97),
            TopCount(name: "gone.example.", count: 8),
        ], clients: [TopCount(name: "2001:db8:1::17", count: 1011), TopCount(name: "192.0.2.4", count: 202)],
        reasons: [
            TopCount(name: "answered-from-cache", count: 1180), TopCount(name: "synthesized", count: 522),
            TopCount(name: "answered-from-upstream", count: 33),
        ])
}
