// A client's query that the hot path could not answer: what it needs, what it has, and when it is complete.

internal import AnswerCache
internal import DNSMessage
internal import NetAddress
internal import Telemetry

/// Which of a query's questions an answer is for.
enum LegName: Hashable {
    /// The question as asked; for AAAA, the AAAA question.
    case main
    /// The A question beside an AAAA question.
    case a
    /// The PTR question that a name under a prefix leads to.
    case reverse
    /// Addresses of a service binding's target.
    case target(DomainName, RecordType)
}

/// A query that waits for answers. Holds a copy of everything: its buffer is used again at once.
final class PendingQuery {
    let query: [UInt8]
    let view: QueryView
    let client: Client
    let policy: SynthesisPolicy
    let received: MonotonicTime
    let name: DomainName
    let type: RecordType
    /// Set where an explanation is wanted instead of a reply.
    var explanation: UInt64?
    /// The in-addr.arpa name that the question's name leads to.
    var reverseTarget: DomainName?
    var answers: [LegName: StoredAnswer] = [:]
    /// What may be served if nothing comes in time.
    var stale: [LegName: StoredAnswer] = [:]
    var isDone = false
    var isCounted = false

    init(
        query: [UInt8], view: QueryView, client: Client, policy: SynthesisPolicy, received: MonotonicTime,
        name: DomainName,
        type: RecordType
    ) {
        self.query = query
        self.view = view
        self.client = client
        self.policy = policy
        self.received = received
        self.name = name
        self.type = type
    }

    func receive(_ answer: StoredAnswer, _ leg: LegName) { answers[leg] = answer }

    /// What a leg's question is, as upstream would be asked.
    func ask(_ leg: LegName) -> UpstreamAsk {
        var (name, type) = (name, type)
        switch leg {
        case .main: break
        case .a: type = .a
        case .reverse: name = reverseTarget ?? name
        case .target(let target, let targetType): (name, type) = (target, targetType)
        }
        return UpstreamAsk(
            name: name, type: type, dnssecOK: view.dnssecOK, checkingDisabled: view.checkingDisabled)
    }

    var isAAAA: Bool { type == .aaaa }
}

extension Resolver {
    /// Answers a query that the hot path passed on: at once where that is possible, later where not.
    ///
    /// - Returns: the reply's length in `out`; nil where it comes as an action.
    func answerPending(
        _ name: UnsafeRawBufferPointer, _ form: ReplyForm, _ policy: SynthesisPolicy, _ client: Client,
        _ now: MonotonicTime, _ out: UnsafeMutableRawBufferPointer
    ) -> Int? {
        guard let domain = DomainName(wire: name) else { return nil }
        let limit = settings.values.pendingLimit
        if !form.view.recursionDesired || lookups.pendingCount >= limit {
            let isLocal = settings.values.localData.answers(domain, RecordType(form.view.type))
            if !form.view.recursionDesired, !isLocal { return refuseNoRecursion(form, out) }
            // Local data wait for nobody, whatever upstream does; aliases that lead out of them have as much room again.
            if lookups.pendingCount >= (isLocal ? 2 : 1) * limit {
                counters.add(.servFailTooManyPending)
                return writeServFail(ExtendedError.notReady, form, out)
            }
        }
        let query = PendingQuery(
            query: Array(form.query), view: form.view, client: client, policy: policy, received: now, name: domain,
            type: RecordType(form.view.type))
        begin(query, now)
        guard let length = reply(to: query, form, out, now) else {
            lookups.pendingCount += 1
            query.isCounted = true
            if !query.stale.isEmpty {
                let at = now.advanced(byMilliseconds: settings.values.staleReplyAfter)
                lookups.staleTimers.append(query, at: at)
            }
            return nil
        }
        return length
    }

    private func refuseNoRecursion(_ form: ReplyForm, _ out: UnsafeMutableRawBufferPointer) -> Int {
        counters.add(.refusedNoRecursion)
        let code = ResponseCode.refused.rawValue
        var writer = ReplyWriter(
            out, form, ReplyHead(responseCode: code, extendedError: ExtendedError.notAuthoritative))
        return finish(&writer, code)
    }

