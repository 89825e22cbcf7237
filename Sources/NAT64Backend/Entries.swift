// What a translator shows: status and health, sessions, bindings, statistics.

public import NetAddress

/// Whether packets to the prefix get through.
public enum BackendHealth: Hashable, Sendable {
    case good
    /// Each reason says what is wrong, and what mends it.
    case bad([HealthReason])
}

public struct HealthReason: Hashable, Sendable, CustomStringConvertible {
    /// Stable, for machines: `device-down`, `no-ipv4-route`.
    public var code: String
    public var message: String
    public var remedy: String?

    public init(code: String, message: String, remedy: String? = nil) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    public var description: String { remedy.map { "\(message) (\($0))" } ?? message }
}

public struct BackendStatus: Hashable, Sendable {
    public var backend: String
    public var health: BackendHealth
    /// Seconds since the plan was last applied; nil: it is not.
    public var appliedSecondsAgo: UInt64?
    public var sessions: UInt64
    public var sessionLimit: UInt64?
    public var bindings: UInt64
    /// What the backend has to tell of itself, in the order to show: `device` `nat64`, `offload` `csum tso4 tso6 uso`.
    public var details: [Detail]

    public struct Detail: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(
        backend: String, health: BackendHealth, appliedSecondsAgo: UInt64? = nil, sessions: UInt64 = 0,
        sessionLimit: UInt64? = nil, bindings: UInt64 = 0, details: [Detail] = []
    ) {
        self.backend = backend
        self.health = health
        self.appliedSecondsAgo = appliedSecondsAgo
        self.sessions = sessions
        self.sessionLimit = sessionLimit
        self.bindings = bindings
        self.details = details
    }
}

/// Which sessions or bindings are meant: all conditions that are given hold.
public struct EntrySelection: Hashable, Sendable {
    public var proto: TransportProtocol?
    /// The client's address lies in this IPv6 prefix.
    public var client: IPPrefix?
    /// The remote IPv4 address lies in this IPv4 prefix. Means nothing for bindings.
    public var remote: IPPrefix?
    /// The public transport address: an IPv4 prefix, and a port.
    public var publicPrefix: IPPrefix?
    public var publicPort: UInt16?

    public init() {}

    public static let all = EntrySelection()

    public func matches(_ session: SessionEntry) -> Bool {
        matches(session.proto, session.client, session.public)
            && remote.map { $0.contains(.v4(session.remote.address)) } ?? true
    }

    public func matches(_ binding: BindingEntry) -> Bool { matches(binding.proto, binding.client, binding.public) }

    private func matches(_ proto: TransportProtocol, _ client: TransportAddress6, _ outside: TransportAddress4) -> Bool
    {
        (self.proto.map { $0 == proto } ?? true) && (self.client.map { $0.contains(.v6(client.address)) } ?? true)
            && (publicPrefix.map { $0.contains(.v4(outside.address)) } ?? true)
            && (publicPort.map { $0 == outside.port } ?? true)
    }
}

public struct EntryPage<Entry: Hashable & Sendable>: Hashable, Sendable {
    public var entries: [Entry]
    /// For the next page; nil: this was the last.
    public var next: String?

    public init(entries: [Entry], next: String?) {
        self.entries = entries
        self.next = next
    }
}

/// A session table entry (RFC 6146 section 2).
public struct SessionEntry: Hashable, Sendable {
    public var proto: TransportProtocol
    public var client: TransportAddress6
    /// The remote host as the client knows it.
    public var remote6: TransportAddress6
    public var `public`: TransportAddress4
    public var remote: TransportAddress4
    /// The RFC's word for a TCP session's state (`established`, `v6-init`, ...); nil for others.
    public var state: String?
    public var remainingSeconds: UInt64

    public init(
        proto: TransportProtocol, client: TransportAddress6, remote6: TransportAddress6, public: TransportAddress4,
        remote: TransportAddress4, state: String?, remainingSeconds: UInt64
    ) {
        self.proto = proto
        self.client = client
        self.remote6 = remote6
        self.public = `public`
        self.remote = remote
        self.state = state
        self.remainingSeconds = remainingSeconds
    }
}

/// A binding information base entry (RFC 6146 section 2).
public struct BindingEntry: Hashable, Sendable {
    public var proto: TransportProtocol
    public var client: TransportAddress6
    public var `public`: TransportAddress4
    public var isStatic: Bool
    public var sessions: UInt64

    public init(
        proto: TransportProtocol, client: TransportAddress6, public: TransportAddress4, isStatic: Bool, sessions: UInt64
    ) {
        self.proto = proto
        self.client = client
        self.public = `public`
        self.isStatic = isStatic
        self.sessions = sessions
    }
}

/// One number of a translator.
public struct Statistic: Hashable, Sendable {
    /// `packets-6to4`, `drop-no-session`: words and hyphens, stable.
    public var name: String
    public var value: UInt64
    /// What it counts, a few words.
    public var meaning: String

    public init(name: String, value: UInt64, meaning: String) {
        self.name = name
        self.value = value
        self.meaning = meaning
    }
}
