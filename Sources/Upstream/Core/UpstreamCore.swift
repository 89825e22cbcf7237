// The forwarding half of the resolver, without sockets and without a clock (RFC 1035 section 7, RFC 5452, RFC 6891, RFC
// 7766). It is told what is asked, what came and what time it is; it says what to do. How a question goes:
//
//     ask -> (join an outstanding one) -> zone -> select a server -> transmit -> await
//         answer -> judge -> final: fan out to all askers | truncated: stream | no good: next server
//         silence -> again, there or elsewhere; after the zone's time: the best bad answer, or failure
//
// Asking.swift has the way out, Answering.swift the way back, Settling.swift the ends.

internal import NetAddress
public import Telemetry

/// Forwards questions. Drive it by the functions below, then take actions until there are none.
public struct UpstreamCore {
    let counters: Counters
    /// Transmissions that may be open at once.
    let exchangeLimit: Int
    let random: RandomBits

    var zones = ZoneTable(UpstreamSettings(zones: []))
    var health: [SocketAddress: ServerHealth] = [:]
    var questions: [QuestionID: OutstandingQuestion] = [:]
    var exchanges: [ExchangeID: Exchange] = [:]
    var questionsByValue: [UpstreamQuestion: QuestionID] = [:]
    var questionsByAsker: [UInt64: QuestionID] = [:]
    var deadlines = DeadlineQueue<QuestionID>()
    private var newestID: UInt64 = 0
    private var actions: [UpstreamAction] = []
    private var actionsTaken = 0

    /// `random` gives 64 fresh random bits each time; message IDs come from it, so it must not be predictable.
    public init(
        settings: UpstreamSettings, counters: Counters, exchangeLimit: Int = 4096, random: @escaping () -> UInt64
    ) {
        self.counters = counters
        self.exchangeLimit = exchangeLimit
        self.random = random
        zones = ZoneTable(settings)
    }

    // MARK: In

    /// `token` comes back with the outcome, once, unless it is cancelled. No two askers may use one token at the same
    /// time.
    public mutating func ask(_ token: UInt64, _ question: UpstreamQuestion, _ now: MonotonicTime) {
        if let id = questionsByValue[question] {
            counters.add(.upstreamCoalesced)
            questions[id]?.askers.append(token)
            questionsByAsker[token] = id
        } else {
            begin(token, question, now)
        }
    }

    /// A datagram came on the socket of `exchange`.
    public mutating func received(_ exchange: ExchangeID, _ bytes: [UInt8], _ now: MonotonicTime) {
        respond(to: exchange, bytes, now)
    }

    /// The socket of `exchange` can't send, or the network says that nobody hears it.
    public mutating func socketFailed(_ exchange: ExchangeID, _ failure: ExchangeFailure, _ now: MonotonicTime) {
        fail(exchange, failure, now)
    }

    /// A whole message came on a stream, with the ID that `openStream` had.
    public mutating func streamAnswered(_ exchange: ExchangeID, _ bytes: [UInt8], _ now: MonotonicTime) {
        respond(to: exchange, bytes, now)
    }

    public mutating func streamFailed(_ exchange: ExchangeID, _ failure: ExchangeFailure, _ now: MonotonicTime) {
        fail(exchange, failure, now)
    }

    /// When `timerFired` wants to be called next; nil while nothing is outstanding.
    public var nextDeadline: MonotonicTime? { deadlines.first?.deadline }

    public mutating func timerFired(_ now: MonotonicTime) {
        while let first = deadlines.first, first.deadline <= now { handleSilence(first.key, now) }
    }

    /// Nobody waits for `token` any more. Its outcome won't come; nothing happens if it came already.
    public mutating func cancel(_ token: UInt64) {
        guard let id = questionsByAsker.removeValue(forKey: token) else { return }
        questions[id]?.askers.removeAll { $0 == token }
        if questions[id]?.askers.isEmpty == true { end(id) }
    }

    /// Takes over new settings whole. Outstanding questions end as they began; what is known of servers that stay is
    /// kept.
    public mutating func replace(_ settings: UpstreamSettings) {
        zones = ZoneTable(settings)
        let staying = Set(settings.zones.flatMap(\.servers))
        health = health.filter { staying.contains($0.key) }
    }

    /// Forgets round-trip times, back-offs and EDNS troubles.
    public mutating func flushHealth() { health = [:] }

    // MARK: Out

    /// The next thing to do, in the order in which they came up.
    public mutating func nextAction() -> UpstreamAction? {
        guard actionsTaken < actions.count else {
            actions.removeAll(keepingCapacity: actions.capacity <= 1024)
            actionsTaken = 0
            return nil
        }
        defer { actionsTaken += 1 }
        return actions[actionsTaken]
    }

    /// Transmissions that may still be answered.
    public var exchangeCount: Int { exchanges.count }
    /// Questions outstanding, probes included.
    public var questionCount: Int { questions.count }

    /// A row for each server of each zone.
    public func status(_ now: MonotonicTime) -> [UpstreamServerStatus] {
        zones.settings.zones.flatMap { zone in
            zone.servers.map {
                (health[$0] ?? ServerHealth()).status(zone: zone.zone, server: $0, now: now)
            }
        }
    }

    mutating func act(_ action: UpstreamAction) { actions.append(action) }

    mutating func newID() -> UInt64 {
        newestID += 1
        return newestID
    }
}
