// One after the other, across `await`s.

/// A queue before a door.
final class Turns: @unchecked Sendable {
    // Touched on the supervisor alone.
    private(set) var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func enter(isolation: isolated (any Actor)? = #isolation) async {
        if !isTaken {
            isTaken = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// The next one holds the door at once: nobody slips in between.
    func leave() {
        if waiting.isEmpty {
            isTaken = false
        } else {
            waiting.removeFirst().resume()
        }
    }
}
