// The cache of upstream's answers, positive (RFC 1035 7.4), negative (RFC 2308) and stale (RFC 8767): shared by the
// workers, bounded in bytes. It stores what upstream said and knows nothing of DNS but names in wire form.
//
// All memory is one mapping, taken at the start and touched as it fills: a control page with the shards' locks, then
// for each shard its index and its log. A hit allocates nothing, and neither does an insert.

internal import Glibc
public import Synchronization

/// Answers by name, type, class and variant, in at most `byteLimit` bytes.
///
/// A closure that runs under a shard's lock must not call the cache again: the lock is not recursive.
public final class AnswerCache: Sendable {
    @usableFromInline let shardMask: UInt64
    // Written by init and deinit alone; what it points at is guarded by the locks that stand there.
    @usableFromInline nonisolated(unsafe) let shards: UnsafeMutablePointer<Mutex<Shard>>
    private let mapping: CacheMapping
    private let nameHash: KeyedNameHash
    private let staleAllowance: Atomic<UInt32>

    /// - Parameters:
    ///   - byteLimit: everything together: control page, indexes and logs. Less than 64 KiB is taken as 64 KiB. If the
    ///     machine refuses that much address space, half is tried, and so on; `statistics.byteLimit` says what it
    ///     became.
    ///   - staleAllowance: see `setStaleAllowance`.
    public init(byteLimit: Int, staleAllowance: UInt32 = 0) {
        let mapping = CacheMapping(byteLimit: byteLimit)
        let geometry = mapping.geometry
        self.mapping = mapping
        self.staleAllowance = Atomic(staleAllowance)
        nameHash = KeyedNameHash()
        shardMask = UInt64(geometry.shardCount - 1)
        shards = mapping.start.bindMemory(to: Mutex<Shard>.self, capacity: geometry.shardCount)
        for number in 0..<geometry.shardCount {
            (shards + number).initialize(to: Mutex(Shard(geometry, at: mapping.start + geometry.shardOffset(number))))
        }
    }

    deinit {
        shards.deinitialize(count: shardCount)
        mapping.unmap()
    }

    var shardCount: Int { Int(shardMask) + 1 }

    /// The hash of a lower-cased name in wire form, under a key that this cache alone knows.
    public func hash(_ name: UnsafeRawBufferPointer) -> UInt64 { nameHash.hash(name) }

    /// Locks the shard that holds everything about a name, so that its A and its AAAA are read at one moment.
    /// Entry views are valid until the closure returns, and no longer.
    @inlinable
    public func withShard<Result: ~Copyable, Failure: Error>(
        of nameHash: UInt64,
        _ body: (borrowing Shard) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try mutateShard(Int(truncatingIfNeeded: (nameHash &>> 60) & shardMask)) { shard throws(Failure) in
            try body(shard)
        }
    }

    @inlinable
    func mutateShard<Result: ~Copyable, Failure: Error>(
        _ number: Int,
        _ body: (inout Shard) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let carried = try shards[number].withLock { shard throws(Failure) in
            Carried(try body(&shard))
        }
        return carried.value
    }

    /// Stores an answer and forgets the older one of the same key, even if the new one is refused for its size.
    ///
    /// - Parameters:
    ///   - ttlOffsets: where the TTL fields stand, in bytes from the start of `wire`.
    ///   - wire: answer, authority and additional sections, from the byte after the question; at most 65535 bytes.
    ///   - storedAt: now, in seconds of the monotonic clock.
    ///   - expiresAt: when the TTL ends, on the same clock; less than 2^31 seconds away.
    @discardableResult
    public func insert(
        _ key: CacheKey, facts: AnswerFacts, ttlOffsets: UnsafeBufferPointer<UInt16>, wire: UnsafeRawBufferPointer,
        storedAt: UInt32, expiresAt: UInt32
    ) -> InsertResult {
        let answer = NewAnswer(
            key: key, facts: facts, ttlOffsets: ttlOffsets, wire: wire, storedAt: storedAt, expiresAt: expiresAt)
        let allowance = staleAllowance.load(ordering: .relaxed)
        return mutateShard(shardNumber(of: key.nameHash)) { $0.insert(answer, staleAllowance: allowance) }
    }

    /// How many seconds past its TTL an answer may still be served (RFC 8767 5, the maximum stale timer). Until then a
    /// busy entry is worth keeping when room is made.
    public func setStaleAllowance(_ seconds: UInt32) { staleAllowance.store(seconds, ordering: .relaxed) }

    /// What the cache holds and did, summed over the shards, one lock at a time.
    public var statistics: Statistics {
        var sum = Statistics(byteLimit: mapping.geometry.byteLimit, bytesUsed: CacheGeometry.controlBytes)
        for number in 0..<shardCount { mutateShard(number) { $0.add(to: &sum) } }
        return sum
    }

    func shardNumber(of nameHash: UInt64) -> Int { Int(truncatingIfNeeded: (nameHash &>> 60) & shardMask) }
}

/// Takes a closure's result out of the lock. `Mutex.withLock` wants results that share nothing with the caller; ours
/// come from the caller's own closure, on the caller's own thread, and go straight back to it.
@usableFromInline
struct Carried<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    @usableFromInline let value: Value
    @inlinable
    init(_ value: consuming Value) { self.value = value }
}
