// One question on its way to a whole answer: along its alias chain, from local data, cache and upstream in turn (RFC
// 1034 section
// 5.3.3, RFC 6147 section 5.1.5). However many clients wait for it, it is asked once.

internal import AnswerCache
public import DNSMessage
public import Telemetry

/// The state of one question.
final class Resolution {
    let ask: UpstreamAsk
    let started: MonotonicTime
    var waiters: [(query: PendingQuery, leg: LegName)] = []
    /// The chain so far, and where it stands.
    var parts = AnswerParts()
    var name: DomainName
    var seen: Set<DomainName>
    var token: UInt64?
    var hasEnded = false
    /// A failure that may be one of DNSSEC validation, while upstream is asked whether it is.
    var suspected: StoredAnswer?
    /// Links that were followed by questions of their own or by local data.
    var hops = 0

    init(_ ask: UpstreamAsk, now: MonotonicTime) {
        self.ask = ask
        started = now
        name = ask.name
        seen = [ask.name]
    }

    /// Lets go of everything that its end needed.
    func forget() {
        waiters = []
        parts = AnswerParts()
        seen = []
    }
}

/// Everything that is under way in one resolver core.
struct Lookups {
    var resolutions: [UpstreamAsk: Resolution] = [:]
    var byToken: [UInt64: Resolution] = [:]
    var nextToken: UInt64 = 1
    /// Queries that wait.
    var pendingCount = 0
    /// In the order in which they began; each has the same time, so that the first is always the first to end.
    var deadlines = TimerLine<Resolution>()
    var staleTimers = TimerLine<PendingQuery>()
    var recheck = FailureRecheck()
}

extension Resolver {
    /// A whole chain is given up after so many milliseconds: a client waits five seconds, and upstream answers each of
    /// its
    /// questions in four or fails.
    static var resolutionLimit: UInt64 { 8_000 }

    /// Begins to answer `ask`, or joins those who wait for it.
    ///
    /// - Returns: the answer, if local data gave all of it; nil where it comes later.
    func resolve(_ ask: UpstreamAsk, waiter: (query: PendingQuery, leg: LegName)?, _ now: MonotonicTime)
        -> StoredAnswer?
    {
        if let running = lookups.resolutions[ask] {
            if let waiter { running.waiters.append(waiter) }
            return nil
        }
        let resolution = Resolution(ask, now: now)
        if let waiter, !waiter.query.view.recursionDesired { return localPart(resolution) }
        if let answer = advance(resolution, now) { return answer }
        if let waiter { resolution.waiters.append(waiter) }
        lookups.resolutions[ask] = resolution
        lookups.deadlines.append(resolution, at: now.advanced(byMilliseconds: Self.resolutionLimit))
        return nil
    }

    /// Goes along the chain as far as it can without waiting.
    ///
    /// - Returns: the whole answer at the chain's end; nil where upstream has been asked.
    private func advance(_ resolution: Resolution, _ now: MonotonicTime) -> StoredAnswer? {
        while true {
            let link: AnswerParts
            var source = AnswerSource.upstream
            switch settings.values.localData.answer(resolution.name, resolution.ask.type) {
            case .parts(let local)?:
                link = local.parts
                source = .local(local.origin)
            case .forward?, nil:
                guard resolution.hops > 0, let cached = cachedParts(resolution, now) else {
                    askUpstream(resolution)
                    return nil
                }
                link = cached
            }
            if let answer = absorb(link, resolution, source) { return answer }
        }
    }

    /// The answer to a question without RD: the chain as far as local data knows it (RFC 1034 section 4.3.1).
    private func localPart(_ resolution: Resolution) -> StoredAnswer {
        while case .parts(let local)? = settings.values.localData.answer(resolution.name, resolution.ask.type) {
            if let answer = absorb(local.parts, resolution, .local(local.origin)) { return answer }
        }
        return StoredAnswer(
            resolution.parts, question: resolution.ask.name, bounds: TTLBounds(settings), source: .local(.zone))
    }

