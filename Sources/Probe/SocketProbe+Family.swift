// The same to an address of either family: what the box itself reaches by IPv4 tells the translator's fault from the host's.

internal import LinuxIO
public import NetAddress

extension SocketProbe {
    /// Opens a TCP connection and ends it, on a thread of its own.
    public static func connect(to target: SocketAddress, timeLimit: Duration = .seconds(5)) async -> SocketOutcome {
        if case .v6(let address) = target.address {
            return await connect(to: address, port: target.port, timeLimit: timeLimit)
        }
        return await OwnThread.run("probe") {
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
    }
}
