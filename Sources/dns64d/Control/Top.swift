// top: what is asked, by whom, and what becomes of it. Workers count only while somebody watches.

internal import ControlProtocol
internal import DNSMessage
internal import LinuxIO
internal import Logging
internal import NetAddress
internal import Resolver
internal import Telemetry

/// When somebody last watched, on the main thread.
struct TopWatch {
    var lastAsked: MonotonicTime?
    var lastQueries: UInt64 = 0
    var lastTime: MonotonicTime?
}

/// What one worker saw since it was last asked.
struct TopCounts: Sendable {
    var names: [String: UInt64] = [:]
    var clients: [String: UInt64] = [:]
    var reasons: [String: UInt64] = [:]

    mutating func add(_ other: TopCounts) {
        names.merge(other.names, uniquingKeysWith: +)
        clients.merge(other.clients, uniquingKeysWith: +)
        reasons.merge(other.reasons, uniquingKeysWith: +)
    }
}

/// Counts what a worker answers, and logs it where `log.queries` is on. Lives on the worker's thread.
final class TopObserver: QueryObserver {
    /// So many different names are told apart at once; an attack with random names shall not fill the memory.
    private static let mostNames = 20_000
    private var counts = TopCounts()
    private let log: Logger?
    var counting: Bool
    var isLogging: Bool { log != nil }

    init(counting: Bool, log: Logger?) {
        self.counting = counting
        self.log = log
    }

    func observed(name: UnsafeRawBufferPointer, type: UInt16, client: Client, outcome: Counter, responseCode: UInt16) {
        let text = DomainName(wire: name)?.description ?? "?"
        log?.info(
            "query \(client.source) \(text) \(RecordType(type)) \(ResponseCode(rawValue: responseCode)) \(outcome.name)"
        )
        guard counting else { return }
        if counts.names.count < Self.mostNames || counts.names[text] != nil { counts.names[text, default: 0] += 1 }
        let address = client.source.address.description
        if counts.clients.count < Self.mostNames || counts.clients[address] != nil {
            counts.clients[address, default: 0] += 1
        }
        counts.reasons[outcome.name, default: 0] += 1
    }

    func take() -> TopCounts {
        defer { counts = TopCounts() }
        return counts
    }
}

extension Daemon {
    /// A picture of the time since the last one.
    func topSnapshot(rows: Int, _ done: @escaping @Sendable (TopSnapshot) -> Void) {
        let isFirst = top.lastAsked == nil
        top.lastAsked = MonotonicTime.read()
        scheduleTopEnd()
        guard isFirst else { return takeTop(rows, done) }
        // Nobody has counted so far: a second's worth is the first picture.
        collect({ $0.takeTop() }) { daemon, _ in
            daemon.top.lastTime = MonotonicTime.read()
            daemon.top.lastQueries = daemon.queriesTaken
            _ = daemon.loop.schedule(at: daemon.loop.now.advanced(byMilliseconds: 1_000)) { [unowned daemon] in
                daemon.takeTop(rows, done)
            }
        }
    }

    private func takeTop(_ rows: Int, _ done: @escaping @Sendable (TopSnapshot) -> Void) {
        collect({ $0.takeTop() }) { daemon, all in
            var sum = TopCounts()
            for counts in all { sum.add(counts) }
            done(daemon.snapshot(sum, rows: rows, now: .read()))
        }
    }

    private var queriesTaken: UInt64 {
        telemetry.reduce(0) { $0 &+ $1.counters.value(.queriesUDP) &+ $1.counters.value(.queriesTCP) }
    }

    private func snapshot(_ counts: TopCounts, rows: Int, now: MonotonicTime) -> TopSnapshot {
        let queries = queriesTaken
        let period = Double(now.since(top.lastTime ?? started)) / 1e9
        let rate = period > 0 ? Double(queries &- top.lastQueries) / period : 0
        top.lastTime = now
        top.lastQueries = queries
        func most(_ table: [String: UInt64]) -> [TopCount] {
            table.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(max(1, min(rows, 1_000)))
                .map { TopCount(name: $0.key, count: $0.value) }
        }
        return TopSnapshot(
            periodSeconds: period, queriesPerSecond: (rate * 10).rounded() / 10, names: most(counts.names),
            clients: most(counts.clients), reasons: most(counts.reasons))
    }

    /// When nobody has watched for some seconds, the workers stop counting.
    private func scheduleTopEnd() {
        _ = loop.schedule(at: loop.now.advanced(byMilliseconds: 5_000)) { [unowned self] in
            guard let last = top.lastAsked, MonotonicTime.read().since(last) >= 4_500_000_000 else { return }
            top.lastAsked = nil
            mailboxes.postToAll(.run { $0.stopTop() })
        }
    }
}