    /// What the cache holds for the chain's present name.
    private func cachedParts(_ resolution: Resolution, _ now: MonotonicTime) -> AnswerParts? {
        let stored = cachedAnswer(
            UpstreamAsk(
                name: resolution.name, type: resolution.ask.type, dnssecOK: resolution.ask.dnssecOK,
                checkingDisabled: resolution.ask.checkingDisabled), now)
        guard let stored, stored.facts.flags & AnswerFlags.failure == 0 else { return nil }
        return stored.parts(resolution.name, resolution.ask.type)
    }

    private func askUpstream(_ resolution: Resolution, checkingDisabled: Bool? = nil) {
        let token = lookups.nextToken
        lookups.nextToken &+= 1
        resolution.token = token
        lookups.byToken[token] = resolution
        var ask = resolution.ask
        ask.name = resolution.name.lowercased
        ask.checkingDisabled = checkingDisabled ?? ask.checkingDisabled
        actions.append(.ask(token: token, ask))
    }

    /// Adds one link to the chain.
    ///
    /// - Returns: the whole answer, if this was its end.
    private func absorb(_ link: AnswerParts, _ resolution: Resolution, _ source: AnswerSource) -> StoredAnswer? {
        let isFirst = resolution.hops == 0
        // Upstream's TTLs have their limit even in a chain in which local data, whose own are not, takes part.
        let link = link.isLocal ? link : link.capped(at: settings.values.maxTTL)
        resolution.hops += 1
        resolution.parts.aliases += link.aliases
        resolution.parts.isLocal = resolution.parts.isLocal || link.isLocal
        resolution.parts.authenticData = (isFirst || resolution.parts.authenticData) && link.authenticData
        // AA speaks of the name that was asked for (RFC 1034 section 6.2.7), the chain's first.
        if isFirst { resolution.parts.authoritative = link.authoritative }
        resolution.parts.extendedError = link.extendedError ?? resolution.parts.extendedError
        if let failure = chainFailure(link, resolution) { return failure }
        if let next = link.next {
            resolution.name = next
            return nil
        }
        resolution.parts.responseCode = link.responseCode
        resolution.parts.records = link.records
        resolution.parts.authority = link.authority
        resolution.parts.additional = link.additional
        return StoredAnswer(
            resolution.parts, question: resolution.ask.name, bounds: TTLBounds(settings), source: source)
    }

    /// Chains that bite their tail or never end are failures.
    private func chainFailure(_ link: AnswerParts, _ resolution: Resolution) -> StoredAnswer? {
        for alias in resolution.parts.aliases.suffix(link.aliases.count) where alias.type == .cname {
            guard let target = alias.target else { continue }
            if !resolution.seen.insert(target).inserted {
                counters.add(.aliasLoop)
                return .failure(extendedError: ExtendedError.invalidData)
            }
        }
        if resolution.seen.count - 1 > settings.values.maxAliases || resolution.parts.aliases.count > 200 {
            counters.add(.aliasTooLong)
            return .failure(extendedError: ExtendedError.invalidData)
        }
        return nil
    }

    // MARK: what upstream says

    /// Upstream answered the question `token`; `zone` is the one whose servers were asked, and `trustsAD` whether their
    /// AD counts.
    public func answered(_ token: UInt64, _ message: Message, zone: DomainName, trustsAD: Bool, now: MonotonicTime) {
        guard let resolution = lookups.byToken.removeValue(forKey: token) else { return }
        resolution.token = nil
        if let failure = Self.failure(message) { return failed(resolution, failure, message, now) }
        if resolution.suspected != nil {
            return end(resolution, .failure(bogus: true, extendedError: ExtendedError.dnssecBogus), now)
        }
        if message.answers.contains(where: { !$0.name.isSubdomain(of: zone) }) {
            counters.add(.upstreamDropOutOfBailiwick)
        }
        let localData = settings.values.localData
        var link = AnswerParts(
            message, question: resolution.name, type: resolution.ask.type, zone: zone,
            dnssecOK: resolution.ask.dnssecOK,
            maxAliases: settings.values.maxAliases,
            leavesZone: { [settings] in localData.holds($0) || settings.forwardZone(of: $0) != zone })
        if !trustsAD { link.authenticData = false }
        if let answer = absorb(link, resolution, .upstream) ?? advance(resolution, now) { end(resolution, answer, now) }
    }