    func writeServFail(_ error: UInt16?, _ form: ReplyForm, _ out: UnsafeMutableRawBufferPointer) -> Int {
        let code = ResponseCode.servFail.rawValue
        var writer = ReplyWriter(out, form, ReplyHead(responseCode: code, extendedError: error))
        return finish(&writer, code)
    }

    /// Asks everything that the query needs from the start; A and AAAA side by side (RFC 6147 section 5.1.8).
    func begin(_ query: PendingQuery, _ now: MonotonicTime) {
        query.reverseTarget = reverseTarget(query)
        if query.reverseTarget != nil { return need(.reverse, query, now) }
        need(.main, query, now)
        if query.isAAAA, wantsA(query) { need(.a, query, now) }
        if query.type.isServiceBinding, query.policy.addsAddressesToServiceBindings, query.answers[.main] == nil {
            // The target of most service bindings is their own name: asked now, its addresses cost no further round
            // trip.
            for type in [RecordType.aaaa, .a] {
                let ask = query.ask(.target(query.name, type))
                if cachedAnswer(ask, now) == nil { _ = resolve(ask, waiter: nil, now) }
            }
        }
    }

    /// The in-addr.arpa name that a name under a prefix leads to. A zone of this server's own for it goes first, a
    /// built-in empty
    /// zone does not: it would hide every prefix of unique local addresses.
    private func reverseTarget(_ query: PendingQuery) -> DomainName? {
        guard query.policy.values.reverse != .off, query.policy.mode != .off,
            !settings.values.localData.hasZone(for: query.name),
            !(query.view.dnssecOK && query.view.checkingDisabled)
        else { return nil }
        return query.name.wire.withUnsafeBytes { ReverseNames.target($0, query.policy) }
    }

    /// Sees to it that a leg is answered: from local data, the cache or upstream.
    func need(_ leg: LegName, _ query: PendingQuery, _ now: MonotonicTime) {
        guard query.answers[leg] == nil else { return }
        let ask = query.ask(leg)
        if !settings.values.localData.answers(ask.name, ask.type), let cached = cachedAnswer(ask, now) {
            query.answers[leg] = cached
            return
        }
        if settings.values.serveStale, lookups.recheck.holds(ask, now), let stale = staleAnswer(ask, now) {
            query.answers[leg] = stale
            return
        }
        if let answer = resolve(ask, waiter: (query, leg), now) {
            query.answers[leg] = answer
        } else if settings.values.serveStale, let stale = staleAnswer(ask, now) {
            query.stale[leg] = stale
        }
    }

    /// Something that the query waited for has come.
    func progress(_ query: PendingQuery, _ now: MonotonicTime) {
        if query.isDone { return }
        // RFC 8767 section 5: stale data where the resolution failed. What is still awaited may come fresh.
        for (leg, stale) in query.stale
        where query.answers[leg].map({ $0.facts.flags & AnswerFlags.failure != 0 }) ?? false {
            query.answers[leg] = stale
            query.stale[leg] = nil
        }
        complete(query, now)
    }

    /// Replies if the query has all that it needs.
    func complete(_ query: PendingQuery, _ now: MonotonicTime) {
        query.query.withUnsafeBytes { bytes in
            let form = replyForm(bytes, query.view, query.client, now, replyBuffer)
            guard let length = reply(to: query, form, replyBuffer, now) else { return }
            if query.isCounted { lookups.pendingCount -= 1 }
            query.isCounted = false
            guard query.explanation == nil else { return }
            let reply = Array(UnsafeRawBufferPointer(rebasing: replyBuffer[0..<length]))
            actions.append(.reply(bytes: reply, to: query.client))
        }
    }

    /// RFC 8767 section 5: the client response timer has run out, or the resolution failed; "data that is stale" is
    /// better.
    func answerStale(_ query: PendingQuery, _ now: MonotonicTime) {
        for (leg, answer) in query.stale {
            let current = query.answers[leg]
            if current == nil || current?.facts.flags ?? 0 & AnswerFlags.failure != 0 { query.answers[leg] = answer }
        }
        query.stale = [:]
        complete(query, now)
    }
}
