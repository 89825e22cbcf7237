// A translator with a small pool and small limits, and the rules of every packet: it is emitted, or dropped and counted
// once, or kept, or answered; and the tables never hold more than they may.

internal import NetAddress
internal import Packet
internal import Telemetry
internal import Translator

/// A packet that came out.
struct TranslatedPacket {
    var octets: [UInt8]
    var offload: PacketOffload
}

/// What became of a packet.
struct TranslationOutcome {
    /// What `handle` emitted.
    var emitted: TranslatedPacket?
    /// What the outbox held.
    var outbox: [TranslatedPacket] = []
    /// By how much each counter grew.
    var counted: [TranslatorCounter: UInt64] = [:]

    subscript(counter: TranslatorCounter) -> Int { Int(counted[counter] ?? 0) }
    var drops: Int { counted.reduce(0) { $1.key.isDrop ? $0 + Int($1.value) : $0 } }
}

final class TranslatorUnderTest {
    let translator: Translator
    private(set) var settings: TranslatorSettings
    private(set) var now = MonotonicTime(nanoseconds: 1_000_000_000_000)
    /// Octets that a packet's memory has at least, beside the headroom.
    private static let leastRoom = 1_600

    init(_ settings: TranslatorSettings) {
        self.settings = settings
        translator = Translator(settings: settings, seed: 0x5eed, now: now)
    }

    /// Handles a packet and holds the result to the rules.
    ///
    /// - Parameter isSane: `offload` fits the packet.
    @discardableResult
    func handle(_ octets: [UInt8], _ offload: PacketOffload = .none, isSane: Bool = true) -> TranslationOutcome {
        var outcome = TranslationOutcome()
        guard octets.count <= 65_535 else { return outcome }
        let before = counters
        // At the memory's very end: the sanitizer sees who reads on. The room before it is what an error needs to grow.
        let capacity = PacketBuffer.headroom + max(octets.count, Self.leastRoom)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        defer { memory.deallocate() }
        let start = capacity - octets.count
        (memory + start).copyMemory(from: octets, byteCount: octets.count)
        guard
            var packet = PacketBuffer(
                memory: memory, capacity: capacity, start: start, count: octets.count, offload: offload)
        else { return outcome }
        translator.prefetch(packet)
        if case .emit = translator.handle(&packet, now: now) {
            outcome.emitted = TranslatedPacket(octets: Array(packet.bytes), offload: packet.offload)
        }
        outcome.outbox = drain()
        outcome.counted = grown(since: before)
        judge(outcome, octets, isSane: isSane)
        return outcome
    }

    /// Lets time pass, as the daemon does: several ticks.
    @discardableResult
    func pass(milliseconds: UInt64, steps: Int = 4) -> [TranslatedPacket] {
        var sent: [TranslatedPacket] = []
        for _ in 0..<steps {
            now = now.advanced(byMilliseconds: milliseconds / UInt64(steps))
            translator.tick(now: now)
            sent += drain()
        }
        for packet in sent { PacketRules.hold(packet, settings) }
        TableRules.hold(translator, settings, now)
        return sent
    }

    func update(_ settings: TranslatorSettings) {
        self.settings = settings
        translator.update(settings, now: now)
    }

    // MARK: rules

    private func judge(_ outcome: TranslationOutcome, _ octets: [UInt8], isSane: Bool) {
        let evicted = outcome[.dropFragmentNoRoom]
        let drops = outcome.drops - evicted
        if outcome.emitted != nil {
            expect(drops == 0, "emitted, and dropped: \(outcome.counted)")
            expect(outcome.outbox.isEmpty, "emitted, and something in the outbox: \(outcome.counted)")
        }
        // An own error that turned round on its way to a client may be dropped in turn.
        expect(
            drops <= (outcome[.hairpinned] > 0 || settings.isShared ? 2 : 1),
            "dropped \(drops) times: \(outcome.counted)")
        let isAccounted =
            outcome.emitted != nil || outcome.drops > 0 || outcome[.fragmentsReceived] > 0 || outcome[.synStored] > 0
            || outcome[.echoAnswered] > 0 || outcome[.fragmentsSent] > 0 || isSYN(octets)
        expect(isAccounted, "vanished: \(outcome.counted)")
        let owned =
            outcome[.sentTimeExceeded] + outcome[.sentUnreachable] + outcome[.sentParameterProblem]
            + outcome[.echoAnswered] + outcome[.fragmentsSent]
        expect(
            outcome.outbox.count <= owned && (outcome.outbox.count == owned || drops == 2),
            "\(outcome.outbox.count) packets in the outbox: \(outcome.counted)")
        let came = octets.count >= 20 ? [4: 1, 6: 1][octets[0] >> 4] ?? 0 : 0
        expect(outcome[.received6] + outcome[.received4] == came, "received is not counted once")
        for packet in outcome.outbox + (outcome.emitted.map { [$0] } ?? []) {
            PacketRules.hold(packet, settings, isSane: isSane)
        }
        let changes: [TranslatorCounter] = [
            .sessionsCreated, .sessionsExpired, .sessionsDropped, .bindingsCreated, .bindingsRemoved,
        ]
        if changes.contains(where: { outcome[$0] > 0 }) { TableRules.hold(translator, settings, now) }
    }

    /// A SYN that waits already is dropped without a word when it comes again.
    private func isSYN(_ octets: [UInt8]) -> Bool {
        guard let reading = PacketReading(octets), reading.isTCP, reading.payload.count >= 20 else { return false }
        return octets[reading.payloadStart + 13] & 2 != 0
    }

    private var counters: [UInt64] { TranslatorCounter.allCases.map { translator.counters.value(of: $0) } }

    private func grown(since before: [UInt64]) -> [TranslatorCounter: UInt64] {
        var result: [TranslatorCounter: UInt64] = [:]
        for (counter, old) in zip(TranslatorCounter.allCases, before) {
            let new = translator.counters.value(of: counter)
            if new != old { result[counter] = new - old }
        }
        return result
    }

    private func drain() -> [TranslatedPacket] {
        var result: [TranslatedPacket] = []
        translator.drainOutbox { packet, slice in
            expect(slice == nil, "handed to slice \(slice ?? 0) of one")
            result.append(TranslatedPacket(octets: Array(packet.bytes), offload: packet.offload))
        }
        return result
    }
}
