// Packets that the translator makes itself: errors, fragments, probes. One piece of memory, emptied after each packet.

internal import Packet

struct Outbox: ~Copyable {
    /// The fragments of the longest datagram, cut to the shortest size, fit.
    private static let byteCount = 256 << 10
    private static let entryLimit = 512

    private struct Entry {
        var start: Int
        var count: Int
        var slice: Int
        var offload: PacketOffload
    }

    private let memory: UnsafeMutableRawPointer
    private let entries: UnsafeMutablePointer<Entry>
    private var entryCount = 0
    private var used = 0

    init() {
        memory = .allocate(byteCount: Self.byteCount, alignment: 64)
        entries = .allocate(capacity: Self.entryLimit)
    }

    deinit {
        memory.deallocate()
        entries.deallocate()
    }

    var isEmpty: Bool { entryCount == 0 }
    /// For some packets of the smallest size.
    var hasRoom: Bool { entryCount < Self.entryLimit / 2 && used < Self.byteCount / 2 }

    /// Room for a packet of `count` octets, with headroom before it; nil if there is none. The caller fills it.
    ///
    /// - Parameter slice: the slice that is to handle it; -1: it goes out.
    mutating func add(count: Int, for slice: Int = -1, offload: PacketOffload = .none) -> UnsafeMutableRawPointer? {
        let start = used + PacketBuffer.headroom
        guard entryCount < Self.entryLimit, start + count + 64 <= Self.byteCount else { return nil }
        entries[entryCount] = Entry(start: start, count: count, slice: slice, offload: offload)
        entryCount += 1
        used = (start + count + 63) & ~63
        return memory + start
    }

    /// Shortens the packet added last.
    mutating func trimLast(to count: Int) {
        guard entryCount > 0, count <= entries[entryCount - 1].count else { return }
        entries[entryCount - 1].count = count
    }

    mutating func dropLast() { entryCount = max(0, entryCount - 1) }

    mutating func drain(_ emit: (inout PacketBuffer, Int?) -> Void) {
        for index in 0..<entryCount {
            let entry = entries[index]
            if var packet = PacketBuffer(
                memory: memory, capacity: Self.byteCount, start: entry.start, count: entry.count,
                offload: entry.offload)
            {
                emit(&packet, entry.slice < 0 ? nil : entry.slice)
            }
        }
        entryCount = 0
        used = 0
    }
}
