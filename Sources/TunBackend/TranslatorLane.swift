// A lane as other threads see it: a mailbox, a heartbeat, counters.

internal import LinuxIO
internal import NAT64Backend
internal import Synchronization
internal import Telemetry
internal import Translator
internal import TunDevice

/// What a lane's thread is to do between packets.
typealias LaneJob = @Sendable (LaneLoop) -> Void

/// What a lane shares with all who speak to it.
final class LaneShared: Sendable {
    let slice: Int
    let mailbox: Mailbox<LaneJob>
    let handovers = HandoverQueue()
    let counters = LaneCounters()
    private let lastBeat = Atomic<UInt64>(0)

    init(slice: Int) throws(Errno) {
        self.slice = slice
        mailbox = try Mailbox()
        beat(.read())
    }

    func beat(_ now: MonotonicTime) { lastBeat.store(now.nanoseconds, ordering: .relaxed) }

    /// Nanoseconds since the thread last came round.
    func silence(_ now: MonotonicTime) -> UInt64 {
        now.since(MonotonicTime(nanoseconds: lastBeat.load(ordering: .relaxed)))
    }
}

/// What a lane starts with.
struct LaneStart: Sendable {
    var queue: TunQueue
    var settings: TranslatorSettings
    var mergesUDP: Bool
    var log: BindingLogWriter?
}

/// A running lane.
final class TranslatorLane: Sendable {
    let shared: LaneShared
    let queue: TunQueue
    let translatorCounters: TranslatorCounters
    private let thread: WorkerThread

    /// How long a lane may take for a job. It comes round every 100 ms, and each job is small.
    static let timeLimit = Duration.seconds(3)
    /// For what takes memory by the gigabyte, or moves a million sessions.
    static let longTimeLimit = Duration.seconds(60)

    static func start(_ start: LaneStart) async throws(BackendFailure) -> TranslatorLane {
        let shared: LaneShared
        let thread: WorkerThread
        do throws(Errno) {
            let made = try LaneShared(slice: start.settings.slice)
            shared = made
            thread = try WorkerThread(name: "nat64-\(start.settings.slice)") { Self.run(made, start) }
        } catch {
            throw BackendFailure(.refused, "the translator's thread cannot be started: \(error)")
        }
        do throws(BackendFailure) {
            let counters = try await ask(shared, within: longTimeLimit) { $0.translator.counters }
            return TranslatorLane(shared, start.queue, counters, thread)
        } catch {
            // Whenever it gets there.
            shared.mailbox.post { $0.stop() }
            throw error
        }
    }

    private init(
        _ shared: LaneShared, _ queue: TunQueue, _ counters: TranslatorCounters, _ thread: WorkerThread
    ) {
        self.shared = shared
        self.queue = queue
        translatorCounters = counters
        self.thread = thread
    }

    private static func run(_ shared: LaneShared, _ start: LaneStart) {
        do throws(Errno) {
            let loop = try LaneLoop(shared, start)
            try loop.run()
        } catch {
            // Without epoll there is no lane: the heart stops, and that is seen.
        }
        shared.mailbox.close()
    }

    /// Runs `question` between two batches of the lane's packets.
    func ask<Answer: Sendable>(
        within limit: Duration = timeLimit, _ question: @escaping @Sendable (LaneLoop) -> Answer
    ) async throws(BackendFailure) -> Answer {
        try await Self.ask(shared, within: limit, question)
    }

    private static func ask<Answer: Sendable>(
        _ shared: LaneShared, within timeLimit: Duration, _ question: @escaping @Sendable (LaneLoop) -> Answer
    ) async throws(BackendFailure) -> Answer {
        let answer: Answer? = await withCheckedContinuation { continuation in
            let reply = Reply(continuation)
            let limit = Task {
                try? await Task.sleep(for: timeLimit)
                reply.give(nil)
            }
            let isOpen = shared.mailbox.post { loop in
                reply.give(question(loop))
                limit.cancel()
            }
            if !isOpen { limit.cancel() }
        }
        guard let answer else {
            throw BackendFailure(.notRunning, "the translator's thread \(shared.slice) does not answer")
        }
        return answer
    }

    func stop() {
        shared.mailbox.post { $0.stop() }
        thread.join()
    }
}

/// A continuation that the first who comes resumes.
private final class Reply<Answer: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Answer?, Never>?>

    init(_ continuation: CheckedContinuation<Answer?, Never>) { self.continuation = Mutex(continuation) }

    func give(_ answer: Answer?) {
        let waiting = continuation.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        waiting?.resume(returning: answer)
    }
}
