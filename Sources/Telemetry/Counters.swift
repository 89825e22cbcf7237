// One set of counters a worker: written by that worker alone, read by whoever shows them.

/// The counters of one worker. Only the owning thread adds; any thread may read.
public final class Counters: Sendable {
    private let cells = CounterCells(count: Counter.allCases.count)

    public init() {}

    @inline(__always)
    public func add(_ counter: Counter, _ amount: UInt64 = 1) { cells.add(counter.rawValue, amount) }

    public func value(_ counter: Counter) -> UInt64 { cells.value(counter.rawValue) }
}
