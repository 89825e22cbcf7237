// A connection of this host's own: where another box translates, where no client can be played, or to hold against what a
// client found.

internal import Glibc
public import LinuxIO
public import NetAddress

/// What a socket of this host finds out.
public enum SocketProbe {
    /// Opens a TCP connection and ends it. Waits: for a thread that may.
    public static func connect(to target: SocketAddress, timeLimit: Duration = .seconds(5)) -> SocketOutcome {
        let began = ContinuousClock.now
        do throws(Errno) {
            _ = try StreamSocket(to: target, until: began + timeLimit)
            return .connected(milliseconds: began.milliseconds)
        } catch {
            switch error {
            case .connectionRefused: return .refused(milliseconds: began.milliseconds)
            case .timedOut: return .silence(milliseconds: Int(began.milliseconds))
            default: return .error(error, milliseconds: began.milliseconds)
            }
        }
    }

    /// As the other, on a thread of its own.
    public static func connect(to target: SocketAddress, timeLimit: Duration = .seconds(5)) async -> SocketOutcome {
        await OwnThread.run("probe") { connect(to: target, timeLimit: timeLimit) }
    }
}

/// As `ConnectOutcome`, as far as a socket knows.
public enum SocketOutcome: Hashable, Sendable {
    case connected(milliseconds: Double)
    case refused(milliseconds: Double)
    /// The kernel's word for what a router answered, or for what it knows itself: ENETUNREACH, EHOSTUNREACH, EACCES.
    case error(Errno, milliseconds: Double)
    case silence(milliseconds: Int)

    /// Whether packets got to the host and back.
    public var provesTheWay: Bool {
        switch self {
        case .connected, .refused: true
        case .error, .silence: false
        }
    }
}
