// One of each message, with and without what may be absent.

import ControlProtocol

enum Samples {
    static let requests: [ControlRequest] =
        [
            .status, .stats, .flush(.everything), .flush(.name("example.org", type: nil)),
            .flush(.name("example.org", type: "AAAA")), .flush(.zone("example.org")), .flush(.negative),
            .lookup(LookupRequest(name: "example.org")),
            .lookup(LookupRequest(name: "a\\.b.example", type: "TYPE65280")),
            .explain(ExplainRequest(name: "example.org", type: "AAAA")),
            .explain(ExplainRequest(name: "example.org", type: "A", client: "2001:db8::1")), .upstreams, .policies,
            .dump(DumpRequest(limit: 1000)), .dump(DumpRequest(after: "3/17", limit: 1)),
            .load(LoadRequest(ageSeconds: 12, entries: [entry])), .reload, .logLevel(LogLevelRequest(level: .debug)),
            .top(TopRequest(rows: 10)), .announce(AnnounceRequest(program: .iscDHCP)),
            .announce(AnnounceRequest(program: .radvd, interface: "lan", partner: .kea)), .doctor(DoctorRequest()),
            .doctor(DoctorRequest(interface: "lan", host: "www.example")),
        ] + NAT64Samples.requests.map { .nat64($0) }

    static let entry = DumpEntry(
        name: "v4only.example.", type: "A", dnssecOK: true, rcode: "NOERROR", ttlSeconds: 250, authenticData: true,
        answer: ["v4only.example. 250 IN A 192.0.2.1", "v4only.example. 250 IN TXT \"a \\\"quoted\\\" \\195\\188\""])

    static let responses: [ControlResponse] =
        [
            .status(status), .stats(stats), .flush(FlushReport(removed: .max)),
            .lookup(LookupReport(entries: [cacheEntry])), .lookup(LookupReport(entries: [])), .explain(explanation),
            .upstreams(upstreams), .policies(policies), .dump(DumpPage(entries: [entry], next: "3/18")),
            .dump(DumpPage(entries: [])), .load(LoadReport(accepted: 1, rejected: 2, problems: ["no such type"])),
            .reload(ReloadReport(configurationFile: "/etc/x.yaml", summary: "2 zones", changes: ["cache.size"])),
            .logLevel(LogLevelReport(old: .info, new: .trace)), .top(top),
            .announce(
                AnnounceReport(
                    program: .radvd, interface: "lan", files: [AnnouncedFile(path: "/etc/radvd.conf", text: "x\n")],
                    remarks: ["mind"])),
            .doctor(
                DoctorReport(checks: [
                    DoctorCheck(name: "mtu", subject: "lan", light: .red, finding: "too small", remedy: ["more"]),
                    DoctorCheck(name: "clock", light: .skipped, finding: "unknown"),
                ])),
            .refused(Refusal(code: .configuration, message: "not loaded", errors: ["x.yaml:3:1: no such key"])),
        ] + NAT64Samples.responses.map { .nat64($0) }

    static let status = StatusReport(
        version: "0.1.0", pid: 4711, uptimeSeconds: 90_061, ready: true, configurationFile: "/etc/dns64d/dns64d.yaml",
        loadedSecondsAgo: 61, lastReloadError: "line 3", workers: 4, listenAddresses: ["127.0.0.1:53", "[::1]:53"],
        user: "dns64d", userID: 998, cache: CacheFill(entries: 12_345, bytes: 1_048_576, limitBytes: 67_108_864),
        upstreams: UpstreamSummary(good: 1, total: 2),
        nat64: NAT64Status(
            backend: "tun", health: "bad", reason: "no answer", sessions: 7, whenDownInForce: "native-only"),
        logLevel: .info, mode: "standard",
        prefixes: ["64:ff9b::/96"], warnings: ["the cache is full"])

    static let stats = StatisticsReport(
        uptimeSeconds: 60, total: [CounterValue(name: "queries-udp", value: 12_345, perSecond: 10.25)],
        workers: [WorkerStatistics(worker: 0, counters: [CounterValue(name: "queries-udp", value: 12_345)])],
        latency: LatencyReport(
            cached: LatencyDistribution(doublingBuckets: [0, 10, 80, 10]),
            upstream: LatencyDistribution(doublingBuckets: [])),
        cache: CacheStatistics(entries: 1, bytes: 2, limitBytes: 3, inserts: 4, replacements: 5, evictions: 6))

    static let cacheEntry = CacheEntry(
        name: "example.org.", type: "AAAA", class: "IN", rcode: "NOERROR", dnssecOK: false, checkingDisabled: true,
        ttlSeconds: 0, lifetimeSeconds: 300, stale: true, negative: true, records: [], authority: ["example.org. SOA"])

    static let explanation = ExplainReport(
        question: ExplainedQuestion(name: "example.org.", type: "AAAA"), client: "::1", policy: "default",
        steps: [
            ExplainStep(
                step: "synthesize", decision: "made 1 AAAA", rule: "RFC 6147 5.1.7", config: "/etc/x.yaml:12",
                detail: "from 1 A"), ExplainStep(step: "answer", decision: "sent"),
        ],
        result: ExplainResult(rcode: "NOERROR", answer: ["example.org. AAAA"], source: "synthesized"))

    static let upstreams = UpstreamsReport(zones: [
        UpstreamZone(
            zone: ".", policy: "fastest",
            servers: [
                UpstreamServer(
                    address: "192.0.2.53:53", state: "good", rttMilliseconds: 12.5, timeoutsInARow: 0, queries: 10,
                    answers: 9, timeouts: 1, edns: "yes"),
                UpstreamServer(
                    address: "[2001:db8::53]:53", state: "set-aside", timeoutsInARow: 3, queries: 3, answers: 0,
                    timeouts: 3, edns: "unknown", setAsideSeconds: 12.5),
            ])
    ])

    static let policies = PoliciesReport(policies: [
        PolicyReport(
            label: "default", match: [], mode: "standard", prefixes: ["64:ff9b::/96"], suffix: "::",
            excludeAAAA: ["::ffff:0:0/96"], excludeA: [ExcludedRange(prefix: "10.0.0.0/8", reason: "private")],
            excludeNames: [], ignoreAAAA: [], breakDNSSEC: false, reverse: "cname",
            configLines: [ConfigurationLine(key: "mode", line: "/etc/x.yaml:3")])
    ])

    static let top = TopSnapshot(
        periodSeconds: 1.5, queriesPerSecond: 1234.5, names: [TopCount(name: "example.org.", count: 7)],
        clients: [TopCount(name: "::1", count: 7)], reasons: [TopCount(name: "answered-from-cache", count: 7)])
}
