// The translator's hot path by itself: packets of known sessions, beside as many other sessions as are wanted, and a
// count of what they take from the heap.

import AllocationCounter
import NetAddress
import Packet
import Telemetry
import Translator

/// Packets of sessions that are known.
public enum KnownSession: String, CaseIterable, Sendable {
    case tcp, udp, echo
    /// A large packet that stands for several, with its checksum left undone.
    case segments
}

/// What some rounds of a packet came to.
public struct TranslationMeasure: Sendable {
    public let emitted: Int
    public let allocations: UInt64
}

/// A translator with sessions.
public final class TranslatorPath {
    private let translator: Translator
    private let now = MonotonicTime(nanoseconds: 1_000_000_000_000)
    private let memory: UnsafeMutableRawPointer
    private static let capacity = PacketBuffer.headroom + 65_536
    private static let server = IPv4Address(203, 0, 113, 1)
    private static let client = IPv6Address(high: 0x2001_0db8 << 32, low: 1)
    /// What the others' making took from the heap: tables grow.
    public private(set) var allocationsToFill: UInt64 = 0

    /// - Parameter others: sessions beside those that are measured.
    public init(others: Int) {
        let pool = PoolRange(first: IPv4Address(192, 0, 2, 1), addressCount: 4, ports: 1_024...65_535)
        let settings = TranslatorSettings(
            prefixes: [.wellKnown], pool4: [pool], ownAddress6: IPv6Address(high: 0x2001_0db8 << 32, low: 0x64),
            ownAddress4: IPv4Address(192, 0, 2, 100))
        translator = Translator(settings: settings, seed: 7, now: now)
        memory = .allocate(byteCount: Self.capacity, alignment: 64)
        let before = allocation_counter_value()
        for number in 0..<others {
            // A hundred of each subscriber.
            let client = IPv6Address(high: 0x2001_0db8_0001 << 16 | UInt64(number / 100), low: UInt64(number % 100 + 1))
            _ = translated(Self.packet(.udp, from: client), .none)
        }
        allocationsToFill = allocation_counter_value() - before
    }

    deinit { memory.deallocate() }

    public var sessionCount: Int { translator.sessionCount }

    /// Translates packets of a session in one direction, after some for what is made lazily.
    public func measure(_ session: KnownSession, toClient: Bool, rounds: Int) -> TranslationMeasure {
        let request = Self.packet(session, from: Self.client)
        if session == .segments { _ = translated(Self.packet(.tcp, from: Self.client), .none) }
        var offload = Self.offload(session, ipHeader: 40, .tcp6)
        var packet = request
        if toClient {
            packet = Self.reversed(translated(request, offload))
            offload = Self.offload(session, ipHeader: 20, .tcp4)
        }
        _ = translated(packet, offload)
        var emitted = 0
        let before = allocation_counter_value()
        for _ in 0..<rounds where translates(packet, offload) { emitted += 1 }
        return TranslationMeasure(emitted: emitted, allocations: allocation_counter_value() - before)
    }

    // MARK: packets

    @inline(__always)
    private func buffer(_ octets: [UInt8], _ offload: PacketOffload) -> PacketBuffer? {
        octets.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            (memory + PacketBuffer.headroom).copyMemory(from: base, byteCount: bytes.count)
        }
        return PacketBuffer(
            memory: memory, capacity: Self.capacity, start: PacketBuffer.headroom, count: octets.count,
            offload: offload)
    }

    private func translates(_ octets: [UInt8], _ offload: PacketOffload) -> Bool {
        guard var packet = buffer(octets, offload) else { return false }
        translator.prefetch(packet)
        let verdict = translator.handle(&packet, now: now)
        translator.drainOutbox { _, _ in }
        return verdict == .emit
    }

    /// What comes of a packet; nothing if nothing does.
    private func translated(_ octets: [UInt8], _ offload: PacketOffload) -> [UInt8] {
        guard var packet = buffer(octets, offload), translator.handle(&packet, now: now) == .emit else { return [] }
        return Array(packet.bytes)
    }

    private static func offload(_ session: KnownSession, ipHeader: UInt16, _ kind: Segmentation) -> PacketOffload {
        var offload = PacketOffload.none
        guard session == .segments else { return offload }
        offload.needsChecksum = true
        offload.checksumStart = ipHeader
        offload.checksumOffset = UInt16(TCPField.checksum)
        offload.segmentation = kind
        offload.segmentSize = 1_220
        offload.headerLength = ipHeader + UInt16(TCPField.minimumCount)
        return offload
    }

    /// A client's packet, its checksum as it may be.
    private static func packet(_ session: KnownSession, from client: IPv6Address) -> [UInt8] {
        let proto: UInt8
        var payload: [UInt8]
        switch session {
        case .tcp:
            proto = ProtocolNumber.tcp
            payload =
                [0x13, 0x88, 0, 80] + [UInt8](repeating: 0, count: 8) + [0x50, TCPField.synFlag, 1, 0, 1, 1, 0, 0]
        case .segments:
            proto = ProtocolNumber.tcp
            payload =
                [0x13, 0x88, 0, 80] + [UInt8](repeating: 0, count: 8) + [0x50, TCPField.ackFlag, 1, 0, 1, 1, 0, 0]
            payload += [UInt8](repeating: 7, count: 20_000)
        case .udp:
            proto = ProtocolNumber.udp
            payload = [0x13, 0x88, 0, 53, 0, 16, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8]
        case .echo:
            proto = ProtocolNumber.icmpv6
            payload = [ICMPv6Type.echoRequest, 0, 1, 1, 0x13, 0x88, 0, 1]
        }
        let count = UInt16(payload.count)
        var header: [UInt8] = [0x60, 0, 0, 0, UInt8(count >> 8), UInt8(count & 255), proto, 64]
        header += (0..<16).map { client[octet: $0] }
        let destination = Pref64.wellKnown.embed(server)
        return header + (0..<16).map { destination[octet: $0] } + payload
    }

    /// The answer to a translated packet: its ends change places, which no checksum notices.
    private static func reversed(_ packet: [UInt8]) -> [UInt8] {
        guard packet.count >= 28 else { return packet }
        var answer = packet
        answer.replaceSubrange(12..<20, with: packet[16..<20] + packet[12..<16])
        if packet[9] == ProtocolNumber.icmp {
            answer[20] = ICMPv4Type.echoReply
        } else {
            answer.replaceSubrange(20..<24, with: packet[22..<24] + packet[20..<22])
        }
        return answer
    }
}
