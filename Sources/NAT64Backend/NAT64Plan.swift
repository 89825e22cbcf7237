// What a translator is to be: the `nat64` section with the DNS64's prefixes, free of any backend's own words.

public import NetAddress

/// The translator that the configuration asks for. Equal plans make equal translators.
public struct NAT64Plan: Hashable, Sendable {
    /// The DNS64's prefixes, in its order. At least one.
    public var prefixes: [Pref64]
    /// What the DNS64 puts behind the IPv4 address in prefixes shorter than /96; zeros are always understood.
    public var suffixes: [IPv6Address] = []
    /// The public addresses and ports; empty: share this host's own address.
    public var pool4: [Pool4Range] = []
    public var filtering = Filtering.endpointIndependent
    public var timers = SessionTimers()
    public var quota = SubscriberQuota()
    public var staticBindings: [StaticBinding] = []
    public var nonGlobal = NonGlobalPolicy.translate
    public var log = BindingLog()
    /// What somebody wrote down rather than left at its default. A translator that dns64d only adopted is given no more.
    public var named: Set<Part> = []
    /// Settings that only this backend knows, under its own names.
    public var ownSettings: [String: String] = [:]

    /// Parts of a plan that have defaults.
    public enum Part: String, CaseIterable, Hashable, Sendable {
        case pool4, filtering, tcpEstablished, tcpTransitory, udp, icmp, staticBindings, log
    }

    public init(prefixes: [Pref64]) { self.prefixes = prefixes }
}

/// Addresses of pool4, with the ports of each that may be used: `192.0.2.10`, `192.0.2.16/28`, `192.0.2.10 40000-49999`.
public struct Pool4Range: Hashable, Sendable, CustomStringConvertible {
    /// An IPv4 prefix.
    public var prefix: IPPrefix
    /// Also the range of ICMP identifiers.
    public var ports: ClosedRange<UInt16>

    public init(prefix: IPPrefix, ports: ClosedRange<UInt16> = 1...65535) {
        self.prefix = prefix
        self.ports = ports
    }

    public var description: String {
        let addresses = prefix.length == 32 ? "\(prefix.address)" : "\(prefix)"
        return ports == 1...65535 ? addresses : "\(addresses) \(ports.lowerBound)-\(ports.upperBound)"
    }
}

/// Which packets from outside a binding lets in (RFC 6146 section 3.5.1; RFC 4787 section 5).
public enum Filtering: String, CaseIterable, Hashable, Sendable {
    /// From everybody.
    case endpointIndependent = "endpoint-independent"
    /// From addresses that the client has sent to.
    case addressDependent = "address-dependent"
}

/// How long sessions live, seconds.
public struct SessionTimers: Hashable, Sendable {
    /// TCP_EST: 2 h 4 min (RFC 6146 section 4).
    public var tcpEstablished = 7440
    /// TCP_TRANS: 4 min.
    public var tcpTransitory = 240
    /// UDP_DEFAULT: 5 min.
    public var udp = 300
    /// ICMP_DEFAULT: 60 s.
    public var icmp = 60

    public init() {}
}

/// What one subscriber may hold.
public struct SubscriberQuota: Hashable, Sendable {
    /// Clients whose addresses share this many leading bits are one subscriber.
    public var subscriberPrefixLength = 64
    /// 0: as many as there is room for.
    public var sessions = 4096
    /// Bindings, counted per protocol; 0: as many as there is room for.
    public var ports = 1024

    public init() {}
}

/// What happens to non-global IPv4 addresses behind 64:ff9b::/96 (RFC 6052 section 3.1).
public enum NonGlobalPolicy: String, CaseIterable, Hashable, Sendable {
    case translate
    case drop
}

/// What is written down of bindings (RFC 6888 section 4, RFC 7422).
public struct BindingLog: Hashable, Sendable {
    public enum Detail: String, Hashable, Sendable {
        case none
        /// A line for each binding that comes and goes.
        case bindings
        /// Ports are handed to subscribers in blocks; a line for each block.
        case blocks
    }

    public var detail = Detail.none
    /// A path; nil: the daemon's log.
    public var file: String?
    /// Ports a block, a power of two.
    public var blockSize = 256

    public init() {}
}

public enum TransportProtocol: String, CaseIterable, Hashable, Sendable {
    case tcp, udp
    /// ICMP queries; their identifier stands where others have a port.
    case icmp
}

/// An IPv4 transport address (RFC 6146 section 2): address and port, or ICMP identifier.
public struct TransportAddress4: Hashable, Sendable, CustomStringConvertible {
    public var address: IPv4Address
    public var port: UInt16

    public init(_ address: IPv4Address, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    public var description: String { "\(address):\(port)" }
}

/// An IPv6 transport address.
public struct TransportAddress6: Hashable, Sendable, CustomStringConvertible {
    public var address: IPv6Address
    public var port: UInt16

    public init(_ address: IPv6Address, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    public var description: String { "[\(address)]:\(port)" }
}

/// A binding that is always there, so that servers behind the NAT64 can be reached. A public address of 0.0.0.0 stands for
/// this host's own address, whatever it is.
public struct StaticBinding: Hashable, Sendable {
    /// 0.0.0.0, for this host's own address.
    public static let hostAddress = IPv4Address(rawValue: 0)

    public var proto: TransportProtocol
    public var client: TransportAddress6
    public var `public`: TransportAddress4

    public init(proto: TransportProtocol, client: TransportAddress6, public: TransportAddress4) {
        self.proto = proto
        self.client = client
        self.public = `public`
    }
}
