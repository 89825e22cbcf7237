// What `dns64ctl explain` shows: each decision on the way, with the rule and the configuration line that made it.

internal import AnswerCache
public import DNSMessage
public import NetAddress
public import Telemetry

/// How an answer came about.
public struct Explanation: Sendable {
    /// One decision.
    public struct Step: Sendable {
        /// Where on the way it was made: "client", "local data", "AAAA", "synthesis".
        public var step: String
        public var decision: String
        /// The RFC section, if one says so.
        public var rule: String
        /// `FILE:LINE` of the key that decided, or "default", or nothing.
        public var config: String
        public var detail: String
    }

    public var question: Question
    public var client: IPAddress
    public var policy: String
    public var steps: [Step]
    public var responseCode: ResponseCode
    public var answers: [String]
    public var source: String
}

extension Resolver {
    /// Answers `question` as `client` would see it, and says why. The result comes as an action, at once or later.
    public func explain(_ question: Question, client address: IPAddress, token: UInt64, now: MonotonicTime) {
        var message = Message(query: question, id: 0)
        message.edns = EDNS()
        let bytes = message.encoded()
        let client = Client(SocketAddress(address, port: 53), .stream)
        bytes.withUnsafeBytes { query in
            var view = QueryView()
            _ = view.read(query)
            let pending = PendingQuery(
                query: bytes, view: view, client: client, policy: settings.policies.policy(for: address.unmapped),
                received: now, name: question.name.lowercased, type: question.type)
            pending.explanation = token
            begin(pending, now)
            complete(pending, now)
        }
    }

    /// Turns a finished query into its explanation.
    func explain(_ query: PendingQuery, _ reply: UnsafeRawBufferPointer) {
        guard let token = query.explanation else { return }
        let message = try? Message(parsing: reply)
        var narrator = Narrator(query: query, settings: settings)
        narrator.tell(resolver: self)
        let mayAsk = narrator.mayAsk
        actions.append(
            .explained(
                Explanation(
                    question: Question(query.name, query.type), client: query.client.source.address,
                    policy: query.policy.values.label, steps: narrator.steps,
                    responseCode: mayAsk ? message?.responseCode ?? .servFail : .refused,
                    answers: mayAsk ? message.map { ($0.answers).map(\.description) } ?? [] : [],
                    source: mayAsk ? query.outcome.name : "server.allow"), token: token))
    }
}

/// Tells the steps in their order, from what the query holds at its end.
private struct Narrator {
    let query: PendingQuery
    let settings: ResolverSettings
    var steps: [Explanation.Step] = []

    private var policy: SynthesisPolicy { query.policy }
    var mayAsk: Bool { settings.allow.firstMatch(query.client.source.address.unmapped) != nil }

    mutating func add(_ step: String, _ decision: String, rule: String = "", config: String = "", detail: String = "") {
        steps.append(Explanation.Step(step: step, decision: decision, rule: rule, config: config, detail: detail))
    }

    mutating func tell(resolver: Resolver) {
        tellClient()
        // What a client that may ask would get says nothing about this one.
        guard mayAsk else { return }
        if let target = query.reverseTarget {
            add(
                "reverse", "the name is an address under a DNS64 prefix and leads to \(target)",
                rule: "RFC 6147 5.3.1", config: policy.origin("reverse"), detail: policy.values.reverse.rawValue)
            return tellAnswer(.reverse, "PTR", target)
        }
        tellAnswer(.main, query.type.description, query.name)
        guard query.isAAAA else { return }
        if policy.mode != .off { tellExclusions() }
        if query.answers[.a] != nil { tellAnswer(.a, "A", query.name) }
        tellDecision(resolver)
    }

    private mutating func tellClient() {
        let client = query.client.source.address.unmapped
        let allowed = settings.allow.firstMatch(client)
        add(
            "client",
            allowed.map { "may ask: it is in \($0)" } ?? "is refused: it is in no range of server.allow",
            config: settings.values.allowOrigin, detail: client.description)
        add(
            "policy", "\"\(policy.values.label)\" applies, mode \(policy.mode.rawValue)",
            config: policy.origin("mode"),
            detail: "prefixes \(policy.prefixes.map(\.description).joined(separator: ", "))")
    }

    private mutating func tellAnswer(_ leg: LegName, _ type: String, _ name: DomainName) {
        guard let answer = query.answers[leg] else { return add(type, "not asked") }
        let found: String
        switch answer.source {
        case .upstream: found = "upstream, asked now"
        case .cache: found = "the cache, \(answer.age) s old"
        case .stale: found = "the cache, stale"
        case .local(.zone): found = "a zone of this server"
        case .local(.empty): found = "a built-in empty zone"
        case .local(.special): found = "a name with a special use"
        }
        let ask = query.ask(leg)
        let rule: String
        switch answer.source {
        case .stale: rule = "RFC 8767"
        case .local(.empty): rule = "RFC 6303"
        case .local(.special): rule = name.description.hasSuffix("arpa.") ? "RFC 8880" : "RFC 6761"
        default: rule = ""
        }
        guard let parts = answer.parts(ask.name, ask.type) else {
            return add(type, "failed", detail: "\(found)\(answer.extendedError.map { ", extended error \($0)" } ?? "")")
        }
        if answer.facts.flags & AnswerFlags.failure != 0 {
            let bogus = answer.facts.flags & AnswerFlags.bogus != 0 ? ", DNSSEC validation failed" : ""
            return add(
                type, "failed\(bogus)", detail: found + (answer.extendedError.map { ", extended error \($0)" } ?? ""))
        }
        for alias in parts.aliases where alias.type != .rrsig {
            add(type, "alias: \(alias)", rule: "RFC 6147 5.1.5")
        }
        let values = parts.records.map { "\($0.type) \($0.rdataText)" }
        let text =
            values.isEmpty
            ? (parts.responseCode == .nxDomain ? "NXDOMAIN: no such name" : "no record of this type")
            : values.joined(separator: ", ")
        add(type, text, rule: rule, detail: "from \(found)")
    }

