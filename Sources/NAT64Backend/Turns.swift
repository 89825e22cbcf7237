// One after the other, across `await`s.

/// A queue before a door.
public final class Turns: @unchecked Sendable {
    // Touched on its owner, an actor, alone.
    public private(set) var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    public init() {}

    public func enter(isolation: isolated (any Actor)? = #isolation) async {
        if !isTaken {
            isTaken = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// The next one holds the door at once: nobody slips in between.
    public func leave() {
        if waiting.isEmpty {
            isTaken = false
        } else {
            waiting.removeFirst().resume()
        }
    }
}
