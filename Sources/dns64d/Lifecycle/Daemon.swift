// The daemon as a whole: what it starts, in which order, and how it ends. Everything here runs on the main thread's
// loop.

internal import AnswerCache
internal import DaemonConfig
internal import Glibc
internal import LinuxIO
internal import Listeners
internal import Logging
internal import NAT64Backend
internal import NIOPosix
internal import NetAddress
internal import Resolver
internal import Synchronization
internal import Telemetry
internal import Upstream

/// Why the daemon can't run.
struct StartFailure: Error, CustomStringConvertible {
    let description: String
}

/// A message for the main thread.
typealias DaemonMessage = @Sendable (Daemon) -> Void

final class Daemon {
    let file: String
    let loop: EventLoop
    let mailbox: Mailbox<DaemonMessage>
    let mailboxes: Mailboxes
    let cache: AnswerCache
    let telemetry: [WorkerTelemetry]
    let streamCounters: Counters
    /// The main thread's own.
    let counters = Counters()
    let streams: StreamListener
    let sockets: ListeningSockets
    let serviceManager: ServiceManager
    let log: Logger
    let started = MonotonicTime.read()
    private let group: MultiThreadedEventLoopGroup
    private let cookieSecret: [UInt8]
    var settings: Settings
    var loadedAt: MonotonicTime
    var lastReloadError: String?
    /// What could not be listened on, and why.
    var listenProblems: [String] = []
    var isReady = false
    var control: ControlServer?
    var top = TopWatch()
    /// nil: `nat64.backend` is `none`.
    var translator: TranslatorState?
    /// What was had for `doctor` and `nat64 test`.
    let examinationRights: ExaminationRights
    var isExamining = false
    private var isEnding = false
    private var keep: [AnyObject] = []
    private var registrations: [Registration] = []

    /// Runs until a signal ends it; does not return but by an error, or when all is done.
    static func run(_ configuration: Configuration, file: String) throws(StartFailure) {
        do {
            try SignalWatch.block()
            signal(SIGPIPE, SIG_IGN)
            _ = try? Privileges.raiseDescriptorLimit()
            let rights = try EarlyRights.take(configuration)
            do {
                let daemon = try Daemon(configuration, file: file, rights)
                try daemon.start(rights)
                try daemon.loop.run()
            } catch {
                if let path = configuration.control.socket { unlink(path) }
                throw error
            }
        } catch let failure as StartFailure {
            throw failure
        } catch {
            throw StartFailure(description: "dns64d: \(error)")
        }
    }

    private init(_ configuration: Configuration, file: String, _ rights: EarlyRights) throws {
        self.file = file
        examinationRights = rights.examination
        LogThreshold.level = Logger.Level(configuration.log.level)
        log = Logger(label: "dns64d")
        loop = try EventLoop()
        mailbox = try Mailbox()
        serviceManager = try ServiceManager()
        let workerCount: Int
        switch configuration.server.workers {
        case .automatic: workerCount = max(1, (try? Processors.allowed().count) ?? 1)
        case .count(let count): workerCount = count
        }
        let mailboxes = try Mailboxes(count: workerCount)
        self.mailboxes = mailboxes
        cache = AnswerCache(
            byteLimit: configuration.cache.size,
            staleAllowance: configuration.cache.serveStale.enabled
                ? configuration.cache.serveStale.maxAge.wholeSeconds : 0)
        let log = log
        let hasTranslator = configuration.nat64.backend != .none
        telemetry = (0..<workerCount).map { _ in
            WorkerTelemetry(synthesizedNames: hasTranslator ? SynthesizedNames() : nil, log: log)
        }
        streamCounters = Counters()
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let turn = Atomic(0)
        streams = StreamListener(
            group: group, limits: Listeners.StreamLimits(configuration.server.tcp), counters: streamCounters
        ) {
            bytes, client in
            let worker = turn.wrappingAdd(1, ordering: .relaxed).newValue
            mailboxes.post(.streamQuery(bytes, client), to: Int(UInt(bitPattern: worker) % UInt(mailboxes.boxes.count)))
        }
        sockets = ListeningSockets(mailboxes: mailboxes, streams: streams, log: log)
        var random = SystemRandomNumberGenerator()
        cookieSecret = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
        loadedAt = started
        let backend = Backends.make(configuration, reserve: rights.reserve, log: log)
        translator = backend.map { TranslatorState(backend: $0, health: nil, since: .read()) }
        settings = try Self.build(
            configuration, cookieSecret, Self.translatorForAnswers(configuration, translator))
    }

