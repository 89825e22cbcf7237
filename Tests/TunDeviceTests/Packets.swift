// Packets that tests make and look into.

import NetAddress
import Packet
import Testing

@testable import TunDevice

/// A UDP datagram over either family.
struct Datagram {
    var source: IPAddress = .v4(IPv4Address(rawValue: 0x0a40_0005))
    var destination: IPAddress = .v4(IPv4Address(rawValue: 0x0a40_0001))
    var sourcePort: UInt16 = 4000
    var destinationPort: UInt16 = 5000
    var payload: [UInt8] = [1, 2, 3]
    var hopLimit: UInt8 = 64
    var identification: UInt16 = 0
    var dontFragment = true

    var network: Int { source.bitWidth == 32 ? 20 : 40 }

    /// The whole packet, all checksums in it.
    var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: network + 8) + payload
        bytes.withUnsafeMutableBytes { buffer in
            let start = buffer.baseAddress!
            let count = payload.count + 8
            switch (source, destination) {
            case (.v4(let source), .v4(let destination)):
                start.set(UInt8(0x45), at: 0)
                start.set(UInt16(buffer.count), at: 2)
                start.set(identification, at: 4)
                start.set(UInt16(dontFragment ? 0x4000 : 0), at: 6)
                start.set(hopLimit, at: 8)
                start.set(UInt8(17), at: 9)
                start.set(source.rawValue, at: 12)
                start.set(destination.rawValue, at: 16)
                start.set(~Checksum.fold(Checksum.sum(start, count: 20)), at: 10)
            case (.v6(let source), .v6(let destination)):
                start.set(UInt8(0x60), at: 0)
                start.set(UInt16(count), at: 4)
                start.set(UInt8(17), at: 6)
                start.set(hopLimit, at: 7)
                start.set(source.high, at: 8)
                start.set(source.low, at: 16)
                start.set(destination.high, at: 24)
                start.set(destination.low, at: 32)
            default: Issue.record("two families")
            }
            start.set(sourcePort, at: network)
            start.set(destinationPort, at: network + 2)
            start.set(UInt16(count), at: network + 4)
            let pseudoHeader = TransportChecksum.pseudoHeader(start, 17, count: count)
            start.set(~Checksum.fold(pseudoHeader + Checksum.sum(start + network, count: count)), at: network + 6)
        }
        return bytes
    }

    static let six = Datagram(
        source: IPAddress("2001:db8::5")!, destination: IPAddress("2001:db8::1")!)
}

/// Slots with packets in them.
final class TestSlots {
    private let slots: PacketSlots
    private var used = 0

    init(_ count: Int = 80) { slots = PacketSlots(count: count) }

    func packet(_ bytes: [UInt8], offload: PacketOffload = .none) -> PacketBuffer {
        let slot = slots[used]
        used += 1
        (slot.memory + PacketBuffer.headroom).copyMemory(from: bytes, byteCount: bytes.count)
        return PacketBuffer(
            memory: slot.memory, capacity: slot.capacity, start: PacketBuffer.headroom, count: bytes.count,
            offload: offload)!
    }

    var next: PacketSlot {
        used += 1
        return slots[used - 1]
    }
}

extension PacketBuffer {
    var octets: [UInt8] { Array(bytes) }
}

/// Completes a partial checksum, as whoever sends the packet does.
func completed(_ packet: PacketBuffer) -> [UInt8] {
    var bytes = packet.octets
    guard packet.offload.needsChecksum else { return bytes }
    let start = Int(packet.offload.checksumStart)
    bytes.withUnsafeMutableBytes { buffer in
        let base = buffer.baseAddress!
        let sum = ~Checksum.fold(Checksum.sum(base + start, count: buffer.count - start))
        base.set(sum, at: start + Int(packet.offload.checksumOffset))
    }
    return bytes
}

/// Cuts a large UDP packet into the datagrams that it stands for, as a kernel does.
func segments(_ packet: PacketBuffer) -> [[UInt8]] {
    guard packet.offload.segmentation == .udp else { return [completed(packet)] }
    let header = Int(packet.offload.headerLength)
    let network = header - 8
    let octets = packet.octets
    var results: [[UInt8]] = []
    for (number, from) in stride(from: header, to: octets.count, by: Int(packet.offload.segmentSize)).enumerated() {
        let payload = octets[from..<min(from + Int(packet.offload.segmentSize), octets.count)]
        var bytes = Array(octets[..<header]) + payload
        bytes.withUnsafeMutableBytes { buffer in
            let start = buffer.baseAddress!
            if network == 20 {
                start.set(UInt16(buffer.count), at: 2)
                start.set(start.uint16(at: 4) &+ UInt16(number), at: 4)
                start.set(UInt16(0), at: 10)
                start.set(~Checksum.fold(Checksum.sum(start, count: 20)), at: 10)
            } else {
                start.set(UInt16(payload.count + 8), at: 4)
            }
            start.set(UInt16(payload.count + 8), at: network + 4)
            start.set(UInt16(0), at: network + 6)
            let sum =
                TransportChecksum.pseudoHeader(start, 17, count: payload.count + 8)
                + Checksum.sum(start + network, count: payload.count + 8)
            start.set(~Checksum.fold(sum), at: network + 6)
        }
        results.append(bytes)
    }
    return results
}
