// How long answers took: the buckets as they were counted, and the percentiles that they tell.

/// A histogram of spans and what it says.
public struct LatencyDistribution: Codable, Hashable, Sendable {
    /// From the shortest to the longest; without those at the long end that are empty.
    public var buckets: [LatencyBucket]
    /// All that were counted.
    public var samples: UInt64
    /// Half of the answers took no longer, microseconds; absent without samples.
    public var p50Microseconds: Double?
    /// Nine in ten took no longer.
    public var p90Microseconds: Double?
    /// Ninety-nine in a hundred took no longer.
    public var p99Microseconds: Double?

    /// From buckets that double: bucket n counts spans under 2^n microseconds that fit no smaller one, the last takes
    /// all that is longer. Percentiles are read off within a bucket as if its spans lay evenly in it.
    public init(doublingBuckets counts: [UInt64]) {
        let counts = Array(counts.prefix(63))
        let used = (counts.lastIndex { $0 > 0 } ?? -1) + 1
        buckets = counts.prefix(used).enumerated().map { index, count in
            LatencyBucket(belowMicroseconds: index == counts.count - 1 ? nil : 1 << UInt64(index), count: count)
        }
        samples = counts.reduce(0) { $0 &+ $1 }
        p50Microseconds = Self.percentile(0.50, of: counts)
        p90Microseconds = Self.percentile(0.90, of: counts)
        p99Microseconds = Self.percentile(0.99, of: counts)
    }

    private static func percentile(_ fraction: Double, of counts: [UInt64]) -> Double? {
        let total = counts.reduce(0.0) { $0 + Double($1) }
        guard total > 0 else { return nil }
        var remaining = fraction * total
        for (index, count) in counts.enumerated() where count > 0 {
            let lower = index == 0 ? 0 : Double(UInt64(1) << UInt64(index - 1))
            // The last bucket has no upper end: its lower end is all that is known.
            let upper = index == counts.count - 1 ? lower : Double(UInt64(1) << UInt64(index))
            if remaining <= Double(count) { return tenths(lower + (upper - lower) * remaining / Double(count)) }
            remaining -= Double(count)
        }
        return nil
    }

    /// No more digits than the buckets can tell.
    private static func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}

/// One bucket.
public struct LatencyBucket: Codable, Hashable, Sendable {
    /// Its spans were shorter than this; absent for the last, which has no end.
    public var belowMicroseconds: UInt64?
    /// How many.
    public var count: UInt64

    public init(belowMicroseconds: UInt64? = nil, count: UInt64) {
        self.belowMicroseconds = belowMicroseconds
        self.count = count
    }
}
