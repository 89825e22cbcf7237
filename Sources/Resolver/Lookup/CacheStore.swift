// Between questions under way and the cache.

internal import AnswerCache
internal import DNSMessage
internal import Telemetry

extension Resolver {
    /// Keeps what upstream said, under the question as it was asked: never what a policy made of it.
    func store(_ answer: StoredAnswer, _ ask: UpstreamAsk, _ now: MonotonicTime) {
        let isFailure = answer.facts.flags & AnswerFlags.failure != 0
        guard isFailure || answer.lifetime > 0 else { return }
        withKey(ask) { key in
            let lifetime: UInt32
            if isFailure {
                guard let failureLifetime = failureLifetime(key, now) else { return lookups.recheck.note(ask, now) }
                lifetime = failureLifetime
            } else {
                lookups.recheck.forget(ask)
                lifetime = answer.lifetime
            }
            if case .tooLarge = answer.insert(into: cache, key, lifetime: lifetime, now: now) {
                counters.add(.cacheInsertTooLarge)
            }
        }
    }

    /// RFC 9520 section 3.2: "Resolvers MUST cache resolution failures ... for at least 1 second", "SHOULD employ an
    /// exponential or
    /// linear backoff algorithm". Twice as long as the failure before, half a minute at most; nil where what is there
    /// is worth more.
    private func failureLifetime(_ key: CacheKey, _ now: MonotonicTime) -> UInt32? {
        cache.withShard(of: key.nameHash) { shard in
            guard let old = shard.peek(key) else { return 1 }
            if old.facts.flags & AnswerFlags.failure == 0 {
                // An answer that may still be served, fresh or stale, is better than the memory of a failure.
                old.endPrefetching()
                return old.remaining(now: now.seconds) > 0 || (settings.values.serveStale && mayServe(old, now))
                    ? nil : 1
            }
            return min(30, (old.expiresAt &- old.storedAt) &* 2)
        }
    }

    /// Whether an answer is not older than stale ones may be (RFC 8767 section 5, the maximum stale timer).
    private func mayServe(_ entry: EntryView, _ now: MonotonicTime) -> Bool {
        let overdue = Int32(truncatingIfNeeded: now.seconds &- entry.expiresAt)
        return overdue < 0 || UInt32(overdue) < settings.values.staleMaxAge
    }

    /// A copy of what the cache holds, if its TTL has not run out. What soon will is asked for again.
    func cachedAnswer(_ ask: UpstreamAsk, _ now: MonotonicTime) -> StoredAnswer? {
        withKey(ask) { key in
            var wish = PrefetchWish()
            let answer: StoredAnswer? = cache.withShard(of: key.nameHash) { shard in
                guard let entry = shard.peek(key), entry.remaining(now: now.seconds) > 0 else { return nil }
                return freshView(shard, key, now, &wish.plain).map { StoredAnswer($0, source: .cache) }
            }
            if wish.any { prefetch(key, wish, now) }
            return answer
        }
    }

    /// RFC 8767: a copy of what the cache holds though its TTL has run out, with the short TTL that it is served with.
    func staleAnswer(_ ask: UpstreamAsk, _ now: MonotonicTime) -> StoredAnswer? {
        withKey(ask) { key in
            cache.withShard(of: key.nameHash) { shard in
                guard let entry = shard.find(key), entry.facts.flags & AnswerFlags.failure == 0 else { return nil }
                guard mayServe(entry, now) else { return nil }
                var view = AnswerView(entry, now: now.seconds)
                let isStale = entry.isExpired(now: now.seconds)
                if isStale {
                    view.age = 0
                    view.staleTTL = settings.values.staleTTL
                }
                return StoredAnswer(view, source: isStale ? .stale : .cache)
            }
        }
    }

    private func withKey<Result>(_ ask: UpstreamAsk, _ body: (CacheKey) -> Result) -> Result {
        ask.name.canonicalWire.withUnsafeBytes { name in
            body(
                CacheKey(
                    name: name, nameHash: cache.hash(name), type: ask.type.rawValue,
                    recordClass: RecordClass.internet.rawValue,
                    variant: Self.variant(dnssecOK: ask.dnssecOK, checkingDisabled: ask.checkingDisabled)))
        }
    }
}
