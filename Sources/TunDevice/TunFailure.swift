// Why there is no TUN device, for the person who can mend it.

internal import LinuxIO

/// Why a TUN device could not be had. Nothing was changed.
public struct TunFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Hashable, Sendable {
        /// /dev/net/tun is not there, or nothing answers behind it.
        case noDriver
        /// /dev/net/tun may not be opened, or devices may not be made: rights are missing.
        case notPermitted
        /// Somebody else reads and writes the device of that name.
        case inUse
        /// An interface of that name is there and is no TUN device, or one of another kind.
        case taken
        /// No interface can have that name.
        case badName
        /// The kernel refused for another reason.
        case refused
    }

    public var kind: Kind
    /// One sentence or more.
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

extension TunFailure {
    static func opening(_ errno: Errno) -> TunFailure {
        switch errno {
        case .noSuchFile, .noDevice, .noDeviceOrAddress:
            TunFailure(
                .noDriver, "there is no /dev/net/tun: this kernel has no TUN driver, or this container no such device",
                remedy: "`modprobe tun`; in a container, give it the device: `--device /dev/net/tun`")
        case .permissionDenied, .notPermitted:
            TunFailure(
                .notPermitted, "/dev/net/tun may not be opened by this user (\(errno.name))",
                remedy: "start as root, or `chmod 0666 /dev/net/tun` as most systems have it, and in a systemd unit "
                    + "with DevicePolicy=: `DeviceAllow=/dev/net/tun rw`")
        default:
            TunFailure(.refused, "/dev/net/tun cannot be opened: \(errno)")
        }
    }

    /// `existing`: an interface of that name was there before; `isTun`: and is a TUN device.
    static func attaching(_ name: String, _ errno: Errno, existing: Bool, isTun: Bool) -> TunFailure {
        switch errno {
        case .notPermitted, .permissionDenied:
            TunFailure(
                .notPermitted, "the TUN device \(name) may not be made: CAP_NET_ADMIN is missing",
                remedy: "start as root, or in the systemd unit: `AmbientCapabilities=CAP_NET_ADMIN`")
        case .busy:
            inUse(name)
        case .invalidArgument where existing && !isTun:
            TunFailure(
                .taken, "an interface called \(name) is there already and is no TUN device",
                remedy: "choose another name: `nat64: { tun: { device: ... } }`")
        case .invalidArgument where existing:
            TunFailure(
                .taken, "the TUN device \(name) is there already and was made for another number of queues",
                remedy: "`ip link delete \(name)`, or make it anew with `ip tuntap add \(name) mode tun`, and "
                    + "`multi_queue` if there is more than one queue")
        case .invalidArgument:
            TunFailure(.badName, "the kernel does not take \"\(name)\" as the name of an interface")
        default:
            TunFailure(.refused, "the TUN device \(name) cannot be made: \(errno)")
        }
    }

    static func inUse(_ name: String) -> TunFailure {
        TunFailure(
            .inUse, "the TUN device \(name) is held by another program",
            remedy: "`grep -l 'iff:.*\(name)$' /proc/[0-9]*/fdinfo/*` shows by whom; end it, or choose another name")
    }

    /// An interface's name as the kernel has it: 1 to 15 octets, no `/`, no white space; `%` would make a pattern of it.
    static func check(name: String) throws(TunFailure) {
        guard name.utf8.count <= 15 else {
            throw TunFailure(
                .badName, "\"\(name)\" is too long for an interface: \(name.utf8.count) octets, at most 15")
        }
        let isPlain = name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && !"/%:".utf8.contains($0) }
        guard isPlain, !["", ".", ".."].contains(name) else {
            throw TunFailure(.badName, "\"\(name)\" cannot be the name of an interface")
        }
    }
}