    private mutating func tellExclusions() {
        for record in query.answers[.main]?.parts(query.name, .aaaa)?.records ?? []
        where record.type == .aaaa && policy.excludesAAAA(record) {
            add(
                "AAAA", "\(record.rdataText) is treated as if it did not exist", rule: "RFC 6147 5.1.4",
                config: policy.origin("exclude-aaaa"))
        }
    }

    private mutating func tellDecision(_ resolver: Resolver) {
        let question = resolver.synthesisQuestion(query)
        let decision = resolver.withLegs(query) { policy.decide(question, aaaa: $0, a: $1) }
        let told = Self.text(of: decision.rule, policy)
        add("decision", told.text, rule: told.rule, config: told.key.map(policy.origin) ?? "")
        for record in query.answers[.a]?.parts(query.name, .a)?.records ?? [] where record.data.count == 4 {
            tellAddress(IPv4Address(record.data[0], record.data[1], record.data[2], record.data[3]), decision)
        }
        if case .synthesis(let limit) = decision.content {
            let why = limit == .max ? "the A record's TTL" : "the A record's TTL, at most \(limit) s"
            add(
                "TTL", why, rule: "RFC 6147 5.1.7",
                config: limit == policy.values.ttlWithoutSOA ? policy.origin("ttl-without-soa") : "")
        }
    }

    private mutating func tellAddress(_ address: IPv4Address, _ decision: Decision) {
        for prefix in policy.prefixes {
            if let range = policy.exclusion(of: address, under: prefix) {
                add(
                    "address", "\(address) is not synthesized under \(prefix): \(range.reason)",
                    rule: range.underWellKnownPrefixOnly ? "RFC 6052 3.1" : "", config: policy.origin("exclude-a"),
                    detail: range.prefix.description)
            } else if case .synthesis = decision.content {
                add(
                    "address", "\(address) becomes \(prefix.embed(address, suffix: policy.suffix))",
                    rule: "RFC 6052 2.2",
                    config: policy.origin("prefixes"))
            }
        }
    }

    private static func text(of rule: Rule, _ policy: SynthesisPolicy) -> (text: String, rule: String, key: String?) {
        switch rule {
        case .off: ("nothing is synthesized for this client", "", "mode")
        case .translatorDown: ("the translator is down: nothing is synthesized", "", nil)
        case .excludedName: ("the name, or one that it leads to, is under exclude-names", "", "exclude-names")
        case .checkingDisabled: ("CD and DO are set: passed through untouched", "RFC 6147 5.5", nil)
        case .nameError: ("NXDOMAIN stays NXDOMAIN", "RFC 6147 5.1.2", nil)
        case .native: ("the name has AAAA records of its own: kept", "RFC 6147 5.1.1", nil)
        case .nativeAfterExclusion: ("AAAA records that are not excluded are kept", "RFC 6147 5.1.4", "exclude-aaaa")
        case .emptyAAAA: ("no AAAA record, so AAAA records are made from A", "RFC 6147 5.1.6", nil)
        case .failedAAAA:
            ("the AAAA question failed, which counts as an empty answer", "RFC 6147 5.1.2", "aaaa-failure")
        case .bogusAAAA: ("the AAAA answer failed DNSSEC validation: not synthesized over", "RFC 6147 5.5", nil)
        case .failedAAAAPassedOn: ("the AAAA question failed, and that is passed on", "", "aaaa-failure")
        case .signedAnswer: ("DO is set and the answer is signed: not synthesized", "RFC 6147 5.5", "break-dnssec")
        case .synthesizeAlways: ("A decides: AAAA records are made wherever there is an A", "", "mode")
        case .ignoredAAAA: ("the name's own AAAA are ignored", "", "ignore-aaaa")
        case .nativeWithoutA: ("no A record, so the name's own AAAA after all", "", nil)
        case .noA: ("no A record either", "RFC 6147 5.4", nil)
        case .excludedA: ("no A record that may be synthesized", "RFC 6147 5.1.4", "exclude-a")
        case .failedA: ("the A question failed, and that is the answer", "", "a-failure")
        case .failedATreatedEmpty: ("the A question failed, which counts as an empty answer", "", "a-failure")
        case .waiting: ("waiting", "", nil)
        }
    }
}
