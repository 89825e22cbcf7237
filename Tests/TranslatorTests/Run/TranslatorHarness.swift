// The one place where tests touch the translator: a packet in, the packets that come of it out.

import NetAddress
import Packet
import Telemetry
import Translator

enum TranslatorHarness {
    /// Room for the largest packet and its growth.
    private static let capacity = PacketBuffer.headroom + 65_535 + 256

    /// A packet that came out, with what is left to do to it.
    struct Output {
        var octets: [UInt8]
        var offload: PacketOffload
    }

    static func handle(_ octets: [UInt8], _ translator: Translator, _ now: MonotonicTime) -> [[UInt8]] {
        outputs(octets, .none, translator, now).map(\.octets)
    }

    /// What comes of one packet: first what `handle` emits, then the outbox, unless it is left as it is.
    static func outputs(
        _ octets: [UInt8], _ offload: PacketOffload, _ translator: Translator, _ now: MonotonicTime,
        drains: Bool = true
    ) -> [Output] {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        defer { memory.deallocate() }
        // What lies around the packet must not matter.
        memory.initializeMemory(as: UInt8.self, repeating: 0xa5, count: capacity)
        (memory + PacketBuffer.headroom).copyMemory(from: octets, byteCount: octets.count)
        guard
            var packet = PacketBuffer(
                memory: memory, capacity: capacity, start: PacketBuffer.headroom, count: octets.count, offload: offload)
        else { return [] }
        var result: [Output] = []
        if case .emit = translator.handle(&packet, now: now) {
            result.append(Output(octets: Array(packet.bytes), offload: packet.offload))
        }
        return drains ? result + drainOutputs(translator) : result
    }

    static func drain(_ translator: Translator) -> [[UInt8]] { drainOutputs(translator).map(\.octets) }

    private static func drainOutputs(_ translator: Translator) -> [Output] {
        var result: [Output] = []
        translator.drainOutbox { packet, _ in
            result.append(Output(octets: Array(packet.bytes), offload: packet.offload))
        }
        return result
    }
}
