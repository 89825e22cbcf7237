// `dns64ctl top`: who asks what, and what becomes of it.

/// Asks for a snapshot a second until the connection closes.
public struct TopRequest: Codable, Hashable, Sendable {
    /// How many of each kind.
    public var rows: Int

    public init(rows: Int) {
        self.rows = rows
    }
}

/// What happened since the snapshot before.
public struct TopSnapshot: Codable, Hashable, Sendable {
    /// The time that it covers.
    public var periodSeconds: Double
    /// All queries.
    public var queriesPerSecond: Double
    /// The names asked most, most first.
    public var names: [TopCount]
    /// The addresses that asked most.
    public var clients: [TopCount]
    /// What became of the queries: the counters of `stats`.
    public var reasons: [TopCount]

    public init(
        periodSeconds: Double, queriesPerSecond: Double, names: [TopCount], clients: [TopCount], reasons: [TopCount]
    ) {
        self.periodSeconds = periodSeconds
        self.queriesPerSecond = queriesPerSecond
        self.names = names
        self.clients = clients
        self.reasons = reasons
    }
}

/// Something and how often.
public struct TopCount: Codable, Hashable, Sendable {
    /// A domain name, an address, a counter.
    public var name: String
    /// In this period.
    public var count: UInt64

    public init(name: String, count: UInt64) {
        self.name = name
        self.count = count
    }
}
