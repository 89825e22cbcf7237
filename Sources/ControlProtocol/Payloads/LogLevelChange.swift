// `dns64ctl log-level`: how much is logged, until the next reload.

/// The level to change to.
public struct LogLevelRequest: Codable, Hashable, Sendable {
    /// From the next line on.
    public var level: LogLevel

    public init(level: LogLevel) {
        self.level = level
    }
}

/// The change.
public struct LogLevelReport: Codable, Hashable, Sendable {
    /// What it was.
    public var old: LogLevel
    /// What it is.
    public var new: LogLevel

    public init(old: LogLevel, new: LogLevel) {
        self.old = old
        self.new = new
    }
}
