// A cached answer read out as records, and back: for those who look into the cache from outside.

public import AnswerCache
public import DNSMessage
public import Telemetry

/// A cached answer as records, TTLs counted down.
public struct AnswerSnapshot: Sendable {
    public var responseCode: ResponseCode
    public var authenticData: Bool
    public var answers: [Record]
    public var authorities: [Record]
    public var additionals: [Record]
    /// Seconds until its TTL runs out; 0 for a stale one.
    public var remaining: UInt32 = 0
    /// Seconds from when it was stored until then.
    public var lifetime: UInt32 = 0
    public var isNegative = false
    /// Not an answer but the memory of a failure.
    public var isFailure = false

    public init(
        responseCode: ResponseCode, authenticData: Bool, answers: [Record], authorities: [Record], additionals: [Record]
    ) {
        self.responseCode = responseCode
        self.authenticData = authenticData
        self.answers = answers
        self.authorities = authorities
        self.additionals = additionals
    }

    /// Reads an entry under its shard's lock; nil for one whose bytes are no answer.
    public init?(_ entry: EntryView, question: DomainName, type: RecordType, now: UInt32) {
        let view = AnswerView(entry, now: now)
        guard let parts = AnswerParts(view, question: question, type: type) else { return nil }
        self.init(
            responseCode: parts.responseCode, authenticData: parts.authenticData,
            answers: parts.aliases + parts.records,
            authorities: parts.authority, additionals: parts.additional)
        remaining = entry.remaining(now: now)
        lifetime = entry.expiresAt &- entry.storedAt
        isNegative = view.isNegative
        isFailure = view.has(AnswerFlags.failure)
    }

    /// Stores the answer as if upstream had just given it: through the same sieve as upstream's own.
    ///
    /// - Returns: false where nothing is left of it to store.
    public func store(
        _ name: DomainName, _ type: RecordType, dnssecOK: Bool, checkingDisabled: Bool, in cache: AnswerCache,
        settings: ResolverSettings, now: MonotonicTime
    ) -> Bool {
        var message = Message(query: Question(name, type), id: 0)
        message.responseCode = responseCode
        message.authenticData = authenticData
        message.answers = answers
        message.authorities = authorities
        message.additionals = additionals
        let parts = AnswerParts(
            message, question: name, type: type, zone: .root, dnssecOK: dnssecOK,
            maxAliases: settings.values.maxAliases,
            leavesZone: { _ in false })
        guard parts.next == nil else { return false }
        let stored = StoredAnswer(parts, question: name, bounds: TTLBounds(settings))
        guard stored.lifetime > 0 else { return false }
        let variant = Resolver.variant(dnssecOK: dnssecOK, checkingDisabled: checkingDisabled)
        name.canonicalWire.withUnsafeBytes { wire in
            let key = CacheKey(
                name: wire, nameHash: cache.hash(wire), type: type.rawValue, recordClass: RecordClass.internet.rawValue,
                variant: variant)
            stored.insert(into: cache, key, lifetime: stored.lifetime, now: now)
        }
        return true
    }
}

extension StoredAnswer {
    @discardableResult
    func insert(into cache: AnswerCache, _ key: CacheKey, lifetime: UInt32, now: MonotonicTime) -> InsertResult {
        ttlOffsets.withUnsafeBufferPointer { offsets in
            wire.withUnsafeBytes { wire in
                cache.insert(
                    key, facts: facts, ttlOffsets: offsets, wire: wire, storedAt: now.seconds,
                    expiresAt: now.seconds &+ lifetime)
            }
        }
    }
}
