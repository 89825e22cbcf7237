// `dns64ctl upstreams`: the servers that questions are forwarded to, by zone.

/// All zones that are forwarded.
public struct UpstreamsReport: Codable, Hashable, Sendable {
    /// In the order of the configuration.
    public var zones: [UpstreamZone]

    public init(zones: [UpstreamZone]) {
        self.zones = zones
    }
}

/// A zone and its servers.
public struct UpstreamZone: Codable, Hashable, Sendable {
    /// `.` for everything else.
    public var zone: String
    /// `fastest`, `ordered` or `race`.
    public var policy: String
    /// In the order of the configuration.
    public var servers: [UpstreamServer]

    public init(zone: String, policy: String, servers: [UpstreamServer]) {
        self.zone = zone
        self.policy = policy
        self.servers = servers
    }
}

/// One server as this daemon has met it.
public struct UpstreamServer: Codable, Hashable, Sendable {
    /// `address:port`, IPv6 in brackets.
    public var address: String
    /// `good`, `untried`, `set-aside` or `probing`.
    public var state: String
    /// The smoothed round-trip time; absent until it has answered.
    public var rttMilliseconds: Double?
    /// Since it last answered.
    public var timeoutsInARow: UInt64
    /// Questions sent.
    public var queries: UInt64
    /// Answers taken.
    public var answers: UInt64
    /// Questions that it left unanswered.
    public var timeouts: UInt64
    /// `yes`, `no` or `unknown`.
    public var edns: String
    /// How long it is not asked yet; absent if it is.
    public var setAsideSeconds: Double?

    public init(
        address: String, state: String, rttMilliseconds: Double? = nil, timeoutsInARow: UInt64, queries: UInt64,
        answers: UInt64, timeouts: UInt64, edns: String, setAsideSeconds: Double? = nil
    ) {
        self.address = address
        self.state = state
        self.rttMilliseconds = rttMilliseconds
        self.timeoutsInARow = timeoutsInARow
        self.queries = queries
        self.answers = answers
        self.timeouts = timeouts
        self.edns = edns
        self.setAsideSeconds = setAsideSeconds
    }
}
