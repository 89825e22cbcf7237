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
                guard let failureLifetime = failureLifetime(key, now) else { return }
                lifetime = failureLifetime
            } else {
                lifetime = answer.lifetime
            }
            if case .tooLarge = answer.insert(into: cache, key, lifetime: lifetime, now: now) {
                counters.add(.cacheInsertTooLarge)
            }
        }
    }

    /// RFC 9520 section 3.2: "Resolvers MUST cache resolution failures ... for at least 1 second", "SHOULD employ an exponential or
    /// linear backoff algorithm". Twice as long as the failure before, half a minute at most; nil where what is there is worth more.
    private func failureLifetime(_ key: CacheKey, _ now: MonotonicTime) -> UInt32? {
        cache.withShard(of: key.nameHash) { shard in
            guard let old = shard.peek(key) else { return 1 }
            if old.facts.flags & AnswerFlags.failure == 0 {
                // An answer that may still be served, fresh or stale, is better than the memory of a failure.
                if old.remaining(now: now.seconds) > 0 { old.endPrefetching() }
                return settings.values.serveStale || old.remaining(now: now.seconds) > 0 ? nil : 1
            }
            return min(30, (old.expiresAt &- old.storedAt) &* 2)
        }
    }

    /// A copy of what the cache holds, if its TTL has not run out.
    func cachedAnswer(_ ask: UpstreamAsk, _ now: MonotonicTime) -> StoredAnswer? {
        withKey(ask) { key in
            cache.withShard(of: key.nameHash) { shard in
                guard let entry = shard.find(key), entry.remaining(now: now.seconds) > 0 else { return nil }
                return StoredAnswer(AnswerView(entry, now: now.seconds), source: .cache)
            }
        }
    }

    /// RFC 8767: a copy of what the cache holds though its TTL has run out, with the short TTL that it is served with.
    func staleAnswer(_ ask: UpstreamAsk, _ now: MonotonicTime) -> StoredAnswer? {
        withKey(ask) { key in
            cache.withShard(of: key.nameHash) { shard in
                guard let entry = shard.find(key), entry.facts.flags & AnswerFlags.failure == 0 else { return nil }
                let overdue = Int32(truncatingIfNeeded: now.seconds &- entry.expiresAt)
                guard overdue < 0 || UInt32(overdue) < settings.values.staleMaxAge else { return nil }
                var view = AnswerView(entry, now: now.seconds)
                if overdue >= 0 {
                    view.age = 0
                    view.ttlLimit = settings.values.staleTTL
                }
                return StoredAnswer(view, source: overdue < 0 ? .cache : .stale)
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
