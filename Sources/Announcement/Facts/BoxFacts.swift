// What is known of this host and of dns64d on it, from which a network is read off.

public import NetAddress

/// An address of one of this host's interfaces.
public struct BoxAddress: Hashable, Sendable {
    public var interface: String
    /// The interface's number, by which link-local addresses are told apart.
    public var index: UInt32
    public var address: IPAddress
    /// How many bits of `address` name its network.
    public var prefixLength: Int
    public var isLoopback: Bool

    public init(
        interface: String, index: UInt32, address: IPAddress, prefixLength: Int, isLoopback: Bool = false
    ) {
        self.interface = interface
        self.index = index
        self.address = address
        self.prefixLength = prefixLength
        self.isLoopback = isLoopback
    }
}

/// What one class of clients gets.
public struct ClientPolicy: Hashable, Sendable {
    public var label: String
    /// Whose source addresses it is for; empty for everybody else.
    public var match: [IPPrefix]
    /// Empty if nothing is synthesized (mode `off`).
    public var prefixes: [Pref64]

    public init(label: String, match: [IPPrefix] = [], prefixes: [Pref64]) {
        self.label = label
        self.match = match
        self.prefixes = prefixes
    }
}

/// This host, now.
public struct BoxFacts: Hashable, Sendable {
    /// All interfaces, also those without an address.
    public var interfaces: [String]
    public var addresses: [BoxAddress]
    /// Where dns64d listens; `::` and 0.0.0.0 stand for all addresses of their own family.
    public var listening: [SocketAddress]
    /// Whose questions dns64d answers.
    public var allowed: IPPrefixSet
    /// In the order in which they are matched.
    public var policies: [ClientPolicy]
    /// What clients get that none of `policies` matches.
    public var standardPolicy: ClientPolicy
    /// The interface over which the IPv4 Internet is reached; nil: none.
    public var ipv4Uplink: String?
    /// The built-in translator's device, or a name that is nobody's.
    public var translatorDevice: String?
    /// Whether this host translates; otherwise another one does, and clients' packets may have to go there.
    public var translatesHere: Bool

    public init(
        interfaces: [String], addresses: [BoxAddress], listening: [SocketAddress], allowed: IPPrefixSet,
        policies: [ClientPolicy] = [], standardPolicy: ClientPolicy, ipv4Uplink: String? = nil,
        translatorDevice: String? = nil, translatesHere: Bool = true
    ) {
        self.interfaces = interfaces
        self.addresses = addresses
        self.listening = listening
        self.allowed = allowed
        self.policies = policies
        self.standardPolicy = standardPolicy
        self.ipv4Uplink = ipv4Uplink
        self.translatorDevice = translatorDevice
        self.translatesHere = translatesHere
    }

    /// The network behind the interface of this name; without a name, behind the only one that can be meant.
    public func network(on name: String?) throws(AnnouncementRefusal) -> AnnouncedNetwork {
        let interface = try choose(name)
        let own = addresses.filter { $0.interface == interface.text }
        let prefixes = try prefixes(of: own, interface)
        let resolvers = try resolvers(of: own, in: prefixes, interface)
        let answers = answers(to: prefixes)
        let ipv4 = ipv4Side(of: own, interface)
        return AnnouncedNetwork(
            interface: interface, prefixes: prefixes, resolvers: resolvers, ipv4: ipv4, nat64: answers.side,
            translatesHere: translatesHere, remarks: answers.remarks + warnings(prefixes, ipv4))
    }

    private func warnings(_ prefixes: [IPPrefix], _ ipv4: AnnouncedNetwork.IPv4Side) -> [String] {
        var networks = prefixes
        if case .network(let network) = ipv4, network.resolver != nil { networks.append(network.prefix) }
        let shut = networks.filter { network in
            !allowed.prefixes.contains { $0.length <= network.length && $0.contains(network.address) }
        }
        if shut.isEmpty { return [] }
        return [
            "dns64d does not answer all of \(shut.map(\.description).joined(separator: ", ")): add it to server.allow."
        ]
    }
}
