// What a translator is told. Values for one thread: with several queues each gets its slice of the port space.

public import NetAddress

public struct TranslatorSettings: Sendable {
    /// At least one; a packet's destination is looked up in this order, and IPv4 sources are embedded in the first one
    /// unless their session came by another.
    public var prefixes: [Pref64]
    /// What may stand behind the IPv4 address in prefixes shorter than /96, beside zeros (RFC 6052 section 2.2).
    public var suffixes: [IPv6Address] = []
    /// At least one range.
    public var pool4: [PoolRange]
    /// Also let in packets from addresses that a binding has not been sent to.
    public var endpointIndependentFiltering = true
    public var timers = Timers()
    public var quota = Quota()
    /// Drop non-global IPv4 addresses behind 64:ff9b::/96 (RFC 6052 section 3.1).
    public var dropsNonGlobal = false
    /// 0, or the power of two of ports that a subscriber gets at once.
    public var portBlockSize = 0
    /// Keep what the log of bindings is written from.
    public var recordsBindings = false
    /// Sessions, and as many bindings.
    public var sessionLimit = 1_000_000
    /// Octets that fragments may wait in.
    public var fragmentMemory = 4 << 20
    /// The smallest MTU that IPv6 knows, or a larger one that the network is known to have: packets with DF clear are
    /// cut to it (RFC 7915 section 4).
    public var lowestIPv6MTU = 1280
    /// Upper bounds on the MSS option of SYNs that leave by IPv6 and by IPv4; nil: as it came.
    public var maximumSegmentSize6: UInt16?
    public var maximumSegmentSize4: UInt16?
    /// The sources of what the translator says itself: errors to clients; errors to servers about packets that were not
    /// sent to an address of pool4 (those are their source else).
    public var ownAddress6: IPv6Address
    public var ownAddress4: IPv4Address
    /// pool4 is a private address that the host translates once more: packets between two of its ports may come back
    /// through the host.
    public var isShared = false
    /// Bindings that are always there.
    public var staticBindings: [StaticBindingSettings] = []
    /// This translator's part of the port space: slice `slice` of `slices`.
    public var slice = 0
    public var slices = 1

    public init(prefixes: [Pref64], pool4: [PoolRange], ownAddress6: IPv6Address, ownAddress4: IPv4Address) {
        self.prefixes = prefixes
        self.pool4 = pool4
        self.ownAddress6 = ownAddress6
        self.ownAddress4 = ownAddress4
    }

    /// RFC 6146 section 4, seconds.
    public struct Timers: Hashable, Sendable {
        public var tcpEstablished: UInt32 = 7440
        public var tcpTransitory: UInt32 = 240
        /// TCP_INCOMING_SYN.
        public var tcpIncomingSYN: UInt32 = 6
        public var udp: UInt32 = 300
        public var icmp: UInt32 = 60
        /// FRAGMENT_MIN.
        public var fragment: UInt32 = 2

        public init() {}
    }

    /// 0: as many as there is room for.
    public struct Quota: Hashable, Sendable {
        public var subscriberPrefixLength = 64
        public var sessions = 4096
        /// Bindings of one protocol.
        public var ports = 1024

        public init() {}
    }
}

/// Addresses of pool4 with the ports of each.
public struct PoolRange: Hashable, Sendable {
    public var first: IPv4Address
    /// Addresses, at least 1.
    public var addressCount: Int
    public var ports: ClosedRange<UInt16>

    public init(first: IPv4Address, addressCount: Int, ports: ClosedRange<UInt16> = 1...65535) {
        self.first = first
        self.addressCount = addressCount
        self.ports = ports
    }

    @inlinable
    public func contains(_ address: IPv4Address) -> Bool {
        Int(address.rawValue &- first.rawValue) < addressCount
    }
}

/// What has a BIB and session table of its own (RFC 6146 section 3).
public enum TableProtocol: UInt8, CaseIterable, Hashable, Sendable, BitwiseCopyable {
    case tcp = 0
    case udp = 1
    /// ICMP queries: the identifier stands where others have a port.
    case icmp = 2
}

/// A binding that is always there.
public struct StaticBindingSettings: Hashable, Sendable {
    public var proto: TableProtocol
    public var client: IPv6Address
    public var clientPort: UInt16
    public var publicAddress: IPv4Address
    public var publicPort: UInt16

    public init(
        proto: TableProtocol, client: IPv6Address, clientPort: UInt16, publicAddress: IPv4Address, publicPort: UInt16
    ) {
        self.proto = proto
        self.client = client
        self.clientPort = clientPort
        self.publicAddress = publicAddress
        self.publicPort = publicPort
    }
}
