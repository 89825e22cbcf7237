// Numbers that one thread writes and any may read.

internal import Synchronization

/// A row of counters. Only the owning thread adds; any thread may read. Adding costs a plain load and store.
public final class CounterCells: @unchecked Sendable {
    private let cells: UnsafeMutablePointer<Atomic<UInt64>>
    private let count: Int

    public init(count: Int) {
        self.count = count
        cells = .allocate(capacity: count)
        for index in 0..<count { (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize(count: count)
        cells.deallocate()
    }

    /// Called by the owning thread alone, so no read-modify-write instruction is needed.
    @inline(__always)
    public func add(_ index: Int, _ amount: UInt64) {
        precondition(index >= 0 && index < count)
        let cell = cells + index
        cell.pointee.store(cell.pointee.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    public func value(_ index: Int) -> UInt64 {
        precondition(index >= 0 && index < count)
        return (cells + index).pointee.load(ordering: .relaxed)
    }
}
