// Who wants to know whether packets get through, and what they were told.

internal import Synchronization

/// The health now, for any thread. Observers are told of each change, in order.
public final class HealthBoard: Sendable {
    private struct State {
        var health: BackendHealth
        var observers: [@Sendable (BackendHealth) -> Void] = []
    }

    private let state: Mutex<State>

    public init(_ health: BackendHealth) { state = Mutex(State(health: health)) }

    public var health: BackendHealth { state.withLock { $0.health } }

    /// Observers are called under the lock, so that all hear the same story; they must not come back here.
    public func set(_ health: BackendHealth) {
        state.withLock { state in
            guard state.health != health else { return }
            state.health = health
            for observer in state.observers { observer(health) }
        }
    }

    public func observe(_ observer: @escaping @Sendable (BackendHealth) -> Void) {
        state.withLock { state in
            state.observers.append(observer)
            observer(state.health)
        }
    }

    public func dismissObservers() { state.withLock { $0.observers = [] } }
}
