// What the tests of the cache share: names, answers that tell whether they are whole, and a look at a shard's insides.

@testable import AnswerCache

/// An owned key.
struct Key: Hashable {
    var name: [UInt8]
    var type: UInt16 = 1
    var recordClass: UInt16 = 1
    var variant: UInt8 = 0

    /// `text` without escapes; "" is the root.
    init(_ text: String, type: UInt16 = 1, recordClass: UInt16 = 1, variant: UInt8 = 0) {
        name = wireName(text)
        self.type = type
        self.recordClass = recordClass
        self.variant = variant
    }

    func with<R>(_ cache: AnswerCache, _ body: (CacheKey) -> R) -> R {
        name.withUnsafeBytes {
            body(
                CacheKey(
                    name: $0, nameHash: cache.hash($0), type: type, recordClass: recordClass, variant: variant))
        }
    }
}

func wireName(_ text: String) -> [UInt8] {
    text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
}

/// Bytes that follow from a number and a length, so that a torn or mixed-up answer shows.
func payload(_ seed: UInt64, count: Int) -> [UInt8] {
    var state = seed &* 2 &+ 1
    return [UInt8](unsafeUninitializedCapacity: count) { octets, initialized in
        while initialized < count {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            octets[initialized] = UInt8(truncatingIfNeeded: state >> 56)
            initialized += 1
        }
    }
}

extension AnswerCache {
    @discardableResult
    func put(
        _ key: Key, _ wire: [UInt8], facts: AnswerFacts = AnswerFacts(), offsets: [UInt16] = [], at now: UInt32 = 100,
        ttl: UInt32 = 300
    ) -> InsertResult {
        key.with(self) { key in
            offsets.withUnsafeBufferPointer { offsets in
                wire.withUnsafeBytes {
                    insert(
                        key, facts: facts, ttlOffsets: offsets, wire: $0, storedAt: now, expiresAt: now &+ ttl)
                }
            }
        }
    }

    /// A copy of an answer's bytes, noting the visit.
    func get(_ key: Key) -> [UInt8]? {
        look(key) { Array($0.wire) }
    }

    func look<R>(_ key: Key, _ body: (EntryView) -> R) -> R? {
        key.with(self) { key in withShard(of: key.nameHash) { shard in shard.find(key).map(body) } }
    }

    /// Without noting a visit.
    func has(_ key: Key) -> Bool {
        key.with(self) { key in withShard(of: key.nameHash) { $0.peek(key) != nil } }
    }

    /// Walks every shard by hand and says what is wrong with it.
    func faults() -> [String] {
        (0..<shardCount).flatMap { number in mutateShard(number) { $0.faults() } }
    }
}

extension Shard {
    func faults() -> [String] {
        var faults: [String] = []
        var live = 0
        var offset = log.tail
        var left = log.used
        while left > 0 {
            let entry = log.entry(at: offset)
            if entry.length == 0 || offset + entry.length > log.end { return faults + ["broken chain at \(offset)"] }
            if entry.isLive {
                live += 1
                if index.position(offset: offset, nameHash: entry.header.nameHash) == nil {
                    faults.append("live entry at \(offset) is not in the index")
                }
            }
            left -= entry.length
            offset += entry.length
            if offset == log.end { offset = log.start }
        }
        let taken = (0..<index.slotCount).count { !index.slots[$0].isFree }
        if left != 0 || offset != log.head { faults.append("the log's length is off by \(left)") }
        if live != index.count || taken != index.count {
            faults.append("\(live) live entries, \(taken) slots taken, \(index.count) counted")
        }
        if index.count > index.limit { faults.append("index too full") }
        return faults
    }

    var hasFiller: Bool {
        var offset = log.tail
        var left = log.used
        while left > 0 {
            let entry = log.entry(at: offset)
            if entry.flags.contains(.filler) { return true }
            left -= entry.length
            offset = offset + entry.length == log.end ? log.start : offset + entry.length
        }
        return false
    }
}

/// A sequence of numbers that is the same in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &+ 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
