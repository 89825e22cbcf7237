// Memory that packets are read into: allocated once, large enough for the largest.

internal import Glibc
internal import Packet

/// Room for one packet: `PacketBuffer.headroom` octets, then at most 65,536 and some to spare.
public struct PacketSlot {
    public let memory: UnsafeMutableRawPointer
    /// Octets.
    public let capacity: Int
}

/// A fixed number of slots in one piece of memory, for one thread.
public struct PacketSlots: ~Copyable {
    public let count: Int
    private let memory: UnsafeMutableRawPointer

    /// Not a multiple of a page: else the headers of all slots would compete for the same few lines of the cache.
    static let slotSize = 65536 + 7 * 64

    private static let hugePage = 2 << 20

    public init(count: Int) {
        precondition(count > 0, "slots to read into")
        self.count = count
        let size = (count * Self.slotSize + Self.hugePage - 1) / Self.hugePage * Self.hugePage
        memory = .allocate(byteCount: size, alignment: Self.hugePage)
        // Only advice: without huge pages all works the same, a little slower.
        _ = madvise(memory, size, Int32(MADV_HUGEPAGE))
    }

    deinit { memory.deallocate() }

    /// Slot `index`, below `count`. Whoever holds it sees that nobody else uses it.
    public subscript(index: Int) -> PacketSlot {
        precondition(index >= 0 && index < count, "no such slot")
        return PacketSlot(memory: memory + index * Self.slotSize, capacity: Self.slotSize)
    }
}
