// Where in the log an entry lies. Open addressing with linear probing and backward-shift deletion (no tombstones),
// eight bytes a slot. A name's entries, of whatever type and variant, share one home, so one walk from there finds them
// all.

/// A slot: the entry's offset from the shard's start in units of 8 bytes (32 bits; 0 says that the slot is free), 24
/// bits of the name's hash, 8 bits of type and variant.
struct Slot {
    var bits: UInt64

    static let free = Slot(bits: 0)

    init(bits: UInt64) { self.bits = bits }

    /// `offset` is a multiple of 8 below 2^35.
    init(offset: Int, tag: SlotTag) {
        bits = UInt64(truncatingIfNeeded: offset &>> 3) | UInt64(tag.bits) &<< 32
    }

    var isFree: Bool { bits == 0 }
    var offset: Int { Int(truncatingIfNeeded: bits & 0xffff_ffff) &<< 3 }
    var tag: SlotTag { SlotTag(bits: UInt32(truncatingIfNeeded: bits &>> 32)) }
}

/// What a slot knows of a key.
struct SlotTag: Equatable {
    var bits: UInt32

    init(bits: UInt32) { self.bits = bits }

    @inline(__always)
    init(nameHash: UInt32, type: UInt16, variant: UInt8) {
        // Types are small numbers, and the usual ones differ in their low byte; the variant goes to the top bits.
        let kind = UInt8(truncatingIfNeeded: type ^ type &>> 8) ^ variant &<< 6
        bits = nameHash & 0xff_ffff | UInt32(kind) &<< 24
    }

    var name: UInt32 { bits & 0xff_ffff }
}

/// The table. There are as many slots as fit, not a power of two: a home is the name's 24 bits scaled to their number.
struct SlotIndex {
    /// A home is made of 24 bits.
    static let mostSlots = 1 << 24

    let slots: UnsafeMutablePointer<Slot>
    let slotCount: Int
    /// Probing stays short, and ends, because the table is never fuller than this.
    let limit: Int
    private(set) var count = 0

    /// `start` is zeroed memory for `slotCount` slots, at least 8 and at most `mostSlots`.
    init(at start: UnsafeMutableRawPointer, slotCount: Int) {
        slots = start.bindMemory(to: Slot.self, capacity: slotCount)
        self.slotCount = slotCount
        limit = slotCount * 4 / 5
    }

    var byteCount: Int { slotCount * MemoryLayout<Slot>.stride }

    @inline(__always)
    func home(_ tag: SlotTag) -> Int { (Int(tag.name) &* slotCount) &>> 24 }

    @inline(__always)
    func next(_ position: Int) -> Int { position &+ 1 == slotCount ? 0 : position &+ 1 }

    mutating func place(offset: Int, tag: SlotTag) {
        var position = home(tag)
        while !slots[position].isFree { position = next(position) }
        slots[position] = Slot(offset: offset, tag: tag)
        count &+= 1
    }

    /// Where an entry's slot is. Nil would mean that the entry isn't in the index.
    func position(offset: Int, nameHash: UInt32) -> Int? {
        var position = home(SlotTag(nameHash: nameHash, type: 0, variant: 0))
        while !slots[position].isFree {
            if slots[position].offset == offset { return position }
            position = next(position)
        }
        return nil
    }

    mutating func relocate(_ position: Int, to offset: Int) {
        slots[position] = Slot(offset: offset, tag: slots[position].tag)
    }

    /// Frees a slot and pulls those behind it closer to their homes. What was behind `position` may stand there now.
    mutating func remove(at position: Int) {
        var hole = position
        var candidate = next(position)
        while !slots[candidate].isFree {
            let home = home(slots[candidate].tag)
            // It may move back if its home is not between the hole and where it stands.
            if distance(from: home, to: candidate) >= distance(from: hole, to: candidate) {
                slots[hole] = slots[candidate]
                hole = candidate
            }
            candidate = next(candidate)
        }
        slots[hole] = .free
        count &-= 1
    }

    private func distance(from: Int, to: Int) -> Int { to >= from ? to &- from : to &- from &+ slotCount }

    mutating func removeAll() {
        slots.update(repeating: .free, count: slotCount)
        count = 0
    }
}
