// A translator with many sessions, and packets of theirs in random order. Writing the packets is not in the times that are
// given for known sessions; the clock is read twice a batch.

import Glibc
import Packet
import Telemetry
import Translator

struct Established {
    /// Batches of each way.
    private static let rounds = 8_000

    private let traffic: Traffic
    private let batch: PacketBatch
    private let capacity: Int
    private var ends: [PublicEnd?]
    private var packets: [PacketBuffer] = []
    private var translator: Translator?
    private var random: UInt64 = 0x9e37_79b9_7f4a_7c15
    private var now = MonotonicTime(nanoseconds: 1_000_000_000)

    /// All that is not the translator's own is resident after this.
    init(_ traffic: Traffic, capacity: Int, _ batch: PacketBatch) {
        self.traffic = traffic
        self.batch = batch
        self.capacity = capacity
        ends = Array(repeating: nil, count: capacity)
    }

    /// Some room is left above the sessions, as it would be in use.
    mutating func begin() {
        let settings = Traffic.settings(sessionLimit: capacity + capacity / 16)
        translator = Translator(settings: settings, seed: 0x0123_4567_89ab_cdef, now: now)
    }

    /// Opens sessions 0 to `count` - 1. Nanoseconds of the processor's, the packets' writing included.
    mutating func open(_ count: Int) -> UInt64 {
        guard let translator else { return 0 }
        let start = clockNanoseconds(CLOCK_THREAD_CPUTIME_ID)
        for index in 0..<count {
            guard var packet = traffic.writeSixToFour(index, at: batch[0], capacity: PacketBatch.room),
                case .emit = translator.handle(&packet, now: now)
            else { fail("session \(index) was not opened") }
            ends[index] = PublicEnd(sourceOf: packet)
            now = now.advanced(byNanoseconds: 1_000)
        }
        let elapsed = clockNanoseconds(CLOCK_THREAD_CPUTIME_ID) - start
        guard translator.sessionCount == count else { fail("\(translator.sessionCount) sessions, not \(count)") }
        return elapsed
    }

    /// Both directions, one packet after the other and with all of a batch prefetched before the first is handled. The ways
    /// take turns; what is reported is the median of the batches, for a batch that the scheduler interrupts says nothing.
    mutating func measurePackets() {
        var times = [[UInt64]](repeating: [], count: 4)
        for _ in 0..<Self.rounds {
            times[0].append(handleBatch(false) { $0.writeSixToFour($1, $2) })
            times[1].append(handleBatch(true) { $0.writeSixToFour($1, $2) })
            times[2].append(handleBatch(false) { $0.writeFourToSix($1, $2) })
            times[3].append(handleBatch(true) { $0.writeFourToSix($1, $2) })
        }
        let names = ["six-to-four-single", "six-to-four-batch", "four-to-six-single", "four-to-six-batch"]
        for (way, name) in names.enumerated() {
            let median = times[way].sorted()[Self.rounds / 2]
            report("\(name)-\(capacity)", Double(median) / Double(PacketBatch.count), "ns")
        }
    }

    /// Nanoseconds for a batch of random sessions' packets.
    private mutating func handleBatch(
        _ prefetches: Bool, _ write: (Established, Int, UnsafeMutableRawPointer) -> PacketBuffer?
    ) -> UInt64 {
        guard let translator else { return 0 }
        packets.removeAll(keepingCapacity: true)
        for slot in 0..<PacketBatch.count {
            guard let packet = write(self, nextIndex(), batch[slot]) else { fail("no room for a packet") }
            packets.append(packet)
        }
        now = now.advanced(byNanoseconds: 10_000)
        return Self.handle(&packets, translator, prefetches, now)
    }

    private static func handle(
        _ packets: inout [PacketBuffer], _ translator: Translator, _ prefetches: Bool, _ now: MonotonicTime
    ) -> UInt64 {
        var emitted = 0
        let start = clockNanoseconds(CLOCK_MONOTONIC)
        if prefetches { for packet in packets { translator.prefetch(packet) } }
        for slot in packets.indices {
            if case .emit = translator.handle(&packets[slot], now: now) { emitted += 1 }
        }
        let elapsed = clockNanoseconds(CLOCK_MONOTONIC) - start
        guard emitted == packets.count else { fail("\(packets.count - emitted) packets of known sessions dropped") }
        return elapsed
    }

    private func writeSixToFour(_ index: Int, _ memory: UnsafeMutableRawPointer) -> PacketBuffer? {
        traffic.writeSixToFour(index, at: memory, capacity: PacketBatch.room)
    }

    private func writeFourToSix(_ index: Int, _ memory: UnsafeMutableRawPointer) -> PacketBuffer? {
        guard let end = ends[index] else { return nil }
        return traffic.writeFourToSix(index, to: end, at: memory, capacity: PacketBatch.room)
    }

    private mutating func nextIndex() -> Int {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return Int(random.multipliedFullWidth(by: UInt64(capacity)).high)
    }
}

/// Memory for as many packets as a device gives at once.
final class PacketBatch {
    static let count = 64
    static let room = 2048
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: count * room, alignment: 64)

    init() { memory.initializeMemory(as: UInt8.self, repeating: 0, count: Self.count * Self.room) }

    deinit { memory.deallocate() }

    subscript(slot: Int) -> UnsafeMutableRawPointer { memory + slot * Self.room }
}

func clockNanoseconds(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Of this process: the second number of /proc/self/statm, in pages.
func residentOctets() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { fail("no /proc/self/statm") }
    defer { fclose(file) }
    var text = [CChar](repeating: 0, count: 128)
    guard fgets(&text, 128, file) != nil else { fail("no /proc/self/statm") }
    let fields = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
        separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { fail("no number in /proc/self/statm") }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}
