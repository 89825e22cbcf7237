// Why no client can be played here.

internal import HostNetwork
internal import LinuxIO
internal import TunDevice

public struct ProbeFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Hashable, Sendable {
        /// /dev/net/tun is not there.
        case noDriver
        /// CAP_NET_ADMIN is missing, or /dev/net/tun may not be opened.
        case notPermitted
        /// IPv6 is switched off on this host.
        case noIPv6
        /// The kernel or `ip` refused for another reason.
        case refused
        /// The device was there, and went away meanwhile.
        case lost
    }

    public var kind: Kind
    /// One sentence.
    public var message: String
    /// A command, or a line of a unit file.
    public var remedy: String?

    init(_ kind: Kind, _ message: String, remedy: String? = nil) {
        self.kind = kind
        self.message = message
        self.remedy = remedy
    }

    public var description: String { remedy.map { "\(message) (\($0))" } ?? message }
}

extension ProbeFailure {
    init(_ failure: TunFailure) {
        let kind: Kind =
            switch failure.kind {
            case .noDriver: .noDriver
            case .notPermitted: .notPermitted
            case .inUse, .taken, .badName, .refused: .refused
            }
        self.init(kind, failure.message, remedy: failure.remedy)
    }

    /// `ip route add` did not do as it was asked.
    static func route(_ result: ProgramResult) -> ProbeFailure {
        switch result.termination {
        case .missing:
            return ProbeFailure(.refused, "the program `ip` is missing", remedy: "apt-get install iproute2")
        case .exited where result.words.contains("Operation not permitted"):
            return ProbeFailure(
                .notPermitted, "`\(result.typed)` may not be done: CAP_NET_ADMIN is missing",
                remedy: "start as root, or in the systemd unit: `AmbientCapabilities=CAP_NET_ADMIN`")
        case .exited where result.words.contains("IPv6 is disabled"):
            return ProbeFailure(
                .noIPv6, "IPv6 is switched off on this host (`\(result.typed)`: \(result.words))",
                remedy: "sysctl -w net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0")
        default:
            let words = result.words.isEmpty ? "\(result.termination)" : result.words
            return ProbeFailure(.refused, "`\(result.typed)` failed: \(words)")
        }
    }
}
