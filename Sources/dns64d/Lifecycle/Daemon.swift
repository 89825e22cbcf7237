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
    /// The undoing of what an earlier run left.
    var recovery: Task<Void, Never>?
    var isStoppingTranslator = false
    /// What was had for `doctor` and `nat64 test`.
    let examinationRights: ExaminationRights
    var isExamining = false
    var isEnding = false
    /// What works as long as somebody holds it.
    var keep: [AnyObject] = []
    var registrations: [Registration] = []

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
        guard !isEnding else { return }
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
