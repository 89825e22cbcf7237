// When to look whether the host's part still holds. Looking takes programs, so it is done when word comes of a change,
// and once a minute for what nobody tells of.

internal import LinuxIO
internal import Telemetry
internal import TunDevice

/// The next look at the host, and how the last one went.
struct HostWatch {
    enum Outcome {
        case untouched
        /// Something was done again.
        case mended
        case failed
    }

    private var monitor: NetfilterMonitor?
    private let interval: UInt64
    private var wasTold = false
    private var next: MonotonicTime
    private var notBefore: MonotonicTime
    /// Since when something that a look would mend is missing; nil: nothing is.
    private var missingSince: MonotonicTime?
    /// Looks without success, one after the other.
    private(set) var failures = 0

    private static let second: UInt64 = 1_000_000_000
    /// Whoever took something away may be about to put it back: a network manager that starts anew, for instance.
    private static let patience: UInt64 = 10 * second

    /// - Parameter monitor: nil: only the clock says when.
    init(_ monitor: NetfilterMonitor? = nil, interval: UInt64 = 60 * second, now: MonotonicTime = .read()) {
        self.monitor = monitor
        self.interval = interval
        next = now.advanced(byNanoseconds: interval)
        notBefore = now
    }

    /// - Parameter deviceIsUp: a device that somebody set down is theirs to set up; until then word is kept.
    mutating func isDue(_ now: MonotonicTime, deviceIsUp: Bool) -> Bool {
        do throws(Errno) {
            if try monitor?.hasChanged() == true { wasTold = true }
        } catch { monitor = nil }
        return deviceIsUp && now >= notBefore && (wasTold || now >= next)
    }

    /// Told at each look whether a route or forwarding is gone, of which no other word comes.
    mutating func note(isMissing: Bool, _ now: MonotonicTime) {
        guard isMissing else { return missingSince = nil }
        let since = missingSince ?? now
        missingSince = since
        if now >= since.advanced(byNanoseconds: Self.patience) { wasTold = true }
    }

    /// Word that comes from here on is for the next look: also of what is done now, which is then found to be right.
    mutating func begin(_ now: MonotonicTime) {
        wasTold = false
        missingSince = nil
        next = now.advanced(byNanoseconds: interval)
    }

    mutating func end(_ outcome: Outcome, _ now: MonotonicTime) {
        switch outcome {
        case .untouched: failures = 0
        case .mended:
            failures = 0
            // Two who undo each other's work should not do so without a pause.
            notBefore = now.advanced(byNanoseconds: 5 * Self.second)
        case .failed:
            failures += 1
            wasTold = true
            notBefore = now.advanced(byNanoseconds: (failures == 1 ? 2 : 10) * Self.second)
        }
    }
}
