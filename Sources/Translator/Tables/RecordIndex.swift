// Where the record of a hash is: the one index behind bindings, sessions, pool addresses and fragments. Open addressing
// with linear probing, eight octets a slot, so a lookup costs one cache line here and one for the record. The index is
// 256 tables that grow one by one, so that no packet waits for a million entries to move.

/// From 64-bit hashes to record numbers below `UInt32.max`. Several records may have one hash. It knows nothing of the
/// records: who asks says which one matches.
struct RecordIndex: ~Copyable, @unchecked Sendable {
    private let segments: UnsafeMutablePointer<IndexSegment>
    /// What segments without entries point to: one free slot. The octets after it are `prefetch`'s.
    private let vacant: UnsafeMutablePointer<UInt64>
    private(set) var count = 0
    private var slotCount = 0

    static let segmentCount = 256

    init() {
        vacant = UnsafeMutablePointer<UInt64>.allocate(capacity: 2)
        vacant.initialize(repeating: IndexSegment.freeSlot, count: 2)
        segments = UnsafeMutablePointer<IndexSegment>.allocate(capacity: Self.segmentCount)
        segments.initialize(repeating: IndexSegment(vacant: vacant), count: Self.segmentCount)
    }

    deinit {
        for number in 0..<Self.segmentCount { segments[number].free() }
        segments.deallocate()
        vacant.deallocate()
    }

    /// Octets of memory held.
    var byteCount: Int {
        slotCount * MemoryLayout<UInt64>.stride + Self.segmentCount * MemoryLayout<IndexSegment>.stride
            + 2 * MemoryLayout<UInt64>.stride
    }

    /// The first record of the hash that `matches` is true for. Other records may be asked about only if 40 bits of
    /// their hashes are the same.
    @inline(__always)
    func find(_ hash: UInt64, where matches: (UInt32) -> Bool) -> UInt32? {
        let segment = segments[Self.segmentNumber(hash)]
        let tag = IndexSegment.tag(hash)
        var position = tag & segment.mask
        while true {
            let slot = segment.slots[Int(position)]
            if IndexSegment.isFree(slot) { return nil }
            if IndexSegment.tag(ofSlot: slot) == tag {
                let record = IndexSegment.record(slot)
                if matches(record) { return record }
            }
            position = (position &+ 1) & segment.mask
        }
    }

    /// The record that `find` would ask about first, for those who want its memory to be near when they do.
    @inline(__always)
    func candidate(_ hash: UInt64) -> UInt32? { find(hash) { _ in true } }

    /// Starts to bring the hash's slots near. Nothing waits for the load: its value is stored and never read.
    @inline(__always)
    mutating func prefetch(_ hash: UInt64) {
        let segment = segments[Self.segmentNumber(hash)]
        vacant[1] = segment.slots[Int(IndexSegment.tag(hash) & segment.mask)]
    }

    /// The record must not be in the index by this hash already; it is below `UInt32.max`.
    mutating func insert(_ hash: UInt64, _ record: UInt32) {
        precondition(record != .max, "a slot with this number is free")
        let number = Self.segmentNumber(hash)
        if segments[number].isFull { resize(number, to: max(segments[number].slotCount * 2, IndexSegment.fewestSlots)) }
        segments[number].place(IndexSegment.slot(hash, record))
        segments[number].count += 1
        count += 1
    }

    /// - Returns: false if the record was not there by this hash.
    @discardableResult
    mutating func remove(_ hash: UInt64, _ record: UInt32) -> Bool {
        let number = Self.segmentNumber(hash)
        guard segments[number].remove(IndexSegment.slot(hash, record)) else { return false }
        count -= 1
        if segments[number].isSparse { resize(number, to: segments[number].slotCount / 2) }
        return true
    }

    private mutating func resize(_ number: Int, to newCount: Int) {
        slotCount += newCount - (segments[number].isVacant ? 0 : segments[number].slotCount)
        segments[number].resize(to: newCount)
    }

    @inline(__always)
    private static func segmentNumber(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> 56) }

    /// How many slots a lookup of the hash walks at most, the free one at the end included.
    func probeCount(_ hash: UInt64) -> Int {
        var probes = 1
        let segment = segments[Self.segmentNumber(hash)]
        var position = IndexSegment.tag(hash) & segment.mask
        while !IndexSegment.isFree(segment.slots[Int(position)]) {
            position = (position &+ 1) & segment.mask
            probes += 1
        }
        return probes
    }
}
