// The built-in translator behind `nat64.backend: tun`: RFC 6146 in this process, on a TUN device. This file is the
// protocol's methods, each a line or two; the work is the supervisor's.

internal import HostNetwork
internal import LinuxIO
public import NAT64Backend
internal import Telemetry
internal import Translator

/// A stateful NAT64 on a TUN device. Needs CAP_NET_ADMIN, and `ip`, `nft` for the host's side of it.
public final class TunBackend: NAT64Backend {
    public let name = "tun"

    private let options: Options
    private let supervisor: Supervisor
    private let board: HealthBoard

    /// Changes nothing yet.
    public convenience init(options: Options) {
        self.init(options: options, host: LocalHost(options))
    }

    init(options: Options, host: any Host) {
        self.options = options
        board = HealthBoard(.bad([.notStarted]))
        supervisor = Supervisor(options, host, board)
    }

    deinit { supervisor.abandon() }

    public func obstacles(to plan: NAT64Plan) async -> [Obstacle] { await supervisor.obstacles(to: plan) }

    public func preview(_ plan: NAT64Plan) async throws(BackendFailure) -> [PlannedStep] {
        try await supervisor.preview(plan)
    }

    public func apply(_ plan: NAT64Plan) async throws(BackendFailure) { try await supervisor.apply(plan) }

    public func status() async -> BackendStatus { await supervisor.status() }

    /// The observer must not call back into this backend.
    public func observeHealth(_ observer: @escaping @Sendable (BackendHealth) -> Void) { board.observe(observer) }

    public func sessions(_ selection: EntrySelection, after cursor: String?, limit: Int) async throws(BackendFailure)
        -> EntryPage<SessionEntry>
    {
        try await supervisor.page(after: cursor, limit: limit) { lane, names, from, room throws(BackendFailure) in
            try await lane.ask { loop in
                let (found, next) = loop.translator.sessions(
                    from: from, visits: Supervisor.visits, limit: room, now: loop.now
                ) { selection.matches(names.named($0)) }
                return (found.map { SessionEntry(names.named($0)) }, next)
            }
        }
    }

    public func bindings(_ selection: EntrySelection, after cursor: String?, limit: Int) async throws(BackendFailure)
        -> EntryPage<BindingEntry>
    {
        try await supervisor.page(after: cursor, limit: limit) { lane, names, from, room throws(BackendFailure) in
            try await lane.ask { loop in
                let (found, next) = loop.translator.bindings(
                    from: from, visits: Supervisor.visits, limit: room
                ) { selection.matches(names.named($0)) }
                return (found.map { BindingEntry(names.named($0)) }, next)
            }
        }
    }

    public func statistics() async throws(BackendFailure) -> [Statistic] { try await supervisor.statistics() }

    public func bind(_ binding: StaticBinding) async throws(BackendFailure) { try await supervisor.bind(binding) }

    public func unbind(_ proto: TransportProtocol, _ public: TransportAddress4) async throws(BackendFailure) {
        try await supervisor.unbind(proto, `public`)
    }

    public func drop(_ selection: EntrySelection) async throws(BackendFailure) -> Int {
        try await supervisor.drop(selection)
    }

    public func stop() async throws(BackendFailure) { try await supervisor.stop() }
}
