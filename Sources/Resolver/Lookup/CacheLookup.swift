// The hot path: a question that the cache can answer, from the query's bytes to the reply's, with no allocation.

internal import AnswerCache
internal import DNSMessage
internal import Telemetry

/// What has to be asked again soon (`cache.prefetch`), as seen under the shard's lock.
struct PrefetchWish {
    var aaaa = false
    var a = false
    var plain = false
    var any: Bool { aaaa || a || plain }
}

extension Resolver {
    static func variant(dnssecOK: Bool, checkingDisabled: Bool) -> UInt8 {
        (dnssecOK ? 1 : 0) | (checkingDisabled ? 2 : 0)
    }

    /// The reply's length; nil where the cache can't answer alone.
    func answerFromCache(
        _ name: UnsafeRawBufferPointer, _ form: ReplyForm, _ policy: SynthesisPolicy, _ client: Client,
        _ now: MonotonicTime, _ out: UnsafeMutableRawBufferPointer
    ) -> Int? {
        let hash = cache.hash(name)
        let key = CacheKey(
            name: name, nameHash: hash, type: form.view.type, recordClass: RecordClass.internet.rawValue,
            variant: Self.variant(dnssecOK: form.view.dnssecOK, checkingDisabled: form.view.checkingDisabled))
        var wish = PrefetchWish()
        let length: Int? = cache.withShard(of: hash) { shard in
            if key.type == RecordType.aaaa.rawValue, policy.mode != .off {
                return synthesizedFromCache(shard, key, form, policy, now, out, &wish)
            }
            return plainFromCache(shard, key, form, policy, now, out, &wish)
        }
        if wish.any { prefetch(key, wish, now) }
        guard let length else {
            counters.add(.cacheMisses)
            return nil
        }
        counters.add(.cacheHits)
        counters.add(.answeredFromCache)
        if let observer {
            observer.observed(
                name: name, type: key.type, client: client, outcome: .answeredFromCache,
                responseCode: UInt16(out[3] & 15))
        }
        return length
    }

    private func plainFromCache(
        _ shard: borrowing Shard, _ key: CacheKey, _ form: ReplyForm, _ policy: SynthesisPolicy, _ now: MonotonicTime,
        _ out: UnsafeMutableRawBufferPointer, _ wish: inout PrefetchWish
    ) -> Int? {
        guard let view = freshView(shard, key, now, &wish.plain) else { return nil }
        // An answer to SVCB or HTTPS may want addresses beside it (Synthesize/ServiceBindings).
        if RecordType(key.type).isServiceBinding, !view.isNegative, policy.addsAddressesToServiceBindings { return nil }
        return writePlain(view, form, out, error: view.isFailure ? ExtendedError.cachedError : nil)
    }

    private func synthesizedFromCache(
        _ shard: borrowing Shard, _ key: CacheKey, _ form: ReplyForm, _ policy: SynthesisPolicy, _ now: MonotonicTime,
        _ out: UnsafeMutableRawBufferPointer, _ wish: inout PrefetchWish
    ) -> Int? {
        // Rules about names need the chain's names: rare, and not worth a place here.
        if policy.hasNameRules { return nil }
        let question = SynthesisQuestion(
            dnssecOK: form.view.dnssecOK, checkingDisabled: form.view.checkingDisabled)
        var aaaa = Leg.pending
        var a = Leg.pending
        if let view = freshView(shard, key, now, &wish.aaaa) { aaaa = .answered(view) }
        var decision = policy.decide(question, aaaa: aaaa, a: a)
        if case .needA = decision.content {
            var keyOfA = key
            keyOfA.type = RecordType.a.rawValue
            guard let view = freshView(shard, keyOfA, now, &wish.a) else { return nil }
            a = .answered(view)
            decision = policy.decide(question, aaaa: aaaa, a: a)
        }
        switch decision.content {
        case .needA, .needAAAA: return nil
        default: return write(decision, policy, aaaa: aaaa, a: a, failure: ExtendedError.cachedError, form, out)
        }
    }

    /// What the cache holds for `key` if its TTL has not run out.
    func freshView(
        _ shard: borrowing Shard, _ key: CacheKey, _ now: MonotonicTime, _ wantsPrefetch: inout Bool
    ) -> AnswerView? {
        guard let entry = shard.find(key) else { return nil }
        let remaining = entry.remaining(now: now.seconds)
        if remaining == 0 {
            counters.add(.cacheExpired)
            return nil
        }
        // "in the last tenth of a TTL": asked again while it can still be answered from, by whoever comes first.
        if remaining &* 10 < entry.expiresAt &- entry.storedAt, settings.values.prefetch,
            entry.facts.flags & AnswerFlags.failure == 0,
            entry.markPrefetching()
        {
            wantsPrefetch = true
        }
        return AnswerView(entry, now: now.seconds)
    }

    /// Asks again for what has been marked as being asked for.
    func prefetch(_ key: CacheKey, _ wish: PrefetchWish, _ now: MonotonicTime) {
        guard let name = DomainName(wire: key.name) else { return }
        func ask(_ type: RecordType) {
            let ask = UpstreamAsk(
                name: name, type: type, dnssecOK: key.variant & 1 != 0, checkingDisabled: key.variant & 2 != 0)
            if lookups.recheck.holds(ask, now) {
                var keyOfType = key
                keyOfType.type = type.rawValue
                return cache.withShard(of: key.nameHash) { $0.peek(keyOfType)?.endPrefetching() }
            }
            counters.add(.cachePrefetches)
            _ = resolve(ask, waiter: nil, now)
        }
        if wish.plain { ask(RecordType(key.type)) }
        if wish.aaaa { ask(.aaaa) }
        if wish.a { ask(.a) }
    }
}

extension RecordType {
    /// SVCB and its like (RFC 9460).
    var isServiceBinding: Bool { self == .https || self == .svcb }
}
