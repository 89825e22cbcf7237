// Does what the core says, with sockets: one a worker. Questions that another worker owns travel there and back by
// mail, so that any number of askers on any worker have one outstanding question.

public import LinuxIO
internal import NetAddress
public import Telemetry

/// Forwards questions for one worker. Belongs to the thread of its loop; other threads reach it by `UpstreamMail`
/// alone.
public final class UpstreamEngine {
    /// Who is told how a question ended.
    private enum Asker: Hashable {
        case here(token: UInt64)
        case there(worker: Int, token: UInt64)
    }

    private let worker: Int
    private let workerCount: Int
    private let streams: StreamPool
    private let post: @Sendable (Int, UpstreamMail) -> Void
    private let handler: (UInt64, UpstreamOutcome) -> Void
    private let datagrams: DatagramExchanges
    private let loop: EventLoop
    private var core: UpstreamCore
    private var timer: EventTimer?
    private var scheduledDeadline: MonotonicTime?
    /// By the tokens that the core knows.
    private var askers: [UInt64: Asker] = [:]
    private var coreTokens: [Asker: UInt64] = [:]
    private var newestCoreToken: UInt64 = 0
    /// Our tokens whose questions are with their owner.
    private var forwarded: [UInt64: Int] = [:]
    private var isActing = false
    private var isClosed = false

    /// `post` leaves mail for a worker, this one included. `handler` hears of the end of every question that isn't
    /// cancelled, on the loop's thread, perhaps before `ask` returns. The same `workerCount` for all workers.
    public init(
        worker: Int, workerCount: Int, settings: UpstreamSettings, counters: Counters, loop: EventLoop,
        streams: StreamPool, random: RandomSource, exchangeLimit: Int = 4096,
        post: @escaping @Sendable (Int, UpstreamMail) -> Void,
        handler: @escaping (UInt64, UpstreamOutcome) -> Void
    ) {
        self.worker = worker
        self.workerCount = workerCount
        self.streams = streams
        self.post = post
        self.handler = handler
        self.loop = loop
        core = UpstreamCore(settings: settings, counters: counters, exchangeLimit: exchangeLimit) { random.next() }
        datagrams = DatagramExchanges(loop: loop, random: random)
        datagrams.handler = { [unowned self] exchange, event in heard(exchange, event) }
        timer = EventTimer { [unowned self] in timerFired() }
    }

    deinit { close() }

    /// Asks upstream, or has the owner ask. No token may be used twice.
    public func ask(_ token: UInt64, _ question: UpstreamQuestion) {
        let owner = owner(of: question)
        if isClosed {
            handler(token, .failed(Self.shuttingDown))
        } else if owner == worker {
            ask(.here(token: token), question)
        } else {
            forwarded[token] = owner
            post(owner, .ask(question, worker: worker, token: token))
        }
    }

    /// The outcome of `token` won't come any more.
    public func cancel(_ token: UInt64) {
        if let owner = forwarded.removeValue(forKey: token) {
            post(owner, .cancel(worker: worker, token: token))
        } else {
            cancel(.here(token: token))
        }
    }

    /// Which worker asks `question`, so that it is asked once. The same on every worker of one process.
    public func owner(of question: UpstreamQuestion) -> Int {
        workerCount > 1 ? Int(UInt(bitPattern: question.hashValue) % UInt(workerCount)) : worker
    }

    /// Takes mail that came for this worker.
    public func receive(_ mail: UpstreamMail) {
        switch mail {
        case .ask(_, let origin, let token) where isClosed:
            post(origin, .outcome(token: token, .failed(Self.shuttingDown)))
        case .ask(let question, let origin, let token):
            ask(.there(worker: origin, token: token), question)
        case .cancel(let origin, let token):
            cancel(.there(worker: origin, token: token))
        case .outcome(let token, let outcome):
            if forwarded.removeValue(forKey: token) != nil { handler(token, outcome) }
        case .streamAnswered(let exchange, let bytes):
            core.streamAnswered(exchange, bytes, .read())
            act()
        case .streamFailed(let exchange, let failure):
            core.streamFailed(exchange, failure, .read())
            act()
        }
    }

