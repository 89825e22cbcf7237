// A race's outcome: whoever speaks first is heard, and nobody waits for the others.

internal import Synchronization

/// A value that is said once, by one of several, and waited for by one.
final class FirstWord<Value: Sendable>: Sendable {
    private enum State {
        case silent
        case waiting(CheckedContinuation<Value, Never>)
        case said(Value)
        case heard
    }

    private let state = Mutex(State.silent)

    /// Only the first time; later words are not heard.
    func say(_ value: Value) {
        let waiting: CheckedContinuation<Value, Never>? = state.withLock { state in
            switch state {
            case .silent:
                state = .said(value)
                return nil
            case .waiting(let continuation):
                state = .heard
                return continuation
            case .said, .heard: return nil
            }
        }
        waiting?.resume(returning: value)
    }

    /// To be asked for once.
    var value: Value {
        get async {
            await withCheckedContinuation { continuation in
                let value: Value? = state.withLock { state in
                    if case .said(let value) = state {
                        state = .heard
                        return value
                    }
                    state = .waiting(continuation)
                    return nil
                }
                if let value { continuation.resume(returning: value) }
            }
        }
    }
}
