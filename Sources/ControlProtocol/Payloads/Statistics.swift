// `dns64ctl stats`: every counter by name, how long answers took, and the cache's own figures.

/// All figures since the daemon began.
public struct StatisticsReport: Codable, Hashable, Sendable {
    /// The time that they cover.
    public var uptimeSeconds: UInt64
    /// The sums over all workers, in the order in which they are shown.
    public var total: [CounterValue]
    /// The same for each worker.
    public var workers: [WorkerStatistics]
    /// How long answers took.
    public var latency: LatencyReport
    /// The cache.
    public var cache: CacheStatistics

    public init(
        uptimeSeconds: UInt64, total: [CounterValue], workers: [WorkerStatistics], latency: LatencyReport,
        cache:
            CacheStatistics
    ) {
        self.uptimeSeconds = uptimeSeconds
        self.total = total
        self.workers = workers
        self.latency = latency
        self.cache = cache
    }
}

/// One counter.
public struct CounterValue: Codable, Hashable, Sendable {
    /// In kebab style: `drop-qr-set`.
    public var name: String
    /// How often it happened.
    public var value: UInt64
    /// How often a second of late; absent where that is not measured.
    public var perSecond: Double?

    public init(name: String, value: UInt64, perSecond: Double? = nil) {
        self.name = name
        self.value = value
        self.perSecond = perSecond
    }
}

/// The counters of one worker.
public struct WorkerStatistics: Codable, Hashable, Sendable {
    /// From 0.
    public var worker: Int
    /// In the order of `StatisticsReport.total`.
    public var counters: [CounterValue]

    public init(worker: Int, counters: [CounterValue]) {
        self.worker = worker
        self.counters = counters
    }
}

/// How long answers took, by where they came from.
public struct LatencyReport: Codable, Hashable, Sendable {
    /// Answers that needed no other server.
    public var cached: LatencyDistribution
    /// Answers that waited for one.
    public var upstream: LatencyDistribution

    public init(cached: LatencyDistribution, upstream: LatencyDistribution) {
        self.cached = cached
        self.upstream = upstream
    }
}

/// The cache's figures.
public struct CacheStatistics: Codable, Hashable, Sendable {
    /// Answers held.
    public var entries: UInt64
    /// Octets that they take.
    public var bytes: UInt64
    /// Octets that they may take.
    public var limitBytes: UInt64
    /// Answers put in where there was none.
    public var inserts: UInt64
    /// Answers put in place of an older one.
    public var replacements: UInt64
    /// Answers thrown out to make room.
    public var evictions: UInt64

    public init(
        entries: UInt64, bytes: UInt64, limitBytes: UInt64, inserts: UInt64, replacements: UInt64, evictions: UInt64
    ) {
        self.entries = entries
        self.bytes = bytes
        self.limitBytes = limitBytes
        self.inserts = inserts
        self.replacements = replacements
        self.evictions = evictions
    }
}
