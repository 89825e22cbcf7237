// `dns64ctl policies`: what each class of clients gets, in the order in which they are matched.

/// All policies; the first that matches a client is its own.
public struct PoliciesReport: Codable, Hashable, Sendable {
    /// The last matches everybody else.
    public var policies: [PolicyReport]

    public init(policies: [PolicyReport]) {
        self.policies = policies
    }
}

/// What one class of clients gets.
public struct PolicyReport: Codable, Hashable, Sendable {
    /// Its name in logs and statistics.
    public var label: String
    /// Networks of clients; empty for everybody else.
    public var match: [String]
    /// `standard`, `synthall` or `off`.
    public var mode: String
    /// Where IPv4 addresses are embedded.
    public var prefixes: [String]
    /// The bits behind them.
    public var suffix: String
    /// Native AAAA in these are treated as if they did not exist.
    public var excludeAAAA: [String]
    /// IPv4 ranges that are never synthesized.
    public var excludeA: [ExcludedRange]
    /// Nothing under these is synthesized.
    public var excludeNames: [String]
    /// Names whose native AAAA come second.
    public var ignoreAAAA: [String]
    /// Synthesizes for clients that ask for DNSSEC too.
    public var breakDNSSEC: Bool
    /// `cname`, `direct` or `off`.
    public var reverse: String
    /// Where each of these was written.
    public var configLines: [ConfigurationLine]

    public init(
        label: String, match: [String], mode: String, prefixes: [String], suffix: String, excludeAAAA: [String],
        excludeA: [ExcludedRange], excludeNames: [String], ignoreAAAA: [String], breakDNSSEC: Bool, reverse: String,
        configLines: [ConfigurationLine] = []
    ) {
        self.label = label
        self.match = match
        self.mode = mode
        self.prefixes = prefixes
        self.suffix = suffix
        self.excludeAAAA = excludeAAAA
        self.excludeA = excludeA
        self.excludeNames = excludeNames
        self.ignoreAAAA = ignoreAAAA
        self.breakDNSSEC = breakDNSSEC
        self.reverse = reverse
        self.configLines = configLines
    }
}

/// An IPv4 range and why it is left out.
public struct ExcludedRange: Codable, Hashable, Sendable {
    /// `10.0.0.0/8`.
    public var prefix: String
    /// `private, RFC 1918; under 64:ff9b::/96 only`.
    public var reason: String

    public init(prefix: String, reason: String) {
        self.prefix = prefix
        self.reason = reason
    }
}

/// Where a value comes from.
public struct ConfigurationLine: Codable, Hashable, Sendable {
    /// As in the file: `exclude-aaaa`.
    public var key: String
    /// `/etc/dns64d/dns64d.yaml:12`, or `default`.
    public var line: String

    public init(key: String, line: String) {
        self.key = key
        self.line = line
    }
}
