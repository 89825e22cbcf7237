// What the clients saw, shared by their threads.

internal import Synchronization

final class Tally: Sendable {
    struct Counts {
        var datagrams = 0
        var datagramReplies = 0
        /// Datagrams that are to be dropped, by the counter that has to say so.
        var toDrop: [String: Int] = [:]
        var streamQueries = 0
        var streamReplies = 0
        /// Written to streams that were left before their answers came; some may never have been read.
        var streamQueriesLeft = 0
        var servFails = 0
        var faults: [String] = []
        var faultCount = 0
    }

    private let counts = Mutex(Counts())
    private let ended = Atomic<Bool>(false)

    var isOver: Bool { ended.load(ordering: .relaxed) }
    func end() { ended.store(true, ordering: .relaxed) }

    func note(_ body: (inout Counts) -> Void) { counts.withLock { body(&$0) } }

    /// Keeps the first few faults, counts them all.
    func fault(_ text: String) {
        note { counts in
            counts.faultCount += 1
            if counts.faults.count < 20 { counts.faults.append(text) }
        }
    }

    var now: Counts { counts.withLock { $0 } }
}