    // MARK: start

    private func start(_ rights: EarlyRights) throws {
        let problems = try openSockets()
        openControl(rights)
        if let user = rights.user { log.info("running as \(user)") }
        try startWorkers()
        try watch()
        try control?.start()
        report(problems)
        startTranslator { daemon, failure in
            if let failure { return daemon.giveUp(failure) }
            daemon.becomeReady()
        }
    }

    private func becomeReady() {
        isReady = true
        try? serviceManager.notify(.ready, .status(statusLine))
        log.notice("ready: \(statusLine)")
        if let example { Console.print(example) }
    }

    /// Without the translator that the configuration asks for there is nothing to start.
    private func giveUp(_ failure: BackendFailure) {
        Console.complain("dns64d: nat64: \(failure)")
        translator = nil
        end(1)
    }

    private func openSockets() throws -> [String] {
        let inherited = InheritedSockets.take()
        if !inherited.isEmpty {
            sockets.adopt(inherited)
            return []
        }
        let interfaces = (try? InterfaceAddresses.list()) ?? []
        let problems = sockets.update(settings.configuration.server.listen, interfaces)
        let waits = settings.configuration.server.listen.contains { if case .address = $0 { false } else { true } }
        if sockets.addresses.isEmpty, !waits {
            throw StartFailure(description: problems.map { "dns64d: \($0)" }.joined(separator: "\n"))
        }
        // A fixed address that can't be had at the start is a mistake to mend, not to live with.
        if let first = problems.first(where: { $0.hasPrefix("can't listen") }) {
            throw StartFailure(description: "dns64d: \(first)")
        }
        return problems
    }

    private func openControl(_ rights: EarlyRights) {
        guard let path = settings.configuration.control.socket, let descriptor = rights.controlSocket else { return }
        control = ControlServer(path: path, descriptor: descriptor, eventLoops: group, mailbox: mailbox, log: log)
    }

    private func startWorkers() throws {
        let shared = SharedParts(
            cache: cache, mailboxes: mailboxes, streams: StreamPool(),
            reply: { [streams] bytes, client in streams.reply(bytes, to: client) })
        let processors = (try? Processors.allowed()) ?? []
        let (resolver, upstream, log, mailbox) = (settings.resolver, settings.upstream, log, mailbox)
        for (index, telemetry) in telemetry.enumerated() {
            let processor = processors.count >= self.telemetry.count ? processors[index] : nil
            let thread = try WorkerThread(name: "worker-\(index)") {
                if let processor { try? Processors.pinCurrentThread(to: processor) }
                do {
                    let worker = try Worker(
                        index: index, settings: resolver, upstream: upstream, shared: shared, telemetry: telemetry)
                    try worker.run()
                } catch {
                    log.critical("worker \(index): \(error)")
                    mailbox.post { $0.end(1) }
                }
            }
            keep.append(thread)
        }
    }

    private func watch() throws {
        registrations.append(try mailbox.attach(to: loop) { [unowned self] message in message(self) })
        keep.append(try SignalWatch(loop: loop) { [unowned self] signal in received(signal) })
        keep.append(
            try AddressMonitor(loop: loop) { [unowned self] in environmentChanged("this machine's addresses changed") })
        // Also where no zone says `system` yet: a reload may bring one.
        keep.append(
            try FileWatch(path: Self.resolvConf, loop: loop) { [unowned self] in
                if usesSystemServers { environmentChanged("\(Self.resolvConf) changed") }
            })
        if let interval = serviceManager.watchdogInterval { watchdog(every: interval / 2) }
        refreshUnixTime()
        setQueryLog()
    }

    func setQueryLog() {
        let log = settings.configuration.log.queries ? log : nil
        mailboxes.postToAll(.run { $0.setQueryLog(log) })
    }

    static let resolvConf = "/etc/resolv.conf"

    private var usesSystemServers: Bool {
        settings.configuration.upstream.contains { $0.servers.contains(.system) }
    }

