// Between the words of the control protocol and the values of the backends.

internal import ControlProtocol
internal import NAT64Backend
internal import NetAddress

/// A request that names what can't be.
struct RefusedRequest: Error {
    let refusal: Refusal

    init(_ message: String) { refusal = Refusal(code: .invalid, message: message) }
}

extension Refusal {
    init(_ failure: BackendFailure) {
        self.init(code: failure.kind == .invalid ? .invalid : .unsupported, message: failure.description)
    }
}

extension TransportProtocol {
    init(_ proto: NAT64Protocol) {
        switch proto {
        case .tcp: self = .tcp
        case .udp: self = .udp
        case .icmp: self = .icmp
        }
    }
}

extension TransportAddress4 {
    /// nil stands for this host's own address.
    init(_ address: String?, _ port: UInt16) throws(RefusedRequest) {
        guard let address else {
            self.init(StaticBinding.hostAddress, port)
            return
        }
        guard let parsed = IPv4Address(address) else {
            throw RefusedRequest("\"\(address)\" is not an IPv4 address")
        }
        self.init(parsed, port)
    }
}

extension StaticBinding {
    init(_ binding: NAT64StaticBinding) throws(RefusedRequest) {
        guard let client = IPv6Address(binding.client) else {
            throw RefusedRequest("\"\(binding.client)\" is not an IPv6 address")
        }
        self.init(
            proto: TransportProtocol(binding.proto), client: TransportAddress6(client, binding.clientPort),
            public: try TransportAddress4(binding.public, binding.publicPort))
    }
}

extension EntrySelection {
    init(_ selection: NAT64Selection) throws(RefusedRequest) {
        self.init()
        proto = selection.proto.map(TransportProtocol.init)
        client = try Self.prefix(selection.client, "an IPv6")
        remote = try Self.prefix(selection.remote, "an IPv4")
        publicPrefix = try Self.prefix(selection.publicPrefix, "an IPv4")
        publicPort = selection.publicPort
    }

    private static func prefix(_ text: String?, _ kind: String) throws(RefusedRequest) -> IPPrefix? {
        guard let text else { return nil }
        let isIPv6 = kind == "an IPv6"
        guard let prefix = IPPrefix(text), prefix.address.bitWidth == (isIPv6 ? 128 : 32) else {
            throw RefusedRequest("\"\(text)\" is not \(kind) address or prefix")
        }
        return prefix
    }
}

extension NAT64Session {
    init(_ session: SessionEntry, name: String?) {
        self.init(
            proto: session.proto.rawValue, client: session.client.address.description, clientPort: session.client.port,
            remote6: session.remote6.address.description, public: session.public.address.description,
            publicPort: session.public.port, remote: session.remote.address.description,
            remotePort: session.remote.port, state: session.state, remainingSeconds: session.remainingSeconds,
            name: name)
    }
}

extension NAT64Binding {
    init(_ binding: BindingEntry) {
        self.init(
            proto: binding.proto.rawValue, client: binding.client.address.description, clientPort: binding.client.port,
            public: binding.public.address.description, publicPort: binding.public.port, isStatic: binding.isStatic,
            sessions: binding.sessions)
    }
}
