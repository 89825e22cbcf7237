// Time as the cores see it: handed in, never read. Tests hold it still.

/// A moment on the monotonic clock, in nanoseconds since an arbitrary start. Spans are plain nanosecond counts.
public struct MonotonicTime: Hashable, Sendable, Comparable {
    public var nanoseconds: UInt64

    @inlinable
    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// Whole seconds since the clock's start, as cache entries store them. Wraps after 136 years of uptime.
    @inlinable
    public var seconds: UInt32 { UInt32(truncatingIfNeeded: nanoseconds / 1_000_000_000) }

    @inlinable
    public func advanced(byNanoseconds span: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: nanoseconds &+ span)
    }

    @inlinable
    public func advanced(byMilliseconds span: UInt64) -> MonotonicTime {
        advanced(byNanoseconds: span &* 1_000_000)
    }

    /// Nanoseconds from `earlier` to this moment; 0 if it lies in the future.
    @inlinable
    public func since(_ earlier: MonotonicTime) -> UInt64 {
        nanoseconds >= earlier.nanoseconds ? nanoseconds &- earlier.nanoseconds : 0
    }

    @inlinable
    public static func < (lhs: MonotonicTime, rhs: MonotonicTime) -> Bool { lhs.nanoseconds < rhs.nanoseconds }
}
