// The entries, in the order in which they came: written at the head, reclaimed at the tail, round and round. An entry
// never straddles the end; a filler takes what is left there.

/// A ring of entries in memory that it does not own. Offsets are in bytes from the shard's start.
struct RingLog {
    let base: UnsafeMutableRawPointer
    let start: Int
    let end: Int
    private(set) var head: Int
    private(set) var tail: Int
    /// Bytes from tail to head.
    private(set) var used = 0
    /// How many bytes the tail has passed since the start: the position of the oldest entry. Positions only grow, so
    /// they tell a walk where it was, however the log moved on.
    private(set) var tailPosition: UInt64 = 0

    /// `start` and `end` are multiples of 8, `start` above 0.
    init(base: UnsafeMutableRawPointer, start: Int, end: Int) {
        self.base = base
        self.start = start
        self.end = end
        head = start
        tail = start
    }

    var capacity: Int { end - start }
    /// A filler is shorter than the entry that needs it, so half of the log has room for any entry with its filler.
    var largestEntry: Int { min(capacity / 2, EntryHeader.largestEntry) }
    var headPosition: UInt64 { tailPosition + UInt64(used) }

    func entry(at offset: Int) -> EntryView { EntryView(base + offset) }

    /// Whether an entry fits at the head, filler included.
    func hasRoom(for length: Int) -> Bool {
        let toEnd = end - head
        return capacity - used >= (length <= toEnd ? length : toEnd + length)
    }

    /// Takes room at the head. `hasRoom` said yes. Returns its offset.
    mutating func append(_ length: Int) -> Int {
        let toEnd = end - head
        if length > toEnd {
            // Shorter than `length`, so its length in units fits the field.
            let units = UInt16(truncatingIfNeeded: toEnd / 8)
            (base + head).storeBytes(of: units, as: UInt16.self)
            entry(at: head).set(.filler)
            advanceHead(toEnd)
        }
        let offset = head
        advanceHead(length)
        return offset
    }

    private mutating func advanceHead(_ length: Int) {
        used += length
        head += length
        if head == end { head = start }
    }

    /// Gives up the oldest entry or filler. Its bytes stay as they are until the head comes.
    mutating func dropTail() {
        let length = entry(at: tail).length
        used -= length
        tailPosition += UInt64(length)
        tail += length
        if tail == end { tail = start }
    }

    /// The offset of a position between `tailPosition` and `headPosition`.
    func offset(of position: UInt64) -> Int {
        let offset = tail + Int(position - tailPosition)
        return offset < end ? offset : offset - capacity
    }

    /// How far an entry is from the tail, in bytes: small for old ones.
    func age(of offset: Int) -> Int { offset >= tail ? offset - tail : offset - tail + capacity }

    mutating func removeAll() {
        tailPosition += UInt64(used)
        used = 0
        head = start
        tail = start
    }
}
