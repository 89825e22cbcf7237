// Records of one size in one piece of memory: reserved at the start, touched as it fills.

internal import Glibc

/// Numbered records. Numbers are given again after `release`; the lowest memory is used first.
struct RecordStore<Record: BitwiseCopyable>: ~Copyable {
    private let base: UnsafeMutablePointer<Record>
    private let byteCount: Int
    let limit: Int
    /// Records that were ever in use: all live ones lie below.
    private(set) var highWater = 0
    private(set) var count = 0
    /// The first free record below `highWater`; each free one holds the next one's number in its first octets.
    private var firstFree = UInt32.max

    /// - Parameter limit: at least 1.
    init(limit: Int) {
        self.limit = max(1, limit)
        byteCount = self.limit * MemoryLayout<Record>.stride
        let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let memory, memory != MAP_FAILED else { preconditionFailure("no address space for \(byteCount) octets") }
        // Records in use lie close together, so large pages waste little and save most TLB misses.
        if byteCount >= 8 << 20 { madvise(memory, byteCount, 14 /* MADV_HUGEPAGE */) }
        base = memory.bindMemory(to: Record.self, capacity: self.limit)
    }

    deinit { munmap(base, byteCount) }

    @inline(__always)
    subscript(number: UInt32) -> UnsafeMutablePointer<Record> {
        precondition(number < highWater)
        return base + Int(number)
    }

    /// A record to fill in; nil if all are in use.
    mutating func take() -> UInt32? {
        if firstFree != UInt32.max {
            let number = firstFree
            firstFree = UnsafeRawPointer(base + Int(number)).load(as: UInt32.self)
            count += 1
            return number
        }
        guard highWater < limit else { return nil }
        highWater += 1
        count += 1
        return UInt32(highWater - 1)
    }

    mutating func release(_ number: UInt32) {
        precondition(number < highWater)
        UnsafeMutableRawPointer(base + Int(number)).storeBytes(of: firstFree, as: UInt32.self)
        firstFree = number
        count -= 1
    }
}
