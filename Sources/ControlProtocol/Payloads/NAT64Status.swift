// `dns64ctl nat64 status` and `nat64 stats`, and the translator's line in `dns64ctl status`.

/// The translator in one line, as far as the daemon knows.
public struct NAT64Status: Codable, Hashable, Sendable {
    /// `none`, `tun` or `jool`.
    public var backend: String
    /// `good`, `bad` or `unknown`.
    public var health: String
    /// Why it is so.
    public var reason: String?
    /// Sessions now; absent without a translator.
    public var sessions: UInt64?
    /// The word of `nat64.when-down`, while answers are made by it; absent otherwise.
    public var whenDownInForce: String?

    public init(
        backend: String, health: String, reason: String? = nil, sessions: UInt64? = nil, whenDownInForce: String? = nil
    ) {
        self.backend = backend
        self.health = health
        self.reason = reason
        self.sessions = sessions
        self.whenDownInForce = whenDownInForce
    }
}

/// How the translator is.
public struct NAT64StatusReport: Codable, Hashable, Sendable {
    /// `none`, `tun`.
    public var backend: String
    /// `good` or `bad`; `none` without a translator.
    public var health: String
    /// What is wrong; empty if nothing.
    public var reasons: [NAT64Reason]
    /// Since the health is what it is; absent where that is not known.
    public var sinceSeconds: UInt64?
    /// `synthesize`, `native-only` or `servfail`: what is answered while the health is bad.
    public var whenDown: String
    /// True while answers differ from what they would be with a good translator.
    public var answersAffected: Bool
    /// Since its plan was last applied; absent if it is not.
    public var appliedSecondsAgo: UInt64?
    /// The NAT64 prefixes that it serves.
    public var prefixes: [String]
    /// Sessions now.
    public var sessions: UInt64
    /// Sessions that there is room for; absent where there is no limit.
    public var sessionLimit: UInt64?
    /// Bindings now, static ones included.
    public var bindings: UInt64
    /// What the translator has to tell of itself, in the order to show.
    public var details: [NAT64Detail]

    public init(
        backend: String, health: String, reasons: [NAT64Reason] = [], sinceSeconds: UInt64? = nil, whenDown: String,
        answersAffected: Bool, appliedSecondsAgo: UInt64? = nil, prefixes: [String], sessions: UInt64 = 0,
        sessionLimit: UInt64? = nil, bindings: UInt64 = 0, details: [NAT64Detail] = []
    ) {
        self.backend = backend
        self.health = health
        self.reasons = reasons
        self.sinceSeconds = sinceSeconds
        self.whenDown = whenDown
        self.answersAffected = answersAffected
        self.appliedSecondsAgo = appliedSecondsAgo
        self.prefixes = prefixes
        self.sessions = sessions
        self.sessionLimit = sessionLimit
        self.bindings = bindings
        self.details = details
    }
}

/// Why the health is bad.
public struct NAT64Reason: Codable, Hashable, Sendable {
    /// Stable, for machines: `device-down`, `no-ipv4-route`.
    public var code: String
    /// For people.
    public var message: String
    /// What mends it: a command or a line of configuration.
    public var remedy: String?

    public init(code: String, message: String, remedy: String? = nil) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }
}

/// Something that a translator tells of itself: `offload`, `csum tso4 tso6 uso`.
public struct NAT64Detail: Codable, Hashable, Sendable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// All counters of the translator.
public struct NAT64StatisticsReport: Codable, Hashable, Sendable {
    /// In the order in which they are shown.
    public var counters: [NAT64Statistic]

    public init(counters: [NAT64Statistic]) { self.counters = counters }
}

/// One number of the translator.
public struct NAT64Statistic: Codable, Hashable, Sendable {
    /// In kebab style: `drop-no-session`.
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
