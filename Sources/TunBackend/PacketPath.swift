// The packet path: read a batch, translate each packet in its place, merge what belongs together, write.

internal import LinuxIO
internal import Packet
internal import Telemetry
internal import Translator
internal import TunDevice

/// What happens to packets on a lane's thread. A struct with one owner, so that the state is looked up once a batch.
struct PacketPath: ~Copyable {
    let translator: Translator
    let queue: TunQueue
    var log: BindingLogWriter?
    /// All lanes by their slices, this one included; empty if it is alone.
    var peers: [LaneShared] = []

    private let shared: LaneShared
    private let slots = PacketSlots(count: PacketPath.batch)
    private var packets: [PacketBuffer] = []
    private var coalescer: PacketCoalescer

    /// Packets that are read before any is translated: each one's session is on its way from memory while the others
    /// are read.
    private static let batch = 32
    /// Batches before timers and messages get their turn.
    private static let batchesInTurn = 16

    /// What a turn ended with.
    enum Turn {
        /// The queue is empty, or others are due.
        case done
        /// The device was deleted.
        case gone
    }

    private enum Reading {
        case full, empty, gone
    }

    /// When the queue was last left empty.
    private var quietSince = MonotonicTime(nanoseconds: 0)
    /// Nanoseconds without a packet that count as silence, and how long is lingered.
    private static let silence: UInt64 = 500_000
    private static let linger: UInt64 = 60_000

    init(_ shared: LaneShared, _ start: LaneStart) {
        self.shared = shared
        queue = start.queue
        log = start.log
        translator = Translator(settings: start.settings, seed: RandomSource().next(), now: .read())
        packets.reserveCapacity(Self.batch)
        // Identifications are the translator's own random numbers (RFC 7915 section 5.1).
        coalescer = PacketCoalescer(merging: start.mergesUDP, batch: Self.batch, keepingIdentifications: false)
    }

    /// Translates what waits in the queue, a number of batches at most.
    mutating func pump() -> Turn {
        for _ in 0..<Self.batchesInTurn {
            let reading = readBatch()
            if !packets.isEmpty { translateBatch(handingOver: !peers.isEmpty) }
            switch reading {
            case .full: continue
            case .empty:
                guard lingers() else { return .done }
            case .gone: return .gone
            }
        }
        return .done
    }

    /// After a packet that came out of silence, its answer is often only a moment away: looking for it costs less time than
    /// being woken for it. Where packets are many, nobody waits here.
    ///
    /// - Returns: whether there is something to read.
    private mutating func lingers() -> Bool {
        let now = MonotonicTime.read()
        defer { quietSince = .read() }
        guard now.since(quietSince) > Self.silence else { return false }
        while MonotonicTime.read().since(now) < Self.linger {
            switch queue.read(into: slots[0]) {
            case .packet(let packet):
                packets.append(packet)
                translateBatch(handingOver: !peers.isEmpty)
                return true
            case .dropped: return true
            case .nothing: continue
            case .failed: return false
            }
        }
        return false
    }

    private mutating func readBatch() -> Reading {
        while packets.count < Self.batch {
            switch queue.read(into: slots[packets.count]) {
            case .packet(let packet):
                translator.prefetch(packet)
                packets.append(packet)
            case .nothing: return .empty
            case .dropped: continue
            case .failed: return .gone
            }
        }
        return .full
    }

    private mutating func translateBatch(handingOver: Bool) {
        let now = MonotonicTime.read()
        for index in 0..<packets.count {
            if handingOver {
                let owner = translator.owner(of: packets[index])
                if owner != shared.slice {
                    handOver(packets[index], to: owner)
                    continue
                }
            }
            translate(index, now)
        }
        packets.removeAll(keepingCapacity: true)
        flush()
    }

    @inline(__always)
    private mutating func translate(_ index: Int, _ now: MonotonicTime) {
        let memory = packets[index].memory
        if translator.handle(&packets[index], now: now) == .emit {
            coalescer.add(packets[index])
            // Made in the translator's memory, which the next packet may need.
            if packets[index].memory != memory { writeAll() }
        }
        drainOutbox()
    }

    private mutating func drainOutbox() {
        translator.drainOutbox { packet, owner in
            if let owner {
                handOver(packet, to: owner)
            } else {
                // What came before goes before.
                if !coalescer.isEmpty { writeAll() }
                coalescer.add(packet)
                writeAll()
            }
        }
    }

    /// Nothing waits afterwards, neither packets nor events.
    mutating func flush() {
        writeAll()
        if let log { log.write(translator.takeBindingEvents()) }
    }

    /// A device that is down or gone refuses; the queue counts that, and whoever watches over it knows already.
    private mutating func writeAll() { _ = coalescer.drain(to: queue) }

    mutating func tick(_ now: MonotonicTime) {
        translator.tick(now: now)
        drainOutbox()
        flush()
        shared.beat(now)
    }

    // MARK: other lanes

    private func handOver(_ packet: borrowing PacketBuffer, to owner: Int) {
        guard peers.indices.contains(owner) else { return shared.counters.add(.dropHandoverFull) }
        switch peers[owner].handovers.put(packet) {
        case .first: peers[owner].mailbox.post { $0.takeOver() }
        case .queued: break
        case .full: return shared.counters.add(.dropHandoverFull)
        }
        shared.counters.add(.handedOver)
    }

    /// Translates what other lanes handed over, and hands none of it on: two lanes that disagree must not play ball.
    mutating func takeOver() {
        for handed in shared.handovers.takeAll() {
            guard let packet = handed.place(in: slots[packets.count]) else { continue }
            shared.counters.add(.takenOver)
            packets.append(packet)
            if packets.count == Self.batch { translateBatch(handingOver: false) }
        }
        translateBatch(handingOver: false)
    }
}
