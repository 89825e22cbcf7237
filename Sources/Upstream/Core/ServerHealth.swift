// What we know of one server: how far it is (RFC 6298), whether it answers, whether it speaks EDNS (RFC 6891).

public import DNSMessage
public import NetAddress
public import Telemetry

struct ServerHealth {
    enum State: Equatable {
        case good
        /// Not asked before `until` unless all are set aside; from then on one question tells, sent at `probedAt`.
        case setAside(until: MonotonicTime, probedAt: MonotonicTime?)
    }

    private(set) var state = State.good
    /// Nanoseconds; nil before the first answer.
    private(set) var smoothedRTT: UInt64?
    private var variance: UInt64 = 0
    private(set) var timeoutsInARow = 0
    /// Answers in a row that were neither NOERROR nor NXDOMAIN.
    private(set) var refusalsInARow = 0
    private(set) var queries: UInt64 = 0
    private(set) var answers: UInt64 = 0
    private(set) var timeouts: UInt64 = 0
    /// Whether an answer of this server ever had an OPT record.
    private(set) var hasShownEDNS = false
    private var lacksEDNSUntil: MonotonicTime?
    private var lastAnswer: MonotonicTime?
    private var lastCountedTimeout: MonotonicTime?
    /// Nanoseconds; 0 while the server is good.
    private var backOff: UInt64 = 0

    static let millisecond: UInt64 = 1_000_000
    static let initialTimeout = 400 * millisecond
    static let minimumTimeout = 50 * millisecond
    static let maximumTimeout = 2000 * millisecond
    static let timeoutsBeforeSetAside = 3
    static let minimumBackOff = 1000 * millisecond
    static let maximumBackOff = 60_000 * millisecond
    /// After this long a probe without an end is forgotten.
    static let probePeriod = 5000 * millisecond
    /// How long a server that choked on EDNS is asked without.
    static let plainPeriod = 900_000 * millisecond

    // MARK: Round-trip times

    /// How long to wait for the answer to transmission number `attempt` (from 0) of a question, in nanoseconds.
    /// RFC 6298 (2.3): "RTO <- SRTT + max (G, K*RTTVAR)" with K = 4; (5.5): "RTO <- RTO * 2 ("back off the timer")".
    func retransmissionTimeout(attempt: Int) -> UInt64 {
        let base = smoothedRTT.map { $0 + max(Self.millisecond, 4 * variance) } ?? Self.initialTimeout
        return min(max(base, Self.minimumTimeout) << UInt64(min(attempt, 6)), Self.maximumTimeout)
    }

    /// The order of servers under `fastest`: what an answer costs here, as far as we know, in nanoseconds. One never
    /// asked comes first, so that it gets known; silence and refusals push a server back.
    var expectedCost: UInt64 {
        let known = smoothedRTT ?? (queries == 0 ? 0 : Self.initialTimeout)
        let silence = max(known, timeoutsInARow > 0 ? Self.minimumTimeout : 0) << UInt64(min(timeoutsInARow, 6))
        return silence + UInt64(min(refusalsInARow, 20)) * 100 * Self.millisecond
    }

    private mutating func learn(_ measured: UInt64) {
        // Every transmission has a socket and an ID of its own, so that no answer is ambiguous (RFC 6298 section 3,
        // Karn).
        let measured = min(measured, 60_000 * Self.millisecond)
        guard let smoothed = smoothedRTT else {
            // (2.2) "SRTT <- R, RTTVAR <- R/2"
            smoothedRTT = measured
            variance = measured / 2
            return
        }
        // (2.3) "RTTVAR <- (1 - beta) * RTTVAR + beta * |SRTT - R'|; SRTT <- (1 - alpha) * SRTT + alpha * R'"
        let distance = smoothed > measured ? smoothed - measured : measured - smoothed
        variance = (3 * variance + distance) / 4
        smoothedRTT = (7 * smoothed + measured) / 8
    }

    // MARK: What happened

    mutating func noteQuery() { queries += 1 }

