// RFC 8767 section 5: "Attempts to refresh from non-responsive or otherwise failing authoritative nameservers are
// recommended to be done no more frequently than every 30 seconds. If this request was received within this period, the
// stale data may be used immediately". Failures for which nothing better is known are in the cache itself (RFC 9520).

internal import Telemetry

/// Questions whose answer in the cache could not be refreshed a short while ago.
struct FailureRecheck {
    /// The failure recheck timer, milliseconds.
    private static let span: UInt64 = 30_000
    /// So many are remembered; beyond that, questions are asked again sooner than they need be.
    private static let most = 10_000

    private var until: [UpstreamAsk: MonotonicTime] = [:]

    mutating func note(_ ask: UpstreamAsk, _ now: MonotonicTime) {
        if until.count >= Self.most { until = until.filter { $0.value > now } }
        if until.count < Self.most { until[ask] = now.advanced(byMilliseconds: Self.span) }
    }

    /// Upstream has answered.
    mutating func forget(_ ask: UpstreamAsk) {
        if !until.isEmpty { until[ask] = nil }
    }

    func holds(_ ask: UpstreamAsk, _ now: MonotonicTime) -> Bool { until[ask].map { now < $0 } ?? false }
}
