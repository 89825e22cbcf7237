// What a network's clients are to be told: the facts that every program's configuration is made from.

public import NetAddress

/// A network that clients are on, seen from this host.
public struct AnnouncedNetwork: Hashable, Sendable {
    /// The interface toward the clients.
    public var interface: InterfaceName
    /// The prefixes of the link, a /64 each, from which hosts make addresses of their own (RFC 4862). At least one.
    public var prefixes: [IPPrefix]
    /// Where dns64d listens on port 53 on this link: one to three addresses, the most lasting first.
    public var resolvers: [IPv6Address]
    public var ipv4: IPv4Side
    public var nat64: NAT64Side
    /// Whether this host translates; otherwise another one does, which may be the clients' router.
    public var translatesHere: Bool
    /// What to mind about the network, whichever program announces it. A sentence or a few each.
    public var remarks: [String]

    public init(
        interface: InterfaceName, prefixes: [IPPrefix], resolvers: [IPv6Address], ipv4: IPv4Side, nat64: NAT64Side,
        translatesHere: Bool = true, remarks: [String] = []
    ) {
        self.interface = interface
        self.prefixes = prefixes
        self.resolvers = resolvers
        self.ipv4 = ipv4
        self.nat64 = nat64
        self.translatesHere = translatesHere
        self.remarks = remarks
    }

    /// IPv4 on the link, as far as it is this host's to give out.
    public enum IPv4Side: Hashable, Sendable {
        /// The interface has no IPv4 address.
        case none
        /// The way to the IPv4 Internet leads over this interface: addresses are given out by somebody else there.
        case uplink
        /// A network without room for clients.
        case full(IPPrefix)
        case network(IPv4Network)
    }

    /// What DHCPv4 gives out.
    public struct IPv4Network: Hashable, Sendable {
        /// An IPv4 prefix, /29 or shorter as a rule.
        public var prefix: IPPrefix
        /// This host.
        public var router: IPv4Address
        /// Where dns64d listens on port 53 in `prefix`; nil: nowhere.
        public var resolver: IPv4Address?
        /// Addresses for clients; inside `prefix`, and none of them this host's.
        public var pool: ClosedRange<IPv4Address>

        public init(
            prefix: IPPrefix, router: IPv4Address, resolver: IPv4Address?, pool: ClosedRange<IPv4Address>
        ) {
            self.prefix = prefix
            self.router = router
            self.resolver = resolver
            self.pool = pool
        }
    }

    /// What dns64d does with the names that these clients ask for.
    public enum NAT64Side: Hashable, Sendable {
        /// It synthesizes under these prefixes, at least one.
        case prefixes([Pref64])
        /// It synthesizes nothing: the policy of this label has mode `off`.
        case off(policy: String)

        /// RFC 8781 section 5: "This option may appear more than once in an RA"
        public var prefixes: [Pref64] {
            if case .prefixes(let prefixes) = self { return prefixes }
            return []
        }
    }
}