    /// Upstream gave no answer to the question `token`.
    public func failed(_ token: UInt64, _ failure: AskFailure, now: MonotonicTime) {
        guard let resolution = lookups.byToken.removeValue(forKey: token) else { return }
        resolution.token = nil
        end(resolution, resolution.suspected ?? .failure(extendedError: failure.extendedError), now)
    }

    /// A SERVFAIL for AAAA may mean that the answer failed DNSSEC validation, and then nothing may be synthesized over
    /// it: that would
    /// be a downgrade. Upstreams that send no extended error are asked once more with CD set (RFC 4035 section 3.2.2):
    /// if that brings
    /// an answer, validation was all that stood in its way.
    private func failed(_ resolution: Resolution, _ failure: StoredAnswer, _ message: Message, _ now: MonotonicTime) {
        guard resolution.suspected == nil, resolution.ask.type == .aaaa, !resolution.ask.checkingDisabled,
            message.responseCode == .servFail, message.edns?.extendedErrors.isEmpty ?? true
        else { return end(resolution, resolution.suspected ?? failure, now) }
        resolution.suspected = failure
        askUpstream(resolution, checkingDisabled: true)
    }

    /// A message that is no answer: a failure's code, or a referral from a server that does not recurse.
    private static func failure(_ message: Message) -> StoredAnswer? {
        let errors = message.edns?.extendedErrors ?? []
        if message.responseCode != .noError, message.responseCode != .nxDomain {
            let bogus = errors.first(where: ExtendedError.saysBogus)
            return .failure(bogus: bogus != nil, extendedError: bogus ?? errors.first)
        }
        let isReferral =
            message.responseCode == .noError && message.answers.isEmpty && !message.authoritative
            && !message.authorities.contains { $0.type == .soa } && message.authorities.contains { $0.type == .ns }
        return isReferral ? .failure(extendedError: ExtendedError.noReachableAuthority) : nil
    }

    private func end(_ resolution: Resolution, _ answer: StoredAnswer, _ now: MonotonicTime) {
        lookups.resolutions[resolution.ask] = nil
        if let token = resolution.token {
            lookups.byToken[token] = nil
            actions.append(.cancel(token: token))
            resolution.token = nil
        }
        resolution.hasEnded = true
        lookups.deadlines.dropFirst { $0.hasEnded }
        latency.record(nanoseconds: now.since(resolution.started))
        store(answer, resolution.ask, now)
        // The line of deadlines may hold it for some seconds more: no reason to hold what it was made of.
        let waiters = resolution.waiters
        resolution.forget()
        for waiter in waiters { waiter.query.receive(answer, waiter.leg) }
        for waiter in waiters { progress(waiter.query, now) }
    }

    // MARK: time

    /// When `tick` has to be called next; nil while nothing waits.
    public var nextDeadline: MonotonicTime? {
        let times = [lookups.deadlines.nextDeadline, lookups.staleTimers.nextDeadline].compactMap { $0 }
        return times.min()
    }

    /// Ends what has waited too long.
    public func tick(_ now: MonotonicTime) {
        while let query = lookups.staleTimers.popFirst(until: now) {
            if !query.isDone { answerStale(query, now) }
        }
        while let resolution = lookups.deadlines.popFirst(until: now) {
            if resolution.hasEnded { continue }
            counters.add(.upstreamTimeouts)
            end(resolution, .failure(extendedError: ExtendedError.noReachableAuthority), now)
        }
    }
}

extension AnswerParts {
    /// With no TTL above `most` seconds.
    fileprivate func capped(at most: UInt32) -> AnswerParts {
        func capped(_ records: [Record]) -> [Record] {
            records.map { record in
                var record = record
                record.ttl = min(record.ttl, most)
                return record
            }
        }
        var parts = self
        parts.aliases = capped(aliases)
        parts.records = capped(records)
        parts.authority = capped(authority)
        parts.additional = capped(additional)
        return parts
    }
}
