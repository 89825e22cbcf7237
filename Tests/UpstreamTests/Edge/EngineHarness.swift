// Engines with their loops, as a worker would have them: one thread each, mail between them.

import DNSMessage
import LinuxIO
import NetAddress
import Synchronization
import Telemetry

@testable import Upstream

/// Some workers. Asks from the outside, collects the outcomes.
final class Workers: Sendable {
    enum Post: Sendable {
        case mail(UpstreamMail)
        case run(@Sendable (UpstreamEngine) -> Void)
        case stop
    }

    let streams: StreamPool
    let counters: [Counters]
    private let mailboxes: [Mailbox<Post>]
    private let threads = Mutex<[WorkerThread]>([])
    private let outcomes = Mutex<[UInt64: UpstreamOutcome]>([:])

    init(
        _ zones: [UpstreamZone], count: Int = 1, limits: StreamLimits = StreamLimits()
    ) throws {
        streams = StreamPool(limits: limits)
        counters = (0..<count).map { _ in Counters() }
        mailboxes = try (0..<count).map { _ in try Mailbox<Post>() }
        for worker in 0..<count {
            let thread = try WorkerThread(name: "worker \(worker)") { [self] in
                do { try run(worker, count, zones) } catch { preconditionFailure("\(error)") }
            }
            threads.withLock { $0.append(thread) }
        }
    }

    private func run(_ worker: Int, _ count: Int, _ zones: [UpstreamZone]) throws {
        let loop = try EventLoop()
        let engine = UpstreamEngine(
            worker: worker, workerCount: count, settings: UpstreamSettings(zones: zones), counters: counters[worker],
            loop: loop, streams: streams, random: RandomSource(),
            post: { [mailboxes] worker, mail in mailboxes[worker].post(.mail(mail)) },
            handler: { [self] token, outcome in outcomes.withLock { $0[token] = outcome } })
        let registration = try mailboxes[worker].attach(to: loop) { post in
            switch post {
            case .mail(let mail): engine.receive(mail)
            case .run(let body): body(engine)
            case .stop: loop.stop()
            }
        }
        try loop.run()
        engine.close()
        loop.deregister(registration)
    }

    func onWorker(_ worker: Int, _ body: @escaping @Sendable (UpstreamEngine) -> Void) {
        mailboxes[worker].post(.run(body))
    }

    func ask(_ token: UInt64, _ question: UpstreamQuestion, on worker: Int = 0) {
        onWorker(worker) { $0.ask(token, question) }
    }

    /// Waits for so many outcomes; what there is after `seconds`.
    func wait(for count: Int, seconds: Double = 5) async -> [UInt64: UpstreamOutcome] {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            let outcomes = self.outcomes.withLock { $0 }
            if outcomes.count >= count { return outcomes }
            try? await Task.sleep(for: .milliseconds(2))
        }
        return outcomes.withLock { $0 }
    }

    func stop() async {
        for mailbox in mailboxes { mailbox.post(.stop) }
        for thread in threads.withLock({ $0 }) { thread.join() }
        await streams.shutdown()
    }

    func value(_ counter: Counter) -> UInt64 { counters.reduce(0) { $0 + $1.value(counter) } }
}

extension UpstreamOutcome {
    var answerCount: Int? {
        if case .answered(let message, _) = self { message.answers.count } else { nil }
    }

    var failureKind: UpstreamFailure.Kind? {
        if case .failed(let failure) = self { failure.kind } else { nil }
    }
}
