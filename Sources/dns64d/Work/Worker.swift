// A worker: one pinned thread, one event loop, its own sockets to clients and upstream, its own resolver core. The
// cache alone is
// shared.

internal import AnswerCache
internal import DNSMessage
internal import Glibc
internal import LinuxIO
internal import Listeners
internal import Logging
internal import NetAddress
internal import Resolver
internal import Telemetry
internal import Upstream

/// What the workers of one daemon share.
struct SharedParts: Sendable {
    let cache: AnswerCache
    let mailboxes: Mailboxes
    let streams: StreamPool
    /// Where replies to questions on streams go.
    let reply: @Sendable ([UInt8]?, Client) -> Void
}

final class Worker: QueryHandler {
    let index: Int
    let loop: EventLoop
    let resolver: Resolver
    let telemetry: WorkerTelemetry
    let engine: UpstreamEngine
    private let shared: SharedParts
    private var listeners: [UInt64: DatagramListener] = [:]
    private let streamReply = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_535, alignment: 8)
    private var timer: EventTimer?
    private var timerAt: MonotonicTime?
    private var drained: (@Sendable () -> Void)?
    private var explanations: [UInt64: @Sendable (Explanation) -> Void] = [:]
    private var nextExplanation: UInt64 = 1
    private var mail: Registration?

    init(
        index: Int, settings: ResolverSettings, upstream: UpstreamSettings, shared: SharedParts,
        telemetry: WorkerTelemetry
    ) throws(Errno) {
        self.index = index
        self.shared = shared
        self.telemetry = telemetry
        loop = try EventLoop()
        let random = RandomSource()
        resolver = Resolver(
            settings: settings, cache: shared.cache, counters: telemetry.counters, latency: telemetry.upstreamLatency,
            random: { random.next() })
        resolver.synthesizedNames = telemetry.synthesizedNames
        let mailboxes = shared.mailboxes
        let relay = OutcomeRelay()
        engine = UpstreamEngine(
            worker: index, workerCount: mailboxes.boxes.count, settings: upstream, counters: telemetry.counters,
            loop: loop,
            streams: shared.streams, random: random,
            post: { worker, mail in mailboxes.post(.upstream(mail), to: worker) },
            handler: { token, outcome in relay.worker?.finished(token, outcome) })
        relay.worker = self
        mail = try mailboxes.boxes[index].attach(to: loop) { [unowned self] message in receive(message) }
        setUnixTime()
    }

    deinit { streamReply.deallocate() }

    /// Works until told to stop.
    func run() throws(Errno) { try loop.run() }

    // MARK: queries

    func handle(
        _ query: UnsafeRawBufferPointer, from client: Client, now: MonotonicTime,
        into out: UnsafeMutableRawBufferPointer
    ) -> Int? {
        resolver.handle(query, from: client, now: now, into: out)
    }

    func batchEnded() {
        telemetry.cachedLatency.record(nanoseconds: MonotonicTime.read().since(loop.now))
        act()
    }

    private func handleStream(_ query: [UInt8], _ client: Client) {
        let length = query.withUnsafeBytes { resolver.handle($0, from: client, now: loop.now, into: streamReply) }
        if let length { shared.reply(Array(streamReply[0..<length]), client) }
        act()
    }

    /// Does what the core wants done, and sees that it is woken in time.
    private func act() {
        while resolver.hasActions { for action in resolver.takeActions() { perform(action) } }
        rearm()
        if let drained, resolver.pendingCount == 0 {
            self.drained = nil
            drained()
        }
    }

    private func perform(_ action: ResolverAction) {
        switch action {
        case .reply(let bytes, let client):
            switch client.transport {
            case .udp: listeners[client.token]?.send(bytes, to: client)
            case .stream: shared.reply(bytes, client)
            }
        case .abandon(let client): shared.reply(nil, client)
        case .ask(let token, let ask):
            engine.ask(
                token,
                UpstreamQuestion(
                    ask.name, ask.type, dnssecOK: ask.dnssecOK, checkingDisabled: ask.checkingDisabled))
        case .cancel(let token): engine.cancel(token)
        case .explained(let explanation, let token): explanations.removeValue(forKey: token)?(explanation)
        }
    }

    fileprivate func finished(_ token: UInt64, _ outcome: UpstreamOutcome) {
        switch outcome {
        case .answered(let message, let zone):
            // The upstream half has cleared AD where the zone's servers are not trusted with it.
            resolver.answered(token, message, zone: zone, trustsAD: true, now: loop.now)
        case .failed(let failure): resolver.failed(token, AskFailure(failure.kind), now: loop.now)
        }
        act()
    }

    private func rearm() {
        guard let next = resolver.nextDeadline else { return }
        if let timerAt, timerAt <= next, timer?.isScheduled == true { return }
        if let timer { loop.cancel(timer) }
        timerAt = next
        timer = loop.schedule(at: next) { [unowned self] in
            resolver.tick(loop.now)
            act()
        }
    }

    // MARK: messages

    private func receive(_ message: WorkerMessage) {
        switch message {
        case .streamQuery(let bytes, let client): handleStream(bytes, client)
        case .upstream(let mail): engine.receive(mail)
        case .settings(let settings, let upstream):
            resolver.settings = settings
            engine.replace(upstream)
        case .listen(let descriptor, let token): listen(descriptor, token)
        case .stopListening(let token): listeners.removeValue(forKey: token)?.close()
        case .run(let body):
            body(self)
            act()
        case .drain(let done):
            for listener in listeners.values { listener.close() }
            drained = done
            act()
        case .stop: loop.stop()
        }
    }

    private func listen(_ descriptor: Int32, _ token: UInt64) {
        do throws(Errno) {
            let socket = try DatagramSocket(adopting: OwnedDescriptor(adopting: descriptor))
            listeners[token] = try DatagramListener(
                socket: socket, loop: loop, counters: telemetry.counters, token: token, handler: self)
        } catch {
            telemetry.log.error("a UDP socket can't be listened on: \(error)")
        }
    }

    /// Explains a question as `client` would see it answered. Calls back on this thread.
    func explain(_ question: Question, client: IPAddress, _ done: @escaping @Sendable (Explanation) -> Void) {
        let token = nextExplanation
        nextExplanation += 1
        explanations[token] = done
        resolver.explain(question, client: client, token: token, now: loop.now)
    }

    func setUnixTime() { resolver.unixTimeOffset = Int64(time(nil)) - Int64(loop.now.seconds) }
}

/// Brings outcomes to a worker that does not exist yet when its upstream half is made.
private final class OutcomeRelay {
    // The worker owns what owns this. A weak reference would make every count of the worker's references a slow one.
    unowned(unsafe) var worker: Worker?
}

extension AskFailure {
    init(_ kind: UpstreamFailure.Kind) {
        switch kind {
        case .noServer: self = .noServer
        case .timeout: self = .timeout
        case .unreachable: self = .unreachable
        case .malformed: self = .malformed
        case .overload, .local: self = .overload
        }
    }
}
