// The section `nat64`: the translator behind the synthesized addresses. RFC 6146 (stateful NAT64) with the requirements
// of RFC 4787 (UDP), RFC 5382 (TCP), RFC 5508 (ICMP) and RFC 6888 (many subscribers) that it takes over.

extension Configuration {
    /// The translator behind the synthesized addresses. Its prefixes are `Configuration.allPrefixes`.
    public struct NAT64: Hashable, Sendable {
        public var backend: NAT64Backend = .none
        public var whenDown: WhenDown = .nativeOnly
        /// The public addresses and ports; empty: this host's own address is shared. No two have a transport address
        /// in common.
        public var pool4: [Pool4Range] = []
        public var filtering: Filtering = .endpointIndependent
        /// Non-global IPv4 addresses behind 64:ff9b::/96.
        public var nonGlobal: NonGlobal = .translate
        public var timers = Timers()
        public var quota = Quota()
        /// No two have protocol and client, or protocol and public address, in common.
        public var staticBindings: [StaticBinding] = []
        public var log = BindingLog()
        public var tun = Tun()
        public var jool = Jool()

        var writtenKeys = WrittenKeys()

        /// The defaults.
        public init() {}
    }

    /// The translators that this version can drive.
    public enum NAT64Backend: String, CaseIterable, Hashable, Sendable {
        /// Another machine translates.
        case none
        /// The built-in translator on a TUN device.
        case tun
        /// An external Jool instance, driven through its program `jool`.
        case jool
    }
}

extension Configuration.NAT64 {
    /// The keys of this section that the file gives a value, by their paths from here: `pool4`, `timers.udp`, `static`,
    /// `jool.globals`. No part of `==`, and not printed.
    ///
    /// An adopted instance gets these alone. A key without a value is not among them: in this section `null` is always
    /// the default. Sections and elements of lists aren't either.
    public var named: Set<String> {
        get { writtenKeys.paths }
        set { writtenKeys.paths = newValue }
    }

    /// Equal to any other, so that a configuration compares by its values, wherever they come from.
    struct WrittenKeys: Hashable, Sendable {
        var paths: Set<String> = []

        static func == (lhs: Self, rhs: Self) -> Bool { true }
        func hash(into hasher: inout Hasher) {}
    }
}

extension Configuration.NAT64 {
    /// What is answered while the translator does not work and a synthesized AAAA would lead nowhere.
    public enum WhenDown: String, CaseIterable, Hashable, Sendable {
        /// As if it worked.
        case synthesize
        /// Native AAAA alone.
        case nativeOnly = "native-only"
        /// SERVFAIL in place of a synthesized answer, so that clients ask another resolver.
        case servfail
    }

    /// Which packets from outside a binding lets in (RFC 6146 section 3.5.1, RFC 4787 section 5).
    public enum Filtering: String, CaseIterable, Hashable, Sendable {
        /// From everybody.
        case endpointIndependent = "endpoint-independent"
        /// From addresses that the client has sent to.
        case addressDependent = "address-dependent"
    }

    /// What happens to non-global IPv4 addresses behind 64:ff9b::/96, which "MUST NOT be used to represent" them (RFC
    /// 6052 section 3.1).
    public enum NonGlobal: String, CaseIterable, Hashable, Sendable {
        case translate, drop
    }

    /// How long sessions live (RFC 6146 section 4). Whole seconds, 1 s to 30 days.
    public struct Timers: Hashable, Sendable {
        /// TCP_EST.
        public var tcpEstablished: Duration = .seconds(7_440)
        /// TCP_TRANS.
        public var tcpTransitory: Duration = .seconds(240)
        /// UDP_DEFAULT.
        public var udp: Duration = .seconds(300)
        /// ICMP_DEFAULT.
        public var icmp: Duration = .seconds(60)

        /// The defaults.
        public init() {}
    }

    /// What one subscriber may hold (RFC 6888 section 3, REQ-3 and REQ-4); 0: as much as there is room for.
    public struct Quota: Hashable, Sendable {
        public var sessionsPerClient = 4_096
        /// Bindings, each protocol by itself.
        public var portsPerClient = 1_024
        /// Clients whose addresses share this many leading bits, 1 to 128, are one subscriber.
        public var subscriberPrefix = 64

        /// The defaults.
        public init() {}
    }

    /// What is written down of bindings (RFC 6888 section 4, RFC 7422).
    public struct BindingLog: Hashable, Sendable {
        public var bindings: Detail = .none
        /// The file that it is appended to; nil: the daemon's log.
        public var file: String?
        /// Ports in a block; a power of two.
        public var blockSize = 256

        /// The defaults.
        public init() {}

        public enum Detail: Hashable, Sendable {
            case none
            /// A line for each binding that comes or goes; `true` in the file.
            case each
            /// Ports are handed to subscribers in blocks; a line for each block.
            case blocks
        }
    }

    /// The built-in translator's device and size.
    public struct Tun: Hashable, Sendable {
        /// 1 to 15 octets.
        public var device = "nat64"
        /// Checksums and TCP segmentation are left to the kernel.
        public var offload = true
        public var udpOffload: UDPOffload = .automatic
        public var mtu: MTU = .automatic
        public var mssClamp: MSSClamp = .automatic
        /// Threads, each with its queue and its slice of the ports; 1 to 16.
        public var queues = 1
        /// Sessions, and as many bindings, in all.
        public var maxSessions = 1_000_000

        /// The defaults.
        public init() {}
    }

    /// Whether UDP segmentation is left to the kernel.
    public enum UDPOffload: Hashable, Sendable {
        /// Where the kernel has it and does it right.
        case automatic
        case on
        case off
    }

    /// The device's MTU.
    public enum MTU: Hashable, Sendable {
        /// As large as the ways out let it be.
        case automatic
        /// 1280 to 65535.
        case octets(Int)
    }

    /// The largest MSS option that SYNs leave with.
    public enum MSSClamp: Hashable, Sendable {
        /// What fits the MTU of the way out.
        case automatic
        /// As it came.
        case off
        /// At most so much, 536 to 65495.
        case octets(Int)
    }
}
