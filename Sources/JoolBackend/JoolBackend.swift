// An external Jool behind `nat64.backend: jool`: its kernel module translates, its client is how we speak to it. This file
// is the protocol's methods, each a line or two; the work is the supervisor's.

public import NAT64Backend

/// A stateful NAT64 that Jool's kernel module does, driven through its program `jool` (4.1.9 and later 4.1.x). Needs
/// CAP_NET_ADMIN; for a network namespace other than its own CAP_SYS_ADMIN, too.
public final class JoolBackend: NAT64Backend {
    public let name = "jool"

    private let supervisor: Supervisor
    private let board: HealthBoard

    /// Changes nothing yet.
    public convenience init(options: Options) {
        self.init(options: options, machine: LocalMachine(options))
    }

    init(options: Options, machine: any Machine) {
        board = HealthBoard(.bad([.notStarted]))
        supervisor = Supervisor(options, machine, board)
    }

    deinit { supervisor.abandon() }

    public func obstacles(to plan: NAT64Plan) async -> [Obstacle] { await supervisor.obstacles() }

    public func preview(_ plan: NAT64Plan) async throws(BackendFailure) -> [PlannedStep] {
        try await supervisor.preview(plan)
    }

    public func apply(_ plan: NAT64Plan) async throws(BackendFailure) { try await supervisor.apply(plan) }

    public func status() async -> BackendStatus { await supervisor.status() }

    /// The observer must not call back into this backend.
    public func observeHealth(_ observer: @escaping @Sendable (BackendHealth) -> Void) { board.observe(observer) }

    /// Jool has no pages: the first one reads all, and the next ones come from that reading, for two minutes.
    public func sessions(_ selection: EntrySelection, after cursor: String?, limit: Int) async throws(BackendFailure)
        -> EntryPage<SessionEntry>
    {
        try await supervisor.sessions(selection, after: cursor, limit: limit)
    }

    /// As `sessions`.
    public func bindings(_ selection: EntrySelection, after cursor: String?, limit: Int) async throws(BackendFailure)
        -> EntryPage<BindingEntry>
    {
        try await supervisor.bindings(selection, after: cursor, limit: limit)
    }

    public func statistics() async throws(BackendFailure) -> [Statistic] { try await supervisor.statistics() }

    public func bind(_ binding: StaticBinding) async throws(BackendFailure) { try await supervisor.bind(binding) }

    public func unbind(_ proto: TransportProtocol, _ public: TransportAddress4) async throws(BackendFailure) {
        try await supervisor.unbind(proto, `public`)
    }

    /// Jool ends all sessions of a binding together: a selection that takes some and leaves others is `invalid`.
    public func drop(_ selection: EntrySelection) async throws(BackendFailure) -> Int {
        try await supervisor.drop(selection)
    }

    public func stop() async throws(BackendFailure) { try await supervisor.stop() }
}
