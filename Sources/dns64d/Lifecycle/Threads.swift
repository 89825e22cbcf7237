// What the daemon's threads share.

internal import Synchronization

/// Carries a value to the closure that takes it, on the same thread.
struct Uncopied<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}

/// A count that several threads bring to zero.
final class Atomic64: Sendable {
    private let value: Atomic<Int>
    init(_ value: Int) { self.value = Atomic(value) }
    func decrement() -> Int { value.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue }
}
