// The plan's values in the translator's words, and back.

internal import HostNetwork
internal import NAT64Backend
internal import NetAddress
internal import Translator

extension TranslatorSettings {
    /// All but what options, links and slices say.
    init(_ plan: NAT64Plan, _ addresses: ChosenAddresses) {
        let isShared = plan.pool4.isEmpty
        let pool =
            isShared ? [PoolRange(first: addresses.inner, addressCount: 1)] : plan.pool4.compactMap(PoolRange.init)
        self.init(
            prefixes: plan.prefixes, pool4: pool, ownAddress6: addresses.translator6,
            ownAddress4: pool.first?.first ?? addresses.inner)
        self.isShared = isShared
        suffixes = plan.suffixes
        endpointIndependentFiltering = plan.filtering == .endpointIndependent
        timers.tcpEstablished = UInt32(clamping: plan.timers.tcpEstablished)
        timers.tcpTransitory = UInt32(clamping: plan.timers.tcpTransitory)
        timers.udp = UInt32(clamping: plan.timers.udp)
        timers.icmp = UInt32(clamping: plan.timers.icmp)
        quota.subscriberPrefixLength = plan.quota.subscriberPrefixLength
        quota.sessions = plan.quota.sessions
        quota.ports = plan.quota.ports
        dropsNonGlobal = plan.nonGlobal == .drop
        recordsBindings = plan.log.detail != .none
        portBlockSize = plan.log.detail == .blocks ? plan.log.blockSize : 0
    }
}

extension NAT64Plan {
    /// All addresses that it speaks of.
    var allPrefixes: [IPPrefix] { prefixes.map(\.prefix) + pool4.map(\.prefix) }
}

extension ChosenAddresses {
    /// The translator's own address on the device's network: its ::2.
    var translator6: IPv6Address {
        guard case .v6(let network) = deviceNetwork.address else { return inner.mapped }
        return IPv6Address(high: network.high, low: 2)
    }
}

extension IPv4Address {
    fileprivate var mapped: IPv6Address { IPv6Address(mapped: self) }
}

extension PoolRange {
    /// nil for an IPv6 prefix.
    init?(_ range: Pool4Range) {
        guard case .v4(let first) = range.prefix.address else { return nil }
        self.init(first: first, addressCount: 1 << (32 - range.prefix.length), ports: range.ports)
    }
}

extension StaticBindingSettings {
    init(_ binding: StaticBinding, inside: TransportAddress4) {
        self.init(
            proto: TableProtocol(binding.proto), client: binding.client.address, clientPort: binding.client.port,
            publicAddress: inside.address, publicPort: inside.port)
    }
}

extension TableProtocol {
    init(_ proto: TransportProtocol) {
        switch proto {
        case .tcp: self = .tcp
        case .udp: self = .udp
        case .icmp: self = .icmp
        }
    }
}

extension TransportProtocol {
    init(_ proto: TableProtocol) {
        switch proto {
        case .tcp: self = .tcp
        case .udp: self = .udp
        case .icmp: self = .icmp
        }
    }
}

extension SessionEntry {
    init(_ view: SessionView) {
        self.init(
            proto: TransportProtocol(view.proto), client: TransportAddress6(view.client, view.clientPort),
            remote6: TransportAddress6(view.remote6, view.proto == .icmp ? view.clientPort : view.remotePort),
            public: TransportAddress4(view.publicAddress, view.publicPort),
            remote: TransportAddress4(view.remote, view.proto == .icmp ? view.publicPort : view.remotePort),
            state: view.state.name, remainingSeconds: view.remainingSeconds)
    }
}

extension BindingEntry {
    init(_ view: BindingView) {
        self.init(
            proto: TransportProtocol(view.proto), client: TransportAddress6(view.client, view.clientPort),
            public: TransportAddress4(view.publicAddress, view.publicPort), isStatic: view.isStatic,
            sessions: UInt64(view.sessionCount))
    }
}

extension EntrySelection {
    func matches(_ view: SessionView) -> Bool {
        matches(view.proto, view.client, view.publicAddress, view.publicPort)
            && remote.map { $0.contains(.v4(view.remote)) } ?? true
    }

    func matches(_ view: BindingView) -> Bool {
        matches(view.proto, view.client, view.publicAddress, view.publicPort)
    }

    private func matches(
        _ proto: TableProtocol, _ client: IPv6Address, _ publicAddress: IPv4Address, _ publicPort: UInt16
    ) -> Bool {
        (self.proto.map { TableProtocol($0) == proto } ?? true)
            && (self.client.map { $0.contains(.v6(client)) } ?? true)
            && (publicPrefix.map { $0.contains(.v4(publicAddress)) } ?? true)
            && (self.publicPort.map { $0 == publicPort } ?? true)
    }
}