    /// Any response that passed validation. `measured`: nanoseconds; nil where it says nothing about the usual way.
    mutating func noteAnswer(_ now: MonotonicTime, measured: UInt64?, isRefusal: Bool, hasEDNS: Bool) {
        answers += 1
        lastAnswer = now
        timeoutsInARow = 0
        backOff = 0
        state = .good
        refusalsInARow = isRefusal ? min(refusalsInARow + 1, 1000) : 0
        if hasEDNS {
            hasShownEDNS = true
            lacksEDNSUntil = nil
        }
        if let measured { learn(measured) }
    }

    /// True if the server is set aside for it.
    @discardableResult
    mutating func noteTimeout(_ now: MonotonicTime, sentAt: MonotonicTime) -> Bool {
        timeouts += 1
        // It answered others meanwhile: slow with this name, not dead.
        if let lastAnswer, lastAnswer >= sentAt { return false }
        // A thousand questions lost in one hiccup are one silence, not a thousand in a row.
        if let lastCountedTimeout, lastCountedTimeout > sentAt { return false }
        lastCountedTimeout = now
        timeoutsInARow += 1
        switch state {
        case .good where timeoutsInARow < Self.timeoutsBeforeSetAside: return false
        case .setAside(let until, probedAt: nil) where now < until: return false
        default: setAside(now)
        }
        return true
    }

    mutating func noteUnreachable(_ now: MonotonicTime) {
        if case .setAside(let until, probedAt: nil) = state, now < until { return }
        setAside(now)
    }

    private mutating func setAside(_ now: MonotonicTime) {
        backOff = backOff == 0 ? Self.minimumBackOff : min(backOff * 2, Self.maximumBackOff)
        state = .setAside(until: now.advanced(byNanoseconds: backOff), probedAt: nil)
    }

    // MARK: Set aside, and back

    /// When a server that is set aside may be tried again; nil for one that is good.
    var setAsideUntil: MonotonicTime? {
        if case .setAside(let until, _) = state { until } else { nil }
    }

    /// True once a back-off: whoever asked has to see to the one question that tells. True again if that came to
    /// nothing, for nobody may have waited for its end.
    mutating func startProbe(_ now: MonotonicTime) -> Bool {
        guard case .setAside(let until, _) = state, until <= now, !isProbing(now) else { return false }
        state = .setAside(until: until, probedAt: now)
        return true
    }

    func isProbing(_ now: MonotonicTime) -> Bool {
        guard case .setAside(_, let probedAt?) = state else { return false }
        return now.since(probedAt) < Self.probePeriod
    }

    // MARK: EDNS

    func lacksEDNS(_ now: MonotonicTime) -> Bool { lacksEDNSUntil.map { now < $0 } ?? false }

    mutating func noteLacksEDNS(_ now: MonotonicTime) {
        lacksEDNSUntil = now.advanced(byNanoseconds: Self.plainPeriod)
    }
}

/// One server of one zone, for `dns64ctl upstreams`.
public struct UpstreamServerStatus: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        case good
        /// Set aside; a question is on its way that will tell.
        case probing
        case setAside(until: MonotonicTime)
    }

    public enum EDNSCapability: Hashable, Sendable { case unknown, supported, lacking }

    public var zone: DomainName
    public var server: SocketAddress
    public var state: State
    /// Nanoseconds; nil before the first answer.
    public var smoothedRTT: UInt64?
    public var timeoutsInARow: Int
    public var queries: UInt64
    public var answers: UInt64
    public var timeouts: UInt64
    public var edns: EDNSCapability
}

extension ServerHealth {
    func status(zone: DomainName, server: SocketAddress, now: MonotonicTime) -> UpstreamServerStatus {
        let state: UpstreamServerStatus.State =
            switch self.state {
            case .good: .good
            case .setAside(let until, _): isProbing(now) ? .probing : .setAside(until: until)
            }
        return UpstreamServerStatus(
            zone: zone, server: server, state: state, smoothedRTT: smoothedRTT, timeoutsInARow: timeoutsInARow,
            queries: queries, answers: answers, timeouts: timeouts,
            edns: lacksEDNS(now) ? .lacking : hasShownEDNS ? .supported : .unknown)
    }
}
