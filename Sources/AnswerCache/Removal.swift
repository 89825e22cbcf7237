// Taking answers out by name, by zone, by kind, and looking at all of them: what `dns64ctl flush`, `dump` and `lookup`
// need. Walks hold a lock for a few hundred entries at a time, so that queries are not kept waiting.

extension AnswerCache {
    /// Forgets a name's answers, of whatever class and variant.
    /// - Parameters:
    ///   - name: lower-cased, in wire form.
    ///   - type: nil for all types.
    /// - Returns: how many were forgotten.
    @discardableResult
    public func remove(name: UnsafeRawBufferPointer, type: UInt16?) -> Int {
        let nameHash = hash(name)
        return mutateShard(shardNumber(of: nameHash)) {
            $0.remove(name: name, nameHash: UInt32(truncatingIfNeeded: nameHash), type: type)
        }
    }

    /// Forgets the answers of a name and of all names under it.
    /// - Parameter zone: lower-cased, in wire form; the root's is everything.
    /// - Returns: how many were forgotten.
    @discardableResult
    public func removeZone(_ zone: UnsafeRawBufferPointer) -> Int {
        removeAll { $0.isWithin(zone: zone) }
    }

    /// Forgets the answers whose facts have `AnswerFacts.negativeFlag`. Returns how many.
    @discardableResult
    public func removeNegative() -> Int {
        removeAll { $0.header.factFlags & AnswerFacts.negativeFlag != 0 }
    }

    /// Forgets everything and gives the memory back to the system. Returns how many answers there were.
    @discardableResult
    public func removeAll() -> Int {
        var count = 0
        for number in 0..<shardCount { count += mutateShard(number) { $0.removeAll() } }
        return count
    }

    /// Shows each answer, expired ones too, in no order, under the lock of its shard, until the closure returns false.
    /// An answer that is moved while this runs may be shown twice; one that comes meanwhile may be missed.
    public func forEach(_ body: (EntryView) -> Bool) {
        for number in 0..<shardCount {
            let completed = walk(number) { body($0) ? .keep : .stop }
            guard completed else { return }
        }
    }

    private func removeAll(where isUnwanted: (EntryView) -> Bool) -> Int {
        var count = 0
        for number in 0..<shardCount {
            _ = walk(number) {
                guard isUnwanted($0) else { return .keep }
                count += 1
                return .remove
            }
        }
        return count
    }

    private func walk(_ number: Int, _ visit: (EntryView) -> WalkVerdict) -> Bool {
        var cursor = mutateShard(number) { $0.walkStart }
        while !cursor.isDone { mutateShard(number) { $0.walk(&cursor, visit) } }
        return !cursor.wasStopped
    }
}

/// What to do with an entry, and with the walk.
enum WalkVerdict {
    case keep, remove, stop
}

/// Where a walk through a shard's log is, between two holds of the lock.
struct WalkCursor {
    var position: UInt64
    /// Entries move to the head while the lock is open, so the walk follows the head, but not farther than this: by
    /// then the log has been written anew.
    let last: UInt64
    var isDone = false
    var wasStopped = false
}

extension Shard {
    private static let entriesPerHold = 256

    var walkStart: WalkCursor {
        WalkCursor(position: log.tailPosition, last: log.headPosition + UInt64(log.capacity))
    }

    /// Visits some entries and notes how far it came. Entries that the tail passed meanwhile are gone, or at the head.
    mutating func walk(_ cursor: inout WalkCursor, _ visit: (EntryView) -> WalkVerdict) {
        var stepsLeft = Self.entriesPerHold
        cursor.position = max(cursor.position, log.tailPosition)
        while stepsLeft > 0, !cursor.isDone {
            guard cursor.position < min(log.headPosition, cursor.last) else {
                cursor.isDone = true
                break
            }
            let offset = log.offset(of: cursor.position)
            let entry = log.entry(at: offset)
            cursor.position += UInt64(entry.length)
            stepsLeft -= 1
            guard entry.isLive else { continue }
            switch visit(entry) {
            case .keep: break
            case .remove:
                if let position = index.position(offset: offset, nameHash: entry.header.nameHash) { kill(at: position) }
            case .stop:
                cursor.isDone = true
                cursor.wasStopped = true
            }
        }
        trim()
    }

    mutating func remove(name: UnsafeRawBufferPointer, nameHash: UInt32, type: UInt16?) -> Int {
        let tag = SlotTag(nameHash: nameHash, type: 0, variant: 0)
        var position = index.home(tag)
        var removed = 0
        while !index.slots[position].isFree {
            let slot = index.slots[position]
            let entry = log.entry(at: slot.offset)
            if slot.tag.name == tag.name, type == nil || entry.type == type, entry.hasName(name) {
                // Another slot may stand at this position now, so it is looked at again.
                kill(at: position)
                removed += 1
            } else {
                position = index.next(position)
            }
        }
        trim()
        return removed
    }

    mutating func removeAll() -> Int {
        let count = index.count
        index.removeAll()
        log.removeAll()
        CacheMapping.discard(log.base + log.start, count: log.capacity)
        return count
    }

    /// Gives up dead entries at the tail, so that what is gone is not counted.
    private mutating func trim() {
        while log.used > 0, !log.entry(at: log.tail).isLive { log.dropTail() }
    }
}
