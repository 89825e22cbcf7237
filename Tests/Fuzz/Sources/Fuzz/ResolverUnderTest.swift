// A resolver core with everything that decides switched on, in one of several settings.

internal import AnswerCache
internal import DNSMessage
internal import NetAddress
internal import Resolver
internal import Telemetry

/// One resolver core for one input.
final class ResolverUnderTest {
    let counters = Counters()
    let resolver: Resolver
    let settings: ResolverSettings
    var now = MonotonicTime(nanoseconds: 1_000_000_000_000)
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_535, alignment: 8)

    init(_ settings: ResolverSettings, cache: AnswerCache = AnswerCache(byteLimit: 1 << 16)) {
        self.settings = settings
        resolver = Resolver(
            settings: settings, cache: cache, counters: counters, latency: LatencyHistogram(),
            random: { 0x1234_5678_9abc_def0 })
        resolver.unixTimeOffset = 1_767_225_600 - 1000
    }

    deinit { buffer.deallocate() }

    /// What came of handing in a query.
    struct Outcome {
        var reply: [UInt8]?
        var asks: [(token: UInt64, ask: UpstreamAsk)] = []
        /// Whether a drop was counted.
        var isDropped = false
    }

    /// Hands in a query and takes what the core wants done at once.
    func handle(_ query: UnsafeRawBufferPointer, from client: Client) -> Outcome {
        let before = drops
        var outcome = Outcome()
        let length = resolver.handle(query, from: client, now: now, into: buffer)
        outcome.reply = length.map { Array(buffer[0..<$0]) }
        outcome.isDropped = drops != before
        let rest = take()
        expect(rest.replies.isEmpty || outcome.reply == nil, "two replies to one query")
        outcome.reply = outcome.reply ?? rest.replies.first
        outcome.asks = rest.asks
        return outcome
    }

    /// Empties the list of actions.
    func take() -> (replies: [[UInt8]], asks: [(token: UInt64, ask: UpstreamAsk)]) {
        var replies: [[UInt8]] = []
        var asks: [(token: UInt64, ask: UpstreamAsk)] = []
        for action in resolver.takeActions() {
            switch action {
            case .reply(let bytes, _): replies.append(bytes)
            case .ask(let token, let ask): asks.append((token, ask))
            case .abandon, .cancel, .explained: break
            }
        }
        return (replies, asks)
    }

    /// Lets time pass until nothing waits any more.
    func runOut() -> [[UInt8]] {
        var replies: [[UInt8]] = []
        for _ in 0..<100 {
            guard let deadline = resolver.nextDeadline else { return replies }
            now = max(now, deadline)
            resolver.tick(now)
            replies += take().replies
        }
        expect(false, "time passes and something still waits")
        return replies
    }

    private var drops: UInt64 {
        [.dropTooShort, .dropQRSet, .dropRefusedRateLimit, .dropSourcePortZero].reduce(0) { $0 + counters.value($1) }
    }
}

extension ResolverSettings {
    /// The settings that an input may choose from.
    static let variants: [ResolverSettings] = (0..<8).map(variant)

    private static func variant(_ number: Int) -> ResolverSettings {
        var policy = SynthesisPolicy.Values()
        policy.excludeAAAA = IPPrefixSet(prefixes(["::ffff:0:0/96", "2001:db8:bad::/48"]))
        policy.excludeA = prefixes(["10.0.0.0/8", "127.0.0.0/8"]).map {
            .init(prefix: $0, underWellKnownPrefixOnly: $0.length == 8, reason: "not for others")
        }
        switch number {
        case 1:
            policy.prefixes += prefixes(["2001:db8:100::/40", "2001:db8:122:344::/64"]).compactMap { try? Pref64($0) }
            policy.suffix = IPv6Address(high: 0, low: 0x4_5678)
        case 2: policy.mode = .synthall
        case 3: policy.mode = .off
        case 4:
            policy.reverse = .direct
            policy.excludeNames = names(["example.net"])
            policy.ignoreAAAA = names(["example.com"])
        case 5: policy.breakDNSSEC = true
        case 6:
            policy.synthesizeOnAAAAFailure = false
            policy.failOnAFailure = false
            policy.reverse = .off
        default: break
        }
        var values = Values()
        values.policies = PolicySet(standard: SynthesisPolicy(policy))
        values.allow = IPPrefixSet(prefixes(["192.0.2.0/24", "2001:db8::/32"]))
        values.serveStale = number == 7
        values.maxAliases = number == 7 ? 4 : 16
        values.localData = localData
        values.forwardZones = names([".", "corp.example"])
        return ResolverSettings(values)
    }

    private static let localData: LocalData = {
        let records = [
            "home.arpa. 3600 IN SOA ns.home.arpa. nobody.home.arpa. 1 7200 3600 86400 300",
            "home.arpa. 3600 IN NS ns.home.arpa.",
            "ns.home.arpa. 300 IN A 192.0.2.53", "v4only.home.arpa. 300 IN A 198.51.100.7",
            "dual.home.arpa. 300 IN A 198.51.100.8",
            "dual.home.arpa. 300 IN AAAA 2001:db8::8", "*.wild.home.arpa. 300 IN A 198.51.100.9",
            "alias.home.arpa. 300 IN CNAME www.example.org.", "inner.home.arpa. 300 IN CNAME v4only.home.arpa.",
            "tree.home.arpa. 300 IN DNAME example.org.", "cut.home.arpa. 300 IN NS ns.cut.home.arpa.",
            "ns.cut.home.arpa. 300 IN A 192.0.2.54",
        ].compactMap { try? Record(text: $0) }
        expect(records.count == 12, "the zone of the fuzzer's own can't be read")
        let zone = names(["home.arpa"]).compactMap { try? LocalZone(apex: $0, records: records) }
        return LocalData(zones: zone, emptyZones: names(["10.in-addr.arpa", "test"]))
    }()

    static func names(_ texts: [String]) -> [DomainName] { texts.compactMap { DomainName($0) } }
    static func prefixes(_ texts: [String]) -> [IPPrefix] { texts.compactMap { IPPrefix($0) } }
}
