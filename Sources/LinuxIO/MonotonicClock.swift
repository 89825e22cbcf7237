// Reading the clock that MonotonicTime is about.

internal import Glibc
public import Telemetry

extension MonotonicTime {
    /// CLOCK_MONOTONIC, through the vDSO: no system call.
    public static func read() -> MonotonicTime {
        var time = timespec()
        // Fails only for a clock that doesn't exist.
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec))
    }
}
