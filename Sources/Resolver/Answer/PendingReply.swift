// The reply to a query that waited, as soon as what has come decides it.

internal import AnswerCache
internal import DNSMessage
internal import NetAddress
internal import Telemetry

extension Resolver {
    /// Writes the reply if the query has all that it needs, and marks it as done.
    func reply(
        to query: PendingQuery, _ form: ReplyForm, _ out: UnsafeMutableRawBufferPointer, _ now: MonotonicTime
    ) -> Int? {
        guard let length = writeReply(to: query, form, out, now) else { return nil }
        query.isDone = true
        if query.explanation != nil {
            explain(query, UnsafeRawBufferPointer(rebasing: out[0..<length]))
        }
        let outcome = query.outcome
        counters.add(outcome)
        if let observer {
            query.name.wire.withUnsafeBytes {
                observer.observed(
                    name: $0, type: query.type.rawValue, client: query.client, outcome: outcome,
                    responseCode: UInt16(out[3] & 15))
            }
        }
        return length
    }

    private func writeReply(
        to query: PendingQuery, _ form: ReplyForm, _ out: UnsafeMutableRawBufferPointer, _ now: MonotonicTime
    ) -> Int? {
        if query.reverseTarget != nil { return writeReverse(query, form, out) }
        if query.isAAAA, query.policy.mode != .off { return writeAAAA(query, form, out, now) }
        guard let answer = query.answers[.main] else { return nil }
        if query.type.isServiceBinding, query.policy.addsAddressesToServiceBindings,
            answer.facts.flags & (AnswerFlags.negative | AnswerFlags.failure) == 0
        {
            return writeServiceBinding(query, answer, form, out, now)
        }
        return answer.withView { writePlain($0, form, out, error: answer.extendedErrorForReply) }
    }

    // MARK: AAAA

    func wantsA(_ query: PendingQuery) -> Bool { query.policy.wantsA(synthesisQuestion(query)) }

    /// What bears on the decision, the names of the chains that are known so far among it.
    func synthesisQuestion(_ query: PendingQuery) -> SynthesisQuestion {
        var question = SynthesisQuestion(
            dnssecOK: query.view.dnssecOK, checkingDisabled: query.view.checkingDisabled)
        guard query.policy.hasNameRules else { return question }
        var names = [query.name]
        for (leg, type) in [(LegName.main, RecordType.aaaa), (.a, .a)] {
            names +=
                query.answers[leg]?.parts(query.name, type)?.aliases.compactMap { $0.type == .cname ? $0.target : nil }
                ?? []
        }
        question.nameExcluded = query.policy.isUnder(query.policy.values.excludeNames, names)
        question.ignoresAAAA = query.policy.isUnder(query.policy.values.ignoreAAAA, names)
        return question
    }

    private func writeAAAA(
        _ query: PendingQuery, _ form: ReplyForm, _ out: UnsafeMutableRawBufferPointer, _ now: MonotonicTime
    ) -> Int? {
        withLegs(query) { aaaa, a in
            let decision = query.policy.decide(synthesisQuestion(query), aaaa: aaaa, a: a)
            let failed: StoredAnswer?
            switch decision.content {
            case .needA:
                need(.a, query, now)
                return nil
            case .needAAAA:
                need(.main, query, now)
                return nil
            case .failureOfA: failed = query.answers[.a]
            default: failed = query.answers[.main]
            }
            return write(
                decision, query.policy, aaaa: aaaa, a: a, failure: failed?.extendedError, stale: query.staleError, form,
                out)
        }
    }

    /// Lends views of the AAAA and the A answer, as far as they have come.
    func withLegs<Result>(_ query: PendingQuery, _ body: (Leg, Leg) -> Result) -> Result {
        withLeg(query.answers[.main]) { aaaa in withLeg(query.answers[.a]) { a in body(aaaa, a) } }
    }

    func withLeg<Result>(_ answer: StoredAnswer?, _ body: (Leg) -> Result) -> Result {
        guard let answer else { return body(.pending) }
        return answer.withView { body(.answered($0)) }
    }

    // MARK: names under a prefix in ip6.arpa

    /// RFC 6147 section 5.3.1: "synthesize a CNAME RR mapping the IP6.ARPA namespace to the corresponding IN-ADDR.ARPA
    /// name", or
    /// answer with the target's records directly.
    private func writeReverse(_ query: PendingQuery, _ form: ReplyForm, _ out: UnsafeMutableRawBufferPointer) -> Int? {
        guard let answer = query.answers[.reverse], let target = query.reverseTarget else { return nil }
        if answer.facts.flags & AnswerFlags.failure != 0 { return writeServFail(answer.extendedError, form, out) }
        guard var parts = answer.parts(target, query.type) else { return writeServFail(nil, form, out) }
        parts.authenticData = false
        parts.authoritative = false
        parts.isLocal = true
        if query.policy.values.reverse == .direct {
            parts.aliases = []
            parts.records = parts.records.filter { $0.type != .rrsig }.map { record in
                var record = record
                record.name = query.name
                return record
            }
        } else {
            let ttl = (parts.aliases + parts.records).map(\.ttl).min() ?? answer.withView(\.negativeTTL) ?? 600
            parts.aliases.insert(Record(query.name, .cname, ttl: min(ttl, 600), data: target.wire), at: 0)
        }
        counters.add(.answeredReverse)
        let made = StoredAnswer(parts, question: query.name, bounds: TTLBounds(settings))
        return made.withView { view in
            var head = head(of: view, error: ExtendedError.synthesized)
            head.secondError = query.staleError
            var writer = ReplyWriter(out, form, head)
            writer.append(view)
            return finish(&writer, view.facts.responseCode)
        }
    }
}

extension StoredAnswer {
    /// The extended error that goes with this answer: upstream's own, or that it is stale (RFC 8914 sections 4.4 and
    /// 4.20).
    var extendedErrorForReply: UInt16? {
        if case .stale = source {
            return facts.responseCode == 3 ? ExtendedError.staleNXDomain : ExtendedError.staleAnswer
        }
        return extendedError
    }
}

extension PendingQuery {
    var staleError: UInt16? {
        for answer in answers.values { if case .stale = answer.source { return answer.extendedErrorForReply } }
        return nil
    }

    /// Where the answer came from, for the counters.
    var outcome: Counter {
        var outcome = Counter.answeredFromCache
        for answer in answers.values {
            switch answer.source {
            case .stale: return .answeredStale
            case .upstream: outcome = .answeredFromUpstream
            case .local(.zone): return .answeredFromLocalData
            case .local(.empty): return .answeredFromEmptyZone
            case .local(.special):
                return SpecialNames.isPrefixDiscovery(name) ? .answeredIPv4OnlyArpa : .answeredSpecial
            case .cache: break
            }
        }
        return outcome
    }
}

extension SynthesisPolicy {
    /// Whether any of `names` is one of `rules` or under it.
    func isUnder(_ rules: [DomainName], _ names: [DomainName]) -> Bool {
        rules.contains { rule in names.contains { $0.isSubdomain(of: rule) } }
    }

    /// The first of `rules` that holds one of `names`; for those who explain.
    func rule(in rules: [DomainName], holding names: [DomainName]) -> DomainName? {
        rules.first { rule in names.contains { $0.isSubdomain(of: rule) } }
    }

    /// RFC 9460 section 4.2.1.
    var addsAddressesToServiceBindings: Bool { mode != .off && values.serviceBindings }
}
