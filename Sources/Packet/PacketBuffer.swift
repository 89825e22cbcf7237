// A packet in a buffer with room before it: IPv4 headers become IPv6 headers, 20 or 28 octets longer, without moving the
// payload.

/// A packet somewhere inside memory that somebody else owns. `start` moves when headers grow and shrink.
public struct PacketBuffer {
    /// The whole memory: `capacity` octets.
    public let memory: UnsafeMutableRawPointer
    public let capacity: Int
    /// Where the packet's IP header starts, octets from `memory`.
    public private(set) var start: Int
    /// The packet's length from the IP header on, octets.
    public private(set) var count: Int
    public var offload: PacketOffload

    /// What a reader leaves free before a packet: two IPv6 headers' growth, and a virtio header.
    public static let headroom = 128

    /// nil if the packet would not lie inside the memory.
    @inlinable
    public init?(
        memory: UnsafeMutableRawPointer, capacity: Int, start: Int, count: Int, offload: PacketOffload = .none
    ) {
        guard start >= 0, count >= 0, start <= capacity, count <= capacity - start else { return nil }
        self.init(unchecked: memory, capacity, start, count, offload)
    }

    @usableFromInline
    init(
        unchecked memory: UnsafeMutableRawPointer, _ capacity: Int, _ start: Int, _ count: Int, _ offload: PacketOffload
    ) {
        self.memory = memory
        self.capacity = capacity
        self.start = start
        self.count = count
        self.offload = offload
    }

    /// The packet's octets.
    @inlinable
    public var bytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: memory + start, count: count)
    }

    /// Moves the front of the packet by `octets`, backwards (it grows) if negative.
    ///
    /// - Returns: false, and nothing moved, if there is no room or no such packet.
    @inlinable
    public mutating func moveStart(by octets: Int) -> Bool {
        guard start + octets >= 0, octets <= count else { return false }
        setRange(start + octets, count - octets)
        return true
    }

    /// Cuts or extends the packet at its end.
    ///
    /// - Returns: false, and nothing changed, if it would not fit.
    @inlinable
    public mutating func setCount(_ count: Int) -> Bool {
        guard count >= 0, count <= capacity - start else { return false }
        setRange(start, count)
        return true
    }

    /// Makes a copy of `count` octets the packet, with the usual room before it and nothing left undone.
    ///
    /// - Returns: false, and nothing changed, if they don't fit.
    public mutating func replace(with bytes: UnsafeRawPointer, count: Int) -> Bool {
        guard count >= 0, count <= capacity - Self.headroom else { return false }
        (memory + Self.headroom).copyMemory(from: bytes, byteCount: count)
        setRange(Self.headroom, count)
        offload = .none
        return true
    }

    @usableFromInline
    mutating func setRange(_ start: Int, _ count: Int) {
        self.start = start
        self.count = count
    }
}
