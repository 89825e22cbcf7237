// One table of a `RecordIndex`. Removal shifts entries back, so there are no tombstones: a table that has seen a
// million flows come and go is as fast as a new one. Homes come from the hash bits in the slot, never from records.

/// A slot: 32 bits of the hash above 32 bits of record number; a record number of all ones says that it is free.
struct IndexSegment {
    /// `mask + 1` of them, on cache line borders.
    private(set) var slots: UnsafeMutablePointer<UInt64>
    private(set) var mask: UInt32
    var count: UInt32

    static let freeSlot = UInt64.max
    static let fewestSlots = 8

    /// A table without room, in memory that is not its own.
    init(vacant: UnsafeMutablePointer<UInt64>) {
        slots = vacant
        mask = 0
        count = 0
    }

    @inline(__always)
    static func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash) }
    @inline(__always)
    static func slot(_ hash: UInt64, _ record: UInt32) -> UInt64 { hash &<< 32 | UInt64(record) }
    @inline(__always)
    static func tag(ofSlot slot: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: slot &>> 32) }
    @inline(__always)
    static func record(_ slot: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: slot) }
    @inline(__always)
    static func isFree(_ slot: UInt64) -> Bool { record(slot) == .max }

    var slotCount: Int { Int(mask) + 1 }
    var isVacant: Bool { mask == 0 }
    /// Whether one more entry would load it beyond three quarters.
    var isFull: Bool { (Int(count) + 1) * 4 > slotCount * 3 }
    /// Half as many slots would be enough for long.
    var isSparse: Bool { slotCount > Self.fewestSlots && Int(count) * 8 < slotCount }

    /// Writes into the first free slot from the home on; there is one.
    func place(_ slot: UInt64) {
        var position = Self.tag(ofSlot: slot) & mask
        while !Self.isFree(slots[Int(position)]) { position = (position &+ 1) & mask }
        slots[Int(position)] = slot
    }

    /// False if there is no such slot.
    mutating func remove(_ slot: UInt64) -> Bool {
        var hole = Self.tag(ofSlot: slot) & mask
        while slots[Int(hole)] != slot {
            if Self.isFree(slots[Int(hole)]) { return false }
            hole = (hole &+ 1) & mask
        }
        var position = (hole &+ 1) & mask
        while !Self.isFree(slots[Int(position)]) {
            let moved = slots[Int(position)]
            let fromHome = (position &- Self.tag(ofSlot: moved)) & mask
            // Its home is not after the hole, so it may lie there.
            if fromHome >= (position &- hole) & mask {
                slots[Int(hole)] = moved
                hole = position
            }
            position = (position &+ 1) & mask
        }
        slots[Int(hole)] = Self.freeSlot
        count -= 1
        return true
    }

    /// `newCount` is a power of two with room for the entries.
    mutating func resize(to newCount: Int) {
        let old = self
        let memory = UnsafeMutableRawPointer.allocate(byteCount: newCount * MemoryLayout<UInt64>.stride, alignment: 64)
        slots = memory.bindMemory(to: UInt64.self, capacity: newCount)
        slots.initialize(repeating: Self.freeSlot, count: newCount)
        mask = UInt32(newCount - 1)
        for position in 0..<old.slotCount where !Self.isFree(old.slots[position]) { place(old.slots[position]) }
        old.free()
    }

    func free() {
        if !isVacant { UnsafeMutableRawPointer(slots).deallocate() }
    }
}
