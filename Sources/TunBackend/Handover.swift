// Packets that the kernel gave to the wrong thread's queue, on their way to the right one. The kernel learns from what
// is written where a flow belongs, so there are few of them.

internal import Packet
internal import Synchronization
internal import TunDevice

/// A copy of a packet.
struct HandedPacket: Sendable {
    let octets: [UInt8]
    let offload: PacketOffload

    /// Puts the packet into a slot, as if it had been read there; nil if it does not fit.
    func place(in slot: PacketSlot) -> PacketBuffer? {
        let start = PacketBuffer.headroom
        guard octets.count <= slot.capacity - start else { return nil }
        octets.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress { (slot.memory + start).copyMemory(from: base, byteCount: bytes.count) }
        }
        return PacketBuffer(
            memory: slot.memory, capacity: slot.capacity, start: start, count: octets.count, offload: offload)
    }
}

/// A bounded queue of such packets: any thread puts, one takes.
final class HandoverQueue: Sendable {
    enum Outcome {
        /// The taker has to be woken.
        case first
        case queued
        case full
    }

    private struct State {
        var packets: [HandedPacket] = []
        var octets = 0
    }

    private static let packetLimit = 1024
    private static let octetLimit = 4 << 20

    private let state = Mutex(State())

    func put(_ packet: borrowing PacketBuffer) -> Outcome {
        let copy = HandedPacket(octets: Array(packet.bytes), offload: packet.offload)
        return state.withLock { state in
            guard state.packets.count < Self.packetLimit, state.octets + copy.octets.count <= Self.octetLimit else {
                return .full
            }
            state.packets.append(copy)
            state.octets += copy.octets.count
            return state.packets.count == 1 ? .first : .queued
        }
    }

    func takeAll() -> [HandedPacket] {
        state.withLock { state in
            defer { state = State() }
            return state.packets
        }
    }
}
