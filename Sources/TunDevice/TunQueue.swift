// One queue of a TUN device: a packet a system call, its virtio header before it in the same memory.

internal import CLinux
public import LinuxIO
public import Packet

/// What came of a read.
public enum TunRead {
    case packet(PacketBuffer)
    /// None waits.
    case nothing
    /// One came, and was dropped and counted. More may wait.
    case dropped
    /// EBADFD: the device was deleted.
    case failed(Errno)
}

/// What came of a write.
public enum TunWrite: Hashable {
    case wrote
    /// The kernel takes no more for now. Nothing is kept: try again, or call it dropped.
    case wouldBlock
    /// EIO: the device is not up. EBADFD: it was deleted. EINVAL: the kernel understands the packet's offload
    /// otherwise, or there is no room for its header.
    case failed(Errno)
}

/// A nonblocking queue of a TUN device. For one thread at a time.
public final class TunQueue: Sendable {
    private let owned: OwnedDescriptor
    public let counters = TunCounters()

    /// For `EventLoop.register`. Hangs up when the device is deleted.
    public var descriptor: Int32 { owned.raw }

    /// Octets that `write` needs free before a packet.
    public static let headerRoom = VirtioHeader.size

    private init(adopting descriptor: consuming OwnedDescriptor) { owned = descriptor }

    /// Attached to nothing yet.
    static func open() throws(TunFailure) -> TunQueue {
        let descriptor = clinux_tun_open()
        if descriptor < 0 { throw .opening(Errno(code: -descriptor)) }
        return TunQueue(adopting: OwnedDescriptor(adopting: descriptor))
    }

    /// Takes the next packet, with `PacketBuffer.headroom` octets free before it. It lies in `slot`.
    public func read(into slot: PacketSlot) -> TunRead {
        let start = PacketBuffer.headroom
        let header = slot.memory + start - VirtioHeader.size
        let room = slot.capacity - start + VirtioHeader.size
        let result = clinux_tun_read(descriptor, header, room)
        if result < 0 { return readFailure(Errno(code: Int32(truncatingIfNeeded: -result))) }
        let count = result - VirtioHeader.size
        guard count > 0 else { return drop(.dropTooShort) }
        // Whoever was cut filled all the room.
        guard result < room else { return drop(.dropTooLong) }
        var offload = PacketOffload.none
        let bytes = PacketBytes(start: slot.memory + start, count: count)
        if let flaw = VirtioHeader(reading: header).check(against: bytes, &offload) { return drop(flaw) }
        guard
            let packet = PacketBuffer(
                memory: slot.memory, capacity: slot.capacity, start: start, count: count, offload: offload)
        else { return drop(.dropTooLong) }
        counters.add(.packetsRead)
        counters.add(.octetsRead, count)
        if offload.segmentation != .none { counters.add(.segmentsRead, packet.segmentCount) }
        return .packet(packet)
    }

    /// Gives a packet to the kernel, as if the device had received it. Overwrites `headerRoom` octets before it.
    public func write(_ packet: PacketBuffer) -> TunWrite {
        guard packet.start >= VirtioHeader.size else {
            counters.add(.dropNoHeaderRoom)
            return .failed(.invalidArgument)
        }
        let header = packet.memory + packet.start - VirtioHeader.size
        VirtioHeader(packet.offload).write(to: header)
        let result = clinux_tun_write(descriptor, header, packet.count + VirtioHeader.size)
        if result < 0 { return writeFailure(Errno(code: Int32(truncatingIfNeeded: -result))) }
        counters.add(.packetsWritten)
        counters.add(.octetsWritten, packet.count)
        if packet.offload.segmentation != .none { counters.add(.segmentsWritten, packet.segmentCount) }
        return .wrote
    }

    private func drop(_ reason: TunCounter) -> TunRead {
        counters.add(reason)
        return .dropped
    }

    private func readFailure(_ errno: Errno) -> TunRead {
        switch errno {
        case .wouldBlock: .nothing
        // The kernel took the packet out and could not copy all of it.
        case .fault: drop(.dropTooLong)
        default: .failed(errno)
        }
    }

    private func writeFailure(_ errno: Errno) -> TunWrite {
        if errno == .wouldBlock { return .wouldBlock }
        counters.add(.dropWriteRefused)
        return .failed(errno)
    }
}

extension PacketBuffer {
    /// How many packets this one stands for.
    var segmentCount: Int {
        guard offload.segmentation != .none, offload.segmentSize > 0 else { return 1 }
        let size = Int(offload.segmentSize)
        return max(1, (count - Int(offload.headerLength) + size - 1) / size)
    }
}
