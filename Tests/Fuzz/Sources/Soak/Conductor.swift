// The course of the soak: load from beginning to end, an operator at work meanwhile, upstream dead for a while, and
// the books at the end.

internal import Foundation
internal import Glibc
internal import Synchronization

final class Conductor {
    private let daemon: Daemon
    private let upstream: FakeUpstream
    private let seconds: Int
    private let isSanitized: Bool
    private let tally = Tally()
    private let failuresAllowed = FailuresAllowed()
    private var samples: [Daemon.Sample] = []

    /// Whether upstream is dead, or was a moment ago.
    private final class FailuresAllowed: Sendable {
        let value = Atomic<Bool>(false)
    }

    /// What an operator does, one a second.
    private static let commands: [[String]] = [
        ["reload"], ["flush", "h5.soak.example.net"], ["stats"], ["flush", "--negative"],
        ["lookup", "h7.soak.example.net"], ["status"],
        ["flush", "--zone", "soak.example.net"], ["upstreams"], ["explain", "h9.soak.example.net"], ["policies"],
        ["flush"],
    ]

    init(daemon: Daemon, upstream: FakeUpstream, seconds: Int, isSanitized: Bool) {
        self.daemon = daemon
        self.upstream = upstream
        self.seconds = seconds
        self.isSanitized = isSanitized
    }

    func run() throws {
        try daemon.start()
        let clients = Clients(port: daemon.port, tally: tally) { [failuresAllowed] in
            failuresAllowed.value.load(ordering: .relaxed)
        }
        clients.start()
        let start = Date()
        for second in 0..<seconds {
            try pass(second)
            Thread.sleep(until: start.addingTimeInterval(Double(second + 1)))
        }
        tally.end()
        try clients.join()
        if !isSanitized { try checkGrowth() }
        try checkBooks()
        try daemon.stop()
    }

    private func pass(_ second: Int) throws {
        guard daemon.isRunning else { throw SoakError("the daemon ended after \(second) s") }
        // Dead twice, for a twentieth of the time each; what failed then is remembered for a while.
        let span = max(5, seconds / 20)
        let deaths = [seconds * 2 / 5, seconds * 7 / 10]
        let isDead = deaths.contains { ($0..<($0 + span)).contains(second) }
        let mayFail = deaths.contains { ($0..<($0 + span + 12)).contains(second) }
        if mayFail { failuresAllowed.value.store(true, ordering: .relaxed) }
        upstream.isDead = isDead
        if !mayFail { failuresAllowed.value.store(false, ordering: .relaxed) }
        if second % 10 == 3 { daemon.hangUp() }
        try daemon.tell(Self.commands[second % Self.commands.count])
        let sample = try daemon.sample()
        samples.append(sample)
        if second % 10 == 9 {
            say("\(second + 1) s: \(text(tally.now)); \(text(sample))\(isDead ? "; upstream is dead" : "")")
        }
    }

    private func text(_ counts: Tally.Counts) -> String {
        "\(counts.datagramReplies) of \(counts.datagrams) datagrams, "
            + "\(counts.streamReplies) of \(counts.streamQueries) on streams answered, "
            + "\(counts.servFails) SERVFAIL, \(counts.faultCount) faults"
    }

    private func text(_ sample: Daemon.Sample) -> String {
        "\(sample.residentKiB) KiB, \(sample.descriptors) descriptors, \(sample.threads) threads"
    }

    /// The most that was seen in the fifth after the warm-up, which is the first fifth, against what the last tenth
    /// never fell below.
    private func checkGrowth() throws {
        let early = samples[(seconds / 5)..<(seconds * 2 / 5)]
        let late = samples[(seconds * 9 / 10)...]
        func compare(_ what: String, _ value: (Daemon.Sample) -> Int, allowed: (Int) -> Int) throws {
            let before = early.map(value).max() ?? 0
            let after = late.map(value).min() ?? 0
            say("\(what): \(before) after the warm-up, \(after) at the end")
            guard after <= before + allowed(before) else { throw SoakError("the daemon's \(what) grow") }
        }
        // The allocator's arenas breathe a little.
        try compare("KiB of memory", \.residentKiB) { $0 / 10 + 2048 }
        try compare("descriptors", \.descriptors) { _ in 4 }
        try compare("threads", \.threads) { _ in 1 }
    }

    /// Every datagram was answered, or dropped for a reason that has a name.
    private func checkBooks() throws {
        let seen = tally.now
        for fault in seen.faults { say("fault: \(fault)") }
        guard seen.faultCount == 0 else { throw SoakError("\(seen.faultCount) faults") }
        let counters = try daemon.counters()
        func same(_ what: String, _ wanted: Int, _ got: Int) throws {
            if wanted != got { throw SoakError("\(what): the clients say \(wanted), the daemon \(got)") }
        }
        let drops = counters.filter { $0.key.hasPrefix("drop-") }
        let dropped = drops.values.reduce(0, +)
        try same("queries-udp", seen.datagrams, counters["queries-udp"] ?? 0)
        for (name, count) in seen.toDrop { try same(name, count, counters[name] ?? 0) }
        try same("datagrams less named drops", seen.datagrams - dropped, seen.datagramReplies)
        let queries = seen.datagrams + (counters["queries-tcp"] ?? 0)
        let unsent = counters["replies-send-failed"] ?? 0
        try same("queries less named drops", queries - dropped, (counters["replies-sent"] ?? 0) + unsent)
        guard unsent <= seen.streamQueriesLeft else { throw SoakError("\(unsent) replies could not be sent") }
        let streamed = (counters["queries-tcp"] ?? 0) - seen.streamQueries
        guard (0...seen.streamQueriesLeft).contains(streamed) else {
            throw SoakError("queries-tcp is off by \(streamed)")
        }
        say("\(seen.datagrams) datagrams = \(seen.datagramReplies) replies + \(dropped) named drops")
    }
}
