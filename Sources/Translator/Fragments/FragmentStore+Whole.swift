// What comes out of the store: datagrams that are whole, and those that never will be.

internal import Telemetry

extension FragmentStore {
    /// The slot of a datagram that is there.
    private func slot(of handle: FragmentHandle) -> UInt32? {
        let slot = Int(handle.slot)
        guard slot < datagrams.count, datagrams[slot].generation == handle.generation else { return nil }
        return datagrams[slot].fragments.isEmpty ? nil : handle.slot
    }

    /// Shows the fragments by offset, none if the datagram is gone.
    func forEachFragment(_ handle: FragmentHandle, _ body: (FragmentView) -> Void) {
        guard let slot = slot(of: handle) else { return }
        for fragment in datagrams[Int(slot)].fragments { body(fragment.view) }
    }

    /// Octets that `gather` writes; 0 if the datagram is gone.
    func gatheredCount(_ handle: FragmentHandle) -> Int {
        guard let slot = slot(of: handle), let first = datagrams[Int(slot)].fragments.first else { return 0 }
        return first.headerCount + datagrams[Int(slot)].payloadCount
    }

    /// Writes the first fragment's headers as they are, and the payloads of all behind them.
    ///
    /// - Returns: octets written; 0 if the datagram is gone or there is no room for `gatheredCount`.
    func gather(_ handle: FragmentHandle, into memory: UnsafeMutableRawBufferPointer) -> Int {
        let count = gatheredCount(handle)
        guard count > 0, count <= memory.count else { return 0 }
        var written = 0
        forEachFragment(handle) { fragment in
            let bytes = written == 0 ? fragment.packet : fragment.payload
            UnsafeMutableRawBufferPointer(rebasing: memory[written...]).copyMemory(from: bytes)
            written += bytes.count
        }
        return written
    }

    /// Forgets a datagram, if it is not gone.
    mutating func remove(_ handle: FragmentHandle) {
        if let slot = slot(of: handle) { discard(slot) }
    }

    /// Forgets datagrams whose time is over, the oldest first.
    ///
    /// - Parameters:
    ///   - limit: so many at most.
    ///   - expired: told of each datagram that had fragments, and given its first fragment if that is there: RFC 4443
    ///     section 3.3 and RFC 792 let only then be said that its time is over.
    /// - Returns: how many had fragments.
    @discardableResult
    mutating func expire(
        _ now: MonotonicTime, limit: Int = .max, _ expired: (FragmentKey, FragmentView?) -> Void
    ) -> Int {
        var (visited, count) = (0, 0)
        while visited < limit, let slot = oldest, datagrams[Int(slot)].deadline <= now.nanoseconds {
            visited += 1
            if datagrams[Int(slot)].failure == nil {
                count += 1
                expiredCount += 1
                let first = datagrams[Int(slot)].fragments.first.flatMap { $0.offset == 0 ? $0.view : nil }
                expired(datagrams[Int(slot)].key, first)
            }
            discard(slot)
        }
        return count
    }
}
