// How much dns64d logs.

/// From the most to the least talkative; the words of the configuration key `log.level`.
public enum LogLevel: String, Codable, CaseIterable, Hashable, Sendable {
    case trace, debug, info, notice, warning, error, critical
}