    /// Takes over new settings whole; questions under way end as they began.
    public func replace(_ settings: UpstreamSettings) { core.replace(settings) }

    public func flushHealth() { core.flushHealth() }

    /// A row for each server of each zone, as this worker knows them.
    public var status: [UpstreamServerStatus] { core.status(.read()) }

    /// Questions that this worker asks or has given to others.
    public var outstandingCount: Int { askers.count + forwarded.count }

    /// Closes all sockets. Other workers' questions fail; this worker's own are forgotten.
    public func close() {
        if isClosed { return }
        isClosed = true
        for case .there(let origin, let token) in askers.values {
            post(origin, .outcome(token: token, .failed(Self.shuttingDown)))
        }
        for coreToken in askers.keys { core.cancel(coreToken) }
        askers = [:]
        coreTokens = [:]
        forwarded = [:]
        act()
        datagrams.closeAll()
        if let timer { loop.cancel(timer) }
    }

    private static let shuttingDown = UpstreamFailure(.local, "shutting down")
}

// Between askers and core.
extension UpstreamEngine {
    private func ask(_ asker: Asker, _ question: UpstreamQuestion) {
        newestCoreToken += 1
        askers[newestCoreToken] = asker
        coreTokens[asker] = newestCoreToken
        core.ask(newestCoreToken, question, .read())
        act()
    }

    private func cancel(_ asker: Asker) {
        guard let coreToken = coreTokens.removeValue(forKey: asker) else { return }
        askers[coreToken] = nil
        core.cancel(coreToken)
        act()
    }

    private func end(_ coreToken: UInt64, _ outcome: UpstreamOutcome) {
        guard let asker = askers.removeValue(forKey: coreToken) else { return }
        coreTokens[asker] = nil
        switch asker {
        case .here(let token): handler(token, outcome)
        case .there(let origin, let token): post(origin, .outcome(token: token, outcome))
        }
    }
}

// Between core and network.
extension UpstreamEngine {
    /// Does all that the core wants done. What handlers ask meanwhile joins the same queue.
    private func act() {
        if isActing { return }
        isActing = true
        while let action = core.nextAction() { act(action) }
        isActing = false
        schedule()
    }

    private func act(_ action: UpstreamAction) {
        switch action {
        case .send(let exchange, let server, let bytes):
            if let failure = datagrams.send(exchange, server, bytes) { core.socketFailed(exchange, failure, .read()) }
        case .openStream(let exchange, let server, let bytes):
            let question = StreamQuestion(worker: worker, exchange: exchange, server: server, bytes: bytes)
            streams.ask(question) { [worker, post] mail in post(worker, mail) }
        case .close(let exchange):
            if !datagrams.close(exchange) { streams.abandon(worker: worker, exchange: exchange) }
        case .answered(let token, let message, let zone): end(token, .answered(message, zone: zone))
        case .failed(let token, let failure): end(token, .failed(failure))
        }
    }

    private func heard(_ exchange: ExchangeID, _ event: DatagramExchanges.Event) {
        switch event {
        case .datagram(let bytes): core.received(exchange, bytes, .read())
        case .failure(let failure): core.socketFailed(exchange, failure, .read())
        }
        act()
    }

    private func timerFired() {
        scheduledDeadline = nil
        core.timerFired(.read())
        act()
    }

    private func schedule() {
        guard let timer, core.nextDeadline != scheduledDeadline else { return }
        scheduledDeadline = core.nextDeadline
        if let deadline = scheduledDeadline, !isClosed {
            loop.schedule(timer, at: deadline)
        } else {
            loop.cancel(timer)
        }
    }
}