    private func watchdog(every span: UInt64) {
        // A sign of life from the workers, not from this thread alone: each has to answer before the manager is told.
        let waiting = Atomic64(mailboxes.boxes.count)
        for worker in mailboxes.boxes.indices {
            mailboxes.post(
                .run { [serviceManager] _ in if waiting.decrement() == 0 { try? serviceManager.notify(.watchdog) } },
                to: worker)
        }
        _ = loop.schedule(at: loop.now.advanced(byNanoseconds: span)) { [unowned self] in watchdog(every: span) }
    }

    /// The clock may be set while we run; cookies carry the time of day.
    private func refreshUnixTime() {
        mailboxes.postToAll(.run { $0.setUnixTime() })
        _ = loop.schedule(at: loop.now.advanced(byMilliseconds: 60_000)) { [unowned self] in refreshUnixTime() }
    }

    // MARK: signals, and the end

    private func received(_ signal: LinuxIO.Signal) {
        switch signal {
        case .hangup: reload { _ in }
        case .user1: log.notice("\(statusLine)")
        default:
            log.notice("ending")
            end(0)
        }
    }

    /// Takes nothing new, lets what waits be answered, and ends within two seconds.
    func end(_ status: Int32) {
        guard !isEnding else { return }
        isEnding = true
        try? serviceManager.notify(.stopping)
        control?.close()
        let waiting = Atomic64(mailboxes.boxes.count)
        let mailbox = mailbox
        mailboxes.postToAll(
            .drain {
                if waiting.decrement() == 0 { mailbox.post { daemon in daemon.stopTranslator { $0.exitSoon(status) } } }
            })
        _ = loop.schedule(at: loop.now.advanced(byMilliseconds: 1_500)) { [unowned self] in
            stopTranslator { $0.exitNow(status) }
        }
        // Programs of others are run to undo what was done to this machine: they get longer, but not for ever.
        _ = loop.schedule(at: loop.now.advanced(byMilliseconds: 15_000)) { [unowned self] in exitNow(status) }
    }

    /// Replies on streams are on their way through another thread's loop: a moment for them.
    private func exitSoon(_ status: Int32) {
        _ = loop.schedule(at: loop.now.advanced(byMilliseconds: 50)) { [unowned self] in exitNow(status) }
    }

    private func exitNow(_ status: Int32) -> Never {
        exit(status)
    }

    // MARK: words

    var statusLine: String {
        let where_ = sockets.addresses.map(\.description).joined(separator: ", ")
        return "\(mailboxes.boxes.count) workers on \(where_.isEmpty ? "no address" : where_)"
    }

    /// A line to try, where there is a name of our own to try it with.
    private var example: String? {
        guard let zone = settings.configuration.zones.first(where: { $0.name == "demo.home.arpa" }),
            let address = sockets.addresses.last
        else { return nil }
        let host = address.address.description
        return "Try: dig @\(host) -p \(address.port) v4only.\(zone.name) AAAA"
    }

    private func report(_ problems: [String]) {
        listenProblems = problems
        for problem in problems + settings.warnings { log.warning("\(problem)") }
    }

    static func build(
        _ configuration: Configuration, _ cookieSecret: [UInt8], _ translator: SynthesisPolicy.TranslatorState
    ) throws(StartFailure) -> Settings {
        do {
            return try SettingsBuilder(
                configuration: configuration, cookieSecret: cookieSecret, translator: translator
            ).build()
        } catch {
            throw StartFailure(description: error.description)
        }
    }

    func rebuild(_ configuration: Configuration) throws(SettingsFailure) -> Settings {
        try SettingsBuilder(
            configuration: configuration, cookieSecret: cookieSecret,
            translator: Self.translatorForAnswers(configuration, translator)
        ).build()
    }
}

/// Carries a value to the closure that takes it, on the same thread.
struct Uncopied<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}

/// A count that several threads bring to zero.
final class Atomic64: Sendable {
    private let value: Atomic<Int>
    init(_ value: Int) { self.value = Atomic(value) }
    func decrement() -> Int { value.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue }
}

extension Logger.Level {
    init(_ level: Configuration.LogLevel) { self = Logger.Level(rawValue: level.rawValue) ?? .info }
}

extension Listeners.StreamLimits {
    init(_ tcp: Configuration.TCP) {
        self.init()
        connections = tcp.connections
        connectionsPerClient = tcp.connectionsPerClient
        idleMilliseconds = Int64(clamping: tcp.idleTimeout.wholeMilliseconds)
        pipeline = tcp.pipeline
    }
}
