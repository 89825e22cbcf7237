// Talking to the service manager: sd_notify(3), by hand, since its protocol is a datagram of lines.

internal import Glibc
internal import Telemetry

/// The service manager that started this process, or nobody: then notices go nowhere.
///
/// The socket is connected at once, so that notices still get through after a change of user or root directory.
public final class ServiceManager: Sendable {
    /// What it is told.
    public enum Notice: Hashable, Sendable {
        case ready
        /// The configuration is being read anew; `ready` ends it.
        case reloading
        case stopping
        /// One line for `systemctl status`.
        case status(String)
        /// A sign of life, due at least once in `watchdogInterval`.
        case watchdog
    }

    /// In nanoseconds; nil if no sign of life is asked for. Give one at half of it.
    public let watchdogInterval: UInt64?
    private let socket: OwnedDescriptor?

    /// Whether anybody listens.
    public var isPresent: Bool { raw != nil }

    private var raw: Int32? {
        switch socket {
        case .some(let socket): socket.raw
        case .none: nil
        }
    }

    /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and removes them, so that programs started from here don't
    /// speak in our name. Call it before other threads read the environment. Throws where NOTIFY_SOCKET is unusable.
    public convenience init() throws(Errno) {
        let environment = Environment.take(["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"])
        try self.init(environment: environment)
    }

    init(environment: [String: String]) throws(Errno) {
        var interval: UInt64?
        if let text = environment["WATCHDOG_USEC"], let microseconds = UInt64(text), microseconds > 0 {
            let isOurs = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
            if isOurs { interval = microseconds.multipliedReportingOverflow(by: 1000).partialValue }
        }
        watchdogInterval = interval
        guard let path = environment["NOTIFY_SOCKET"], !path.isEmpty else {
            socket = nil
            return
        }
        socket = try Self.connect(path)
    }

    /// A path, or after "@" a name in the abstract namespace (unix(7)), where the "@" stands for a zero octet.
    private static func connect(_ path: String) throws(Errno) -> OwnedDescriptor {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        var octets = Array(path.utf8)
        guard octets.count < MemoryLayout.size(ofValue: name.sun_path) else { throw .nameTooLong }
        guard octets.first == UInt8(ascii: "/") || (octets.first == UInt8(ascii: "@") && octets.count > 1) else {
            throw .familyNotSupported
        }
        let isAbstract = octets[0] == UInt8(ascii: "@")
        if isAbstract { octets[0] = 0 }
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: octets) }
        // An abstract name ends with its length, a path with a zero octet.
        let size = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2) + socklen_t(octets.count)
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        let socket = OwnedDescriptor(adopting: try SystemCall.glibc { Glibc.socket(AF_UNIX, type, 0) })
        let raw = socket.raw
        try SystemCall.glibc {
            withUnsafeBytes(of: &name) { bytes in
                bytes.withMemoryRebound(to: sockaddr.self) {
                    Glibc.connect(raw, $0.baseAddress, size + (isAbstract ? 0 : 1))
                }
            }
        }
        return socket
    }

    /// Tells several things at once. Safe from any thread.
    public func notify(_ notices: Notice...) throws(Errno) {
        guard let raw else { return }
        let octets = Array(notices.map(Self.line).joined(separator: "\n").utf8)
        try SystemCall.glibc { send(raw, octets, octets.count, Int32(MSG_NOSIGNAL)) }
    }

    private static func line(_ notice: Notice) -> String {
        switch notice {
        case .ready: "READY=1"
        // "MONOTONIC_USEC=" must stand beside it for Type=notify-reload, and be of the same moment.
        case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(MonotonicTime.read().nanoseconds / 1000)"
        case .stopping: "STOPPING=1"
        case .status(let text): "STATUS=\(text.split(whereSeparator: \.isNewline).joined(separator: " "))"
        case .watchdog: "WATCHDOG=1"
        }
    }
}

/// The process's environment. Not safe beside threads that read it: for the start only.
enum Environment {
    /// The variables of these names that are set; they no longer are.
    static func take(_ names: [String]) -> [String: String] {
        var taken: [String: String] = [:]
        for name in names {
            guard let value = getenv(name) else { continue }
            taken[name] = String(cString: value)
            unsetenv(name)
        }
        return taken
    }
}
