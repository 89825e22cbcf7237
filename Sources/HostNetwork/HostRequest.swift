// What the translator asks of the host, and what it is told back: plain values.

public import NAT64Backend
public import NetAddress

/// What the host is to do for a translator on a TUN device. Equal requests make equal hosts.
public struct HostRequest: Hashable, Sendable {
    /// The TUN device's name, as in `ip link`: 1 to 15 of letters, digits, `.`, `_`, `-`.
    public var device: String
    /// The device's MTU, 1280 to 65535 bytes.
    public var mtu: Int
    /// IPv6 prefixes that lead to the device: the translator's. At least one.
    public var prefixes: [IPPrefix]
    /// The device's own IPv6 network, a /64. The host gets its ::1; its ::2 is the translator's and no address of the
    /// host.
    public var deviceNetwork: IPPrefix
    /// Public IPv4 prefixes that lead to the device; empty: the host's own address is shared, by way of `inner`.
    public var pool4: [IPPrefix] = []
    /// Those of `pool4` of which only some ports may be used. Changes no step, but what a conflict says.
    public var partialPool4: Set<IPPrefix> = []
    /// The translator's IPv4 address when the host's own is shared; nil with `pool4`.
    public var inner: IPv4Address?
    /// What reaches the translator from outside when the host's own address is shared.
    public var forwards: [PortForward] = []

    /// A host that shares its own address.
    public init(device: String, mtu: Int, prefixes: [IPPrefix], deviceNetwork: IPPrefix, inner: IPv4Address) {
        self.device = device
        self.mtu = mtu
        self.prefixes = prefixes
        self.deviceNetwork = deviceNetwork
        self.inner = inner
    }

    /// A host that leads public addresses to the translator.
    public init(device: String, mtu: Int, prefixes: [IPPrefix], deviceNetwork: IPPrefix, pool4: [IPPrefix]) {
        self.device = device
        self.mtu = mtu
        self.prefixes = prefixes
        self.deviceNetwork = deviceNetwork
        self.pool4 = pool4
    }
}

/// A transport address of the host that is handed on to the translator, for a static binding.
public struct PortForward: Hashable, Sendable {
    public var proto: TransportProtocol
    /// An address of the host, as the outside knows it.
    public var `public`: TransportAddress4
    /// The translator's side. For ICMP the identifier has to be that of `public`: netfilter can't change it on the way.
    public var inner: TransportAddress4

    public init(proto: TransportProtocol, public: TransportAddress4, inner: TransportAddress4) {
        self.proto = proto
        self.public = `public`
        self.inner = inner
    }
}

/// What `HostNetwork.apply` would do, and what it would leave to a person.
public struct HostPlan: Hashable, Sendable {
    /// In the order in which they are done; empty: the host is as asked already.
    public var steps: [PlannedStep]
    /// What may keep packets from passing, and isn't ours to change. A sentence or more each.
    public var warnings: [String]

    public init(steps: [PlannedStep], warnings: [String]) {
        self.steps = steps
        self.warnings = warnings
    }
}

/// Addresses that nothing on the host collides with.
public struct ChosenAddresses: Hashable, Sendable {
    /// For `HostRequest.inner`.
    public var inner: IPv4Address
    /// For `HostRequest.deviceNetwork`: a /64 of a unique local prefix (RFC 4193).
    public var deviceNetwork: IPPrefix

    public init(inner: IPv4Address, deviceNetwork: IPPrefix) {
        self.inner = inner
        self.deviceNetwork = deviceNetwork
    }
}
