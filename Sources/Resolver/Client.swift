// Who asks, and how an answer finds the way back.

public import DNSMessage
public import NetAddress

/// Where a query came from. The resolver hands it back with the answer and reads of it no more than the source address.
public struct Client: Sendable {
    /// How the query came.
    public enum Transport: Sendable {
        case udp
        case stream
    }

    public var source: SocketAddress
    public var transport: Transport
    /// The address that was asked; answers leave from it.
    public var local: IPAddress?
    /// The interface that the datagram came in by, 0 if it does not matter.
    public var interface: UInt32
    /// The listener's own mark: which socket, which connection.
    public var token: UInt64

    public init(
        _ source: SocketAddress, _ transport: Transport, local: IPAddress? = nil, interface: UInt32 = 0,
        token: UInt64 = 0
    ) {
        self.source = source
        self.transport = transport
        self.local = local
        self.interface = interface
        self.token = token
    }
}

/// What the resolver wants done, in order.
public enum ResolverAction: Sendable {
    /// Send `bytes` to `client`.
    case reply(bytes: [UInt8], to: Client)
    /// There will be no reply to a query of this client: a stream need not wait for one.
    case abandon(Client)
    /// Ask upstream; the answer comes back with the same token.
    case ask(token: UInt64, UpstreamAsk)
    /// Nobody waits for this question any more.
    case cancel(token: UInt64)
    /// An explanation that was asked for is complete.
    case explained(Explanation, token: UInt64)
}

/// A question for upstream.
public struct UpstreamAsk: Hashable, Sendable {
    /// Lower-cased.
    public var name: DomainName
    public var type: RecordType
    public var dnssecOK: Bool
    public var checkingDisabled: Bool

    public init(name: DomainName, type: RecordType, dnssecOK: Bool, checkingDisabled: Bool) {
        self.name = name
        self.type = type
        self.dnssecOK = dnssecOK
        self.checkingDisabled = checkingDisabled
    }
}

/// Why upstream gave no answer at all.
public enum AskFailure: Sendable {
    case timeout
    case unreachable
    case noServer
    case overload
    case malformed

    /// The extended error that says so (RFC 8914 sections 4.23 and 4.24).
    var extendedError: UInt16 {
        switch self {
        case .timeout, .noServer, .overload: ExtendedError.noReachableAuthority
        case .unreachable: ExtendedError.networkError
        case .malformed: ExtendedError.invalidData
        }
    }
}
