// The one protocol behind `nat64.backend`: all that dns64d asks of a translator, whichever it is. Values are the same for
// every backend, so that `dns64ctl nat64` reads alike.

/// A stateful NAT64 (RFC 6146) that dns64d drives.
///
/// Methods may be called from any task; an implementation puts them in an order of its own. Nothing here blocks a
/// resolver's worker.
public protocol NAT64Backend: AnyObject, Sendable {
    /// As in the configuration: `tun`, `jool`.
    var name: String { get }

    /// What keeps this backend from carrying out `plan` here; none if nothing does. Changes nothing.
    func obstacles(to plan: NAT64Plan) async -> [Obstacle]

    /// What `apply` would do to this machine, in order, as a person would type it. Changes nothing.
    func preview(_ plan: NAT64Plan) async throws(BackendFailure) -> [PlannedStep]

    /// Makes `plan` true, as a whole or not at all: after an error the plan before it holds. May be called again with
    /// another plan while it runs; what the plans have in common, sessions included, stays.
    func apply(_ plan: NAT64Plan) async throws(BackendFailure)

    func status() async -> BackendStatus

    /// Tells `observer` of the health now and of each change, from any thread, until the backend stops.
    func observeHealth(_ observer: @escaping @Sendable (BackendHealth) -> Void)

    /// Sessions in no particular order, `limit` at most.
    ///
    /// - Parameter cursor: nil for the first page, then what the page before gave as `next`.
    func sessions(_ selection: EntrySelection, after cursor: String?, limit: Int) async throws(BackendFailure)
        -> EntryPage<SessionEntry>

    /// Bindings in no particular order, `limit` at most. Cursors as for sessions.
    func bindings(_ selection: EntrySelection, after cursor: String?, limit: Int) async throws(BackendFailure)
        -> EntryPage<BindingEntry>

    func statistics() async throws(BackendFailure) -> [Statistic]

    /// Adds a static binding to the running plan. Fails if either side of it is taken.
    func bind(_ binding: StaticBinding) async throws(BackendFailure)

    /// Removes a static binding and its sessions. Fails if there is none for `proto` and `public`.
    func unbind(_ proto: TransportProtocol, _ public: TransportAddress4) async throws(BackendFailure)

    /// Ends the sessions selected; how many there were. Static bindings stay, dynamic ones go with their last session.
    func drop(_ selection: EntrySelection) async throws(BackendFailure) -> Int

    /// Ends translation and leaves the machine as it was found.
    func stop() async throws(BackendFailure)
}

/// Why a backend could not do what it was asked. Nothing was changed.
public struct BackendFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        /// The machine lacks something: `obstacles` says what.
        case cannotRunHere
        /// Something that is there already and not ours stands in the way.
        case conflict
        /// The request names what does not exist, or what exists already.
        case invalid
        /// The translator does not run.
        case notRunning
        /// A program or the kernel refused.
        case refused
    }

    public var kind: Kind
    /// One sentence or more, for a person.
    public var message: String
    /// What mends it: a command or a line of configuration.
    public var remedy: String?

    public init(_ kind: Kind, _ message: String, remedy: String? = nil) {
        self.kind = kind
        self.message = message
        self.remedy = remedy
    }

    public var description: String { remedy.map { "\(message)\n  to mend it: \($0)" } ?? message }
}

/// Something missing on this machine.
public struct Obstacle: Hashable, Sendable, CustomStringConvertible {
    /// What is missing, one sentence.
    public var missing: String
    /// The command that mends it, or the line of a unit file.
    public var remedy: String

    public init(missing: String, remedy: String) {
        self.missing = missing
        self.remedy = remedy
    }

    public var description: String { "\(missing)\n  to mend it: \(remedy)" }
}

/// One change to the machine.
public struct PlannedStep: Hashable, Sendable, CustomStringConvertible {
    /// As typed into a shell.
    public var command: String
    /// Why, a few words.
    public var reason: String

    public init(command: String, reason: String) {
        self.command = command
        self.reason = reason
    }

    public var description: String { "\(command)   # \(reason)" }
}
