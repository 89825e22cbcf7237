// How a number of bytes becomes shards, indexes and logs, and where the memory comes from.

internal import Glibc

/// The division of `byteLimit` bytes. Everything that the cache ever uses lies inside of them.
struct CacheGeometry: Hashable, Sendable {
    static let smallestLimit = 64 << 10
    static let mostShards = 16
    static let smallestShard = 512 << 10
    /// The locks and the shards' fields, at the start of the mapping.
    static let controlBytes = 4096
    private static let pageBytes = 4096
    /// The index has one slot for so many bytes of a shard. At four fifths full, that is one entry for 90 bytes of log:
    /// about an A or an AAAA with a usual name. Smaller entries would leave log unused, larger ones leave slots unused,
    /// which cost less.
    private static let shardBytesPerSlot = 80

    /// A whole number of pages.
    let byteLimit: Int
    /// A power of two.
    let shardCount: Int
    let shardBytes: Int
    let slotCount: Int

    init(byteLimit asked: Int) {
        // Entries are found by 32-bit offsets in units of 8 bytes.
        let largestShard = 8 << 32 - Self.pageBytes
        let largestLimit = Self.controlBytes + Self.mostShards * largestShard
        byteLimit = min(max(asked, Self.smallestLimit), largestLimit) & ~(Self.pageBytes - 1)
        var count = 1
        while count < Self.mostShards, byteLimit / (count * 2) >= Self.smallestShard { count *= 2 }
        shardCount = count
        shardBytes = min((byteLimit - Self.controlBytes) / count & ~(Self.pageBytes - 1), largestShard)
        slotCount = min(shardBytes / Self.shardBytesPerSlot, SlotIndex.mostSlots)
    }

    /// From the start of the mapping.
    func shardOffset(_ number: Int) -> Int { Self.controlBytes + number * shardBytes }
}

/// The cache's memory: zeroed, and costing nothing until touched.
struct CacheMapping: @unchecked Sendable {
    let start: UnsafeMutableRawPointer
    let geometry: CacheGeometry

    init(byteLimit: Int) {
        var geometry = CacheGeometry(byteLimit: byteLimit)
        while true {
            let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
            let address = mmap(nil, geometry.byteLimit, PROT_READ | PROT_WRITE, flags, -1, 0)
            if let address, address != MAP_FAILED {
                self.start = address
                self.geometry = geometry
                return
            }
            // A machine without 64 KiB is where Swift's own allocations end too.
            precondition(geometry.byteLimit > CacheGeometry.smallestLimit, "no memory for the smallest answer cache")
            geometry = CacheGeometry(byteLimit: geometry.byteLimit / 2)
        }
    }

    func unmap() { munmap(start, geometry.byteLimit) }

    /// Gives memory back to the system, as far as whole pages go. Its content is undefined from then on.
    static func discard(_ start: UnsafeMutableRawPointer, count: Int) {
        let page = UInt(getpagesize())
        let first = (UInt(bitPattern: start) + page - 1) & ~(page - 1)
        let end = (UInt(bitPattern: start) + UInt(count)) & ~(page - 1)
        guard first < end, let address = UnsafeMutableRawPointer(bitPattern: first) else { return }
        madvise(address, Int(end - first), MADV_DONTNEED)
    }
}
