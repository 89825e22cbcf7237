// When something is due: a binary heap in which every key has one deadline, that can be moved or taken away.

internal import Telemetry

struct DeadlineQueue<Key: Hashable> {
    private var heap: [(deadline: MonotonicTime, key: Key)] = []
    private var positions: [Key: Int] = [:]

    /// The earliest deadline and whose it is.
    var first: (deadline: MonotonicTime, key: Key)? { heap.first }

    var count: Int { heap.count }

    /// Sets the one deadline of `key`.
    mutating func set(_ key: Key, _ deadline: MonotonicTime) {
        if let position = positions[key] {
            heap[position].deadline = deadline
            siftDown(siftUp(position))
        } else {
            heap.append((deadline, key))
            positions[key] = heap.count - 1
            siftUp(heap.count - 1)
        }
    }

    mutating func remove(_ key: Key) {
        guard let position = positions.removeValue(forKey: key) else { return }
        let last = heap.removeLast()
        if position == heap.count { return }
        heap[position] = last
        positions[last.key] = position
        siftDown(siftUp(position))
    }

    @discardableResult
    private mutating func siftUp(_ start: Int) -> Int {
        var position = start
        while position > 0, heap[position].deadline < heap[(position - 1) / 2].deadline {
            exchange(position, (position - 1) / 2)
            position = (position - 1) / 2
        }
        return position
    }

    private mutating func siftDown(_ start: Int) {
        var position = start
        while true {
            var least = position
            for child in [2 * position + 1, 2 * position + 2] where child < heap.count {
                if heap[child].deadline < heap[least].deadline { least = child }
            }
            if least == position { return }
            exchange(position, least)
            position = least
        }
    }

    private mutating func exchange(_ one: Int, _ other: Int) {
        heap.swapAt(one, other)
        positions[heap[one].key] = one
        positions[heap[other].key] = other
    }
}
