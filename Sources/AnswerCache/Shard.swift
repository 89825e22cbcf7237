// One part of the cache under one lock: find and insert, and how room is made.

internal import Glibc

/// The entries of some of the names. It is reached through `AnswerCache.withShard` alone, which holds its lock.
public struct Shard: ~Copyable, @unchecked Sendable {
    var index: SlotIndex
    var log: RingLog
    private var inserts: UInt64 = 0
    private var replacements: UInt64 = 0
    private var evictions: UInt64 = 0
    private var moves: UInt64 = 0
    private var refusals: UInt64 = 0

    /// So many entries are moved for one insert, at most; then whatever is at the tail is evicted.
    static let mostMoves = 8
    /// So many entries has one name, at most; then its oldest makes way. Who asks one name for each of 65536 types
    /// would otherwise build a run of slots that every lookup near it has to walk.
    static let mostEntriesOfName = 32

    init(_ geometry: CacheGeometry, at base: UnsafeMutableRawPointer) {
        index = SlotIndex(at: base, slotCount: geometry.slotCount)
        log = RingLog(base: base, start: index.byteCount, end: geometry.shardBytes)
    }

    /// The answer to a key, expired or not, and notes that it was asked for.
    public borrowing func find(_ key: CacheKey) -> EntryView? {
        guard let entry = peek(key) else { return nil }
        let flags = entry.flags
        if !flags.contains(.visited) { entry.set(flags.union(.visited)) }
        return entry
    }

    /// The answer to a key, expired or not, leaving no trace: for those who look without needing it.
    @inline(__always)
    public borrowing func peek(_ key: CacheKey) -> EntryView? {
        let nameHash = UInt32(truncatingIfNeeded: key.nameHash)
        let tag = SlotTag(nameHash: nameHash, type: key.type, variant: key.variant)
        var position = index.home(tag)
        while true {
            let slot = index.slots[position]
            if slot.isFree { return nil }
            if slot.tag == tag {
                let entry = log.entry(at: slot.offset)
                if entry.matches(key) { return entry }
            }
            position = index.next(position)
        }
    }

    mutating func insert(_ answer: NewAnswer, staleAllowance: UInt32) -> InsertResult {
        let key = answer.key
        let replaced = makeWay(for: key)
        let length = EntryHeader.entryLength(
            name: key.name.count, ttlOffsets: answer.ttlOffsets.count, wire: answer.wire.count)
        let isWellFormed =
            key.name.count <= 255 && answer.wire.count <= 65535 && answer.ttlOffsets.count <= 65535
        guard isWellFormed, length <= log.largestEntry else {
            refusals &+= 1
            return .tooLarge
        }
        makeRoom(length, now: answer.storedAt, staleAllowance: staleAllowance)
        let offset = log.append(length)
        log.entry(at: offset).write(answer, length: length)
        let nameHash = UInt32(truncatingIfNeeded: key.nameHash)
        index.place(offset: offset, tag: SlotTag(nameHash: nameHash, type: key.type, variant: key.variant))
        inserts &+= 1
        if replaced { replacements &+= 1 }
        return replaced ? .replaced : .inserted
    }

    /// Takes the older answer of a key out, if there is one; if there is none, keeps the name to its share.
    private mutating func makeWay(for key: CacheKey) -> Bool {
        let nameHash = UInt32(truncatingIfNeeded: key.nameHash)
        let tag = SlotTag(nameHash: nameHash, type: key.type, variant: key.variant)
        var position = index.home(tag)
        var sameName = 0
        var oldest: (position: Int, age: Int)?
        while !index.slots[position].isFree {
            let slot = index.slots[position]
            if slot.tag == tag, log.entry(at: slot.offset).matches(key) {
                kill(at: position)
                return true
            }
            if slot.tag.name == tag.name {
                sameName += 1
                let age = log.age(of: slot.offset)
                if age < oldest?.age ?? .max { oldest = (position, age) }
            }
            position = index.next(position)
        }
        if sameName >= Self.mostEntriesOfName, let oldest {
            kill(at: oldest.position)
            evictions &+= 1
        }
        return false
    }

    /// Takes an entry out of the index. Its bytes come free when the tail comes by.
    mutating func kill(at position: Int) {
        let entry = log.entry(at: index.slots[position].offset)
        entry.set(entry.flags.union(.dead))
        index.remove(at: position)
    }

    /// `length` is not above `log.largestEntry`, so an empty log has room and the loop ends.
    private mutating func makeRoom(_ length: Int, now: UInt32, staleAllowance: UInt32) {
        var movesLeft = Self.mostMoves
        while !log.hasRoom(for: length) || index.count >= index.limit {
            let entry = log.entry(at: log.tail)
            if entry.isLive {
                let isWanted =
                    entry.flags.contains(.visited) && entry.isOfUse(now: now, staleAllowance: staleAllowance)
                if isWanted, movesLeft > 0 {
                    movesLeft -= 1
                    moveTailToHead()
                    continue
                }
                evictTail()
            } else {
                log.dropTail()
            }
        }
    }

    private mutating func evictTail() {
        if let position = index.position(offset: log.tail, nameHash: log.entry(at: log.tail).header.nameHash) {
            index.remove(at: position)
        }
        log.dropTail()
        evictions &+= 1
    }

    /// A second chance. The room that the entry leaves is enough for it at the head:
    /// - if the head is below the tail or at it, then head + length <= tail + length <= end, no filler is needed, and
    ///   the two places may overlap, which memmove allows;
    /// - if the head is above the tail, all from the head to the end is free, so is all from the start to the entry's
    ///   own end, and a filler in the former touches no byte of the entry.
    private mutating func moveTailToHead() {
        let from = log.tail
        let entry = log.entry(at: from)
        let length = entry.length
        entry.set(entry.flags.subtracting(.visited))
        let position = index.position(offset: from, nameHash: entry.header.nameHash)
        log.dropTail()
        let to = log.append(length)
        memmove(log.base + to, log.base + from, length)
        if let position { index.relocate(position, to: to) }
        moves &+= 1
    }

    /// Adds this shard's numbers to a sum.
    func add(to sum: inout AnswerCache.Statistics) {
        sum.bytesUsed += index.byteCount + log.used
        sum.entries += index.count
        sum.inserts &+= inserts
        sum.replacements &+= replacements
        sum.evictions &+= evictions
        sum.moves &+= moves
        sum.refusals &+= refusals
    }
}
