// The sections `server`, `control` and `log`: who is served, where, and how the daemon is watched.

public import NetAddress

extension Configuration {
    /// Where dns64d listens, whom it answers and how much it takes on.
    public struct Server: Hashable, Sendable {
        /// At least one, no two the same.
        public var listen: [ListenAddress] = [
            .address(SocketAddress(.v4(IPv4Address(0, 0, 0, 0)), port: 53)),
            .address(SocketAddress(.v6(IPv6Address(high: 0, low: 0)), port: 53)),
        ]
        public var allow: Allow = .automatic
        public var workers: Workers = .automatic
        /// The user to become after the start as root; nil stays.
        public var user: String?
        /// The group to become after the start as root; nil is the user's own.
        public var group: String?
        /// The largest answer over UDP, octets, 512 to 4096.
        public var udpSize = 1232
        /// RFC 7873 and RFC 9018.
        public var cookies = true
        /// The 16 octets of the cookie secret; nil makes a random one at each start.
        public var cookieSecret: [UInt8]?
        public var tcp = TCP()
        /// REFUSED answers a second for one client network; 0 never answers those that are not allowed.
        public var refusedRate = 10
        /// Questions that one worker holds open at a time.
        public var pending = 10_000

        /// The defaults.
        public init() {}
    }

    /// Limits of DNS over TCP (RFC 7766 sections 6.1 and 6.2).
    public struct TCP: Hashable, Sendable {
        public var connections = 512
        public var connectionsPerClient = 32
        public var idleTimeout: Duration = .seconds(10)
        /// Questions that one connection may have open at a time.
        public var pipeline = 100

        /// The defaults.
        public init() {}
    }

    /// One place to listen on.
    public enum ListenAddress: Hashable, Sendable {
        case address(SocketAddress)
        /// A link-local IPv6 address, written `[fe80::1%eth0]:53`; `SocketAddress.scope` is 0 until the interface is
        /// looked up.
        case linkLocal(SocketAddress, interface: String)
        /// Every address of an interface, as they come and go.
        case interface(String, port: UInt16)
    }

    /// Who may ask.
    public enum Allow: Hashable, Sendable {
        /// Loopback and the networks of this machine's own interfaces.
        case automatic
        /// These and nobody else.
        case networks([IPPrefix])
    }

    /// How many worker threads run.
    public enum Workers: Hashable, Sendable {
        /// One for each processor that the daemon may use.
        case automatic
        /// 1 to 256.
        case count(Int)
    }

    /// Where dns64ctl finds the daemon.
    public struct Control: Hashable, Sendable {
        /// The path of the control socket; nil opens none.
        public var socket: String? = "/run/dns64d/control.sock"
        /// The group that may use the socket beside root; nil is the daemon's own.
        public var group: String?

        /// The defaults.
        public init() {}
    }

    /// What the daemon writes down.
    public struct Log: Hashable, Sendable {
        public var level: LogLevel = .info
        /// One line for each query.
        public var queries = false

        /// The defaults.
        public init() {}
    }

    /// From the most to the least talkative.
    public enum LogLevel: String, CaseIterable, Hashable, Sendable {
        case trace, debug, info, notice, warning, error, critical
    }
}
