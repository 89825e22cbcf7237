// Work that may take longer than anybody waits.

internal import Synchronization

enum InTime {
    /// What `work` gives; nil if that takes longer than `limit`. It then goes on by itself.
    static func value<Value: Sendable>(_ limit: Duration, _ work: @escaping @Sendable () async -> Value) async
        -> Value?
    {
        await withCheckedContinuation { continuation in
            let first = First(continuation)
            Task.detached { first.say(await work()) }
            Task.detached {
                try? await Task.sleep(for: limit)
                first.say(nil)
            }
        }
    }

    private final class First<Value: Sendable>: Sendable {
        private let continuation: Mutex<CheckedContinuation<Value?, Never>?>

        init(_ continuation: CheckedContinuation<Value?, Never>) { self.continuation = Mutex(continuation) }

        func say(_ value: Value?) {
            let waiting = continuation.withLock { waiting in
                defer { waiting = nil }
                return waiting
            }
            waiting?.resume(returning: value)
        }
    }
}
