// Waiting, with a limit: for a descriptor, and for a thread that waits for descriptors.

internal import Glibc
internal import LinuxIO

enum Readiness {
    enum Side { case input, output }

    /// Whether the descriptor became ready, or has an error to tell, before `deadline`.
    static func wait(_ descriptor: Int32, for side: Side, until deadline: ContinuousClock.Instant) throws(Errno)
        -> Bool
    {
        var entry = pollfd(fd: descriptor, events: Int16(side == .input ? POLLIN : POLLOUT), revents: 0)
        while true {
            let left = ContinuousClock.now.duration(to: deadline).milliseconds
            // Rounded up: half a millisecond left must not become a busy loop.
            let result = poll(&entry, 1, left > 0 ? Int32(clamping: Int(left.rounded(.up))) : 0)
            if result > 0 { return true }
            if result == 0 {
                if left <= 0 { return false }
                continue
            }
            if errno != EINTR { throw Errno(code: errno) }
        }
    }
}

/// A thread for one piece of work that waits, so that no task's thread does.
enum OwnThread {
    static func run<Value: Sendable>(_ name: String, _ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            do throws(Errno) {
                _ = try WorkerThread(name: name) { continuation.resume(returning: body()) }
            } catch {
                // No thread is to be had: late is better than never.
                continuation.resume(returning: body())
            }
        }
    }
}

extension Duration {
    var milliseconds: Double {
        Double(components.seconds) * 1000 + Double(components.attoseconds) / 1_000_000_000_000_000
    }
}

extension ContinuousClock.Instant {
    /// From then until now.
    var milliseconds: Double { duration(to: .now).milliseconds }
}
