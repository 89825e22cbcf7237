// This machine, as far as a DNS64 and a NAT64 depend on it: what an engineer would look at first, in one value, so that the
// checks are functions of it.

public import NetAddress

/// Facts of a machine; nothing of dns64d's own.
public struct Box: Hashable, Sendable {
    public var interfaces: [Interface] = []
    public var defaultRoutes4: [Route] = []
    public var defaultRoutes6: [Route] = []
    /// Kernel settings by their path below /proc/sys: `net/ipv4/ip_forward`.
    public var settings: [String: String] = [:]
    public var clock = Clock()
    /// Sockets that take connections or datagrams from anywhere; nil: /proc/net can't be read.
    public var listeners: [Listener]?
    /// nftables chains of the hooks `input` and `forward` that drop what no rule accepts; nil: they can't be read.
    public var droppingChains: [Chain]?

    public init() {}

    public struct Interface: Hashable, Sendable {
        public var name: String
        public var index: UInt32
        public var mtu: Int
        public var isUp: Bool
        public var isLoopback = false
        public var addresses: [Address] = []

        public var linkLocal: IPv6Address? {
            addresses.lazy.compactMap { if case .v6(let v6) = $0.address, v6.isLinkLocal { v6 } else { nil } }.first
        }

        /// IPv6 addresses that clients elsewhere on the link can use: not link-local.
        public var routable6: [Address] {
            addresses.filter { if case .v6(let v6) = $0.address { !v6.isLinkLocal } else { false } }
        }

        public var addresses4: [IPv4Address] {
            addresses.compactMap { if case .v4(let v4) = $0.address { v4 } else { nil } }
        }
    }

    public struct Address: Hashable, Sendable {
        public var address: IPAddress
        public var length: Int
        /// Duplicate address detection is not done yet (RFC 4862 section 5.4).
        public var isTentative = false
        /// Somebody else has it too.
        public var isDuplicate = false

        /// The /64 that clients beside it make their addresses in; nil: it is in none.
        var subnet: IPPrefix? {
            guard case .v6(let v6) = address, length == 64 else { return nil }
            return IPPrefix(.v6(IPv6Address(high: v6.high, low: 0)), length: 64)
        }
    }

    public struct Route: Hashable, Sendable {
        public var device: String
        public var gateway: IPAddress?
        /// `ra`, `dhcp`, `static`; nil: not said.
        public var source: String?
    }

    public struct Clock: Hashable, Sendable {
        /// Seconds since 1970.
        public var now: Int64 = 0
        /// When the newest of what can't be younger than now was written: this program's own file.
        public var floor: Int64 = 0
        /// What the kernel was told by whoever sets the clock; nil: it does not say.
        public var isSynchronized: Bool?
    }

    public struct Listener: Hashable, Sendable {
        public var proto: String
        public var address: IPAddress
        public var port: UInt16
    }

    public struct Chain: Hashable, Sendable {
        public var family: String
        public var table: String
        public var name: String
        public var hook: String
    }

    public func setting(_ path: String) -> String? { settings[path] }
    public func interface(_ name: String) -> Interface? { interfaces.first { $0.name == name } }
    public var uplinks4: Set<String> { Set(defaultRoutes4.map(\.device)) }
}
