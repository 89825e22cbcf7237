// One set of counters a worker: written by that worker alone, read by whoever shows them.

internal import Synchronization

/// The counters of one worker. Only the owning thread adds; any thread may read. Adding costs a plain load and store.
public final class Counters: @unchecked Sendable {
    private let cells: UnsafeMutablePointer<Atomic<UInt64>>

    public init() {
        cells = .allocate(capacity: Counter.allCases.count)
        for index in 0..<Counter.allCases.count { (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize(count: Counter.allCases.count)
        cells.deallocate()
    }

    /// Adds to a counter. Called by the owning thread alone, so no read-modify-write instruction is needed.
    @inline(__always)
    public func add(_ counter: Counter, _ amount: UInt64 = 1) {
        let cell = cells + counter.rawValue
        cell.pointee.store(cell.pointee.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    public func value(_ counter: Counter) -> UInt64 {
        (cells + counter.rawValue).pointee.load(ordering: .relaxed)
    }
}
