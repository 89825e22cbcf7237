// `dns64ctl status`: how the daemon is, on one screen.

/// How the daemon is.
public struct StatusReport: Codable, Hashable, Sendable {
    /// The daemon's own version.
    public var version: String
    /// The process.
    public var pid: Int32
    /// Since the process began.
    public var uptimeSeconds: UInt64
    /// True once it answers questions.
    public var ready: Bool
    /// The file that it reads, as given.
    public var configurationFile: String
    /// Since that file was last taken over.
    public var loadedSecondsAgo: UInt64
    /// Why the last reload failed; absent if it did not.
    public var lastReloadError: String?
    /// Threads that answer.
    public var workers: Int
    /// `address:port`, IPv6 in brackets.
    public var listenAddresses: [String]
    /// Whom it runs as.
    public var user: String
    /// The number of that user.
    public var userID: UInt32
    /// How full the cache is.
    public var cache: CacheFill
    /// How many servers can be asked.
    public var upstreams: UpstreamSummary
    /// The translator that the answers point at.
    public var nat64: NAT64Status
    /// How much it logs.
    public var logLevel: LogLevel
    /// `standard`, `synthall` or `off`, for clients without a policy of their own.
    public var mode: String
    /// Where IPv4 addresses are embedded, for clients without a policy of their own.
    public var prefixes: [String]
    /// What an operator should look at; empty if nothing.
    public var warnings: [String]

    public init(
        version: String, pid: Int32, uptimeSeconds: UInt64, ready: Bool, configurationFile: String,
        loadedSecondsAgo:
            UInt64, lastReloadError: String? = nil, workers: Int, listenAddresses: [String], user: String,
        userID: UInt32,
        cache: CacheFill, upstreams: UpstreamSummary, nat64: NAT64Status, logLevel: LogLevel, mode: String,
        prefixes:
            [String], warnings: [String] = []
    ) {
        self.version = version
        self.pid = pid
        self.uptimeSeconds = uptimeSeconds
        self.ready = ready
        self.configurationFile = configurationFile
        self.loadedSecondsAgo = loadedSecondsAgo
        self.lastReloadError = lastReloadError
        self.workers = workers
        self.listenAddresses = listenAddresses
        self.user = user
        self.userID = userID
        self.cache = cache
        self.upstreams = upstreams
        self.nat64 = nat64
        self.logLevel = logLevel
        self.mode = mode
        self.prefixes = prefixes
        self.warnings = warnings
    }
}

/// How full the cache is.
public struct CacheFill: Codable, Hashable, Sendable {
    /// Answers held.
    public var entries: UInt64
    /// Octets that they take.
    public var bytes: UInt64
    /// Octets that they may take.
    public var limitBytes: UInt64

    public init(entries: UInt64, bytes: UInt64, limitBytes: UInt64) {
        self.entries = entries
        self.bytes = bytes
        self.limitBytes = limitBytes
    }
}

/// How many upstream servers can be asked.
public struct UpstreamSummary: Codable, Hashable, Sendable {
    /// Those not set aside.
    public var good: Int
    /// All that are configured.
    public var total: Int

    public init(good: Int, total: Int) {
        self.good = good
        self.total = total
    }
}
