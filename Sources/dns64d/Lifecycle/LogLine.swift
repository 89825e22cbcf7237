// Log lines to standard error: the journal, or the terminal, adds what else there is to know.

internal import Glibc
internal import Logging
internal import Synchronization

/// The level of all loggers, changed while they are in use (`dns64ctl log-level`, a reload).
enum LogThreshold {
    private static let ordinal = Atomic<Int>(Logger.Level.allCases.firstIndex(of: .info) ?? 2)

    static var level: Logger.Level {
        get { Logger.Level.allCases[ordinal.load(ordering: .relaxed)] }
        set { ordinal.store(Logger.Level.allCases.firstIndex(of: newValue) ?? 2, ordering: .relaxed) }
    }
}

/// Writes one line an event. Under systemd with its priority in front (sd-daemon(3)), elsewhere with the level's name.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    var logLevel: Logger.Level {
        get { LogThreshold.level }
        set { _ = newValue }
    }
    private let toJournal = getenv("JOURNAL_STREAM") != nil

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let head = toJournal ? "<\(Self.priority(event.level))>" : "dns64d: \(event.level): "
        Console.complain(head + "\(event.message)".split(separator: "\n").joined(separator: "\n" + head))
    }

    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
