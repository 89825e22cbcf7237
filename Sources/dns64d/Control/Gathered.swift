// What several workers say, put together.

internal import Synchronization

/// Values that arrive one by one from several threads.
final class Gathered<Value: Sendable>: Sendable {
    private let values: Mutex<[Value?]>

    init(count: Int) { values = Mutex(Array(repeating: nil, count: count)) }

    /// All values, if this was the last to come.
    func put(_ value: Value, at index: Int) -> [Value]? {
        values.withLock { values in
            values[index] = value
            let present = values.compactMap { $0 }
            return present.count == values.count ? present : nil
        }
    }
}
