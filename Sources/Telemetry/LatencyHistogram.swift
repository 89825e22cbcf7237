// How long answers took, in buckets that double: enough to tell a cached answer from a slow upstream, cheap enough to
// keep on.

internal import Synchronization

/// A histogram of spans. Bucket n counts spans under 2^n microseconds that fit no smaller bucket. One writer, any
/// reader.
public final class LatencyHistogram: @unchecked Sendable {
    /// Up to 2^24 µs, some 17 seconds; the last bucket takes all that is longer.
    public static let bucketCount = 26
    private let cells: UnsafeMutablePointer<Atomic<UInt64>>

    public init() {
        cells = .allocate(capacity: Self.bucketCount)
        for index in 0..<Self.bucketCount { (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize(count: Self.bucketCount)
        cells.deallocate()
    }

    @inline(__always)
    public func record(nanoseconds: UInt64) {
        let microseconds = nanoseconds / 1000
        let bucket = min(64 - microseconds.leadingZeroBitCount, Self.bucketCount - 1)
        let cell = cells + bucket
        cell.pointee.store(cell.pointee.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    /// Counts by bucket.
    public var buckets: [UInt64] { (0..<Self.bucketCount).map { (cells + $0).pointee.load(ordering: .relaxed) } }
}
