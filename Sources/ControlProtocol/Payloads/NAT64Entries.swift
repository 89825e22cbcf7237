// `dns64ctl nat64 sessions` and `nat64 bindings`: the translator's tables (RFC 6146 section 2) page by page.

/// What has sessions and bindings.
public enum NAT64Protocol: String, Codable, CaseIterable, Hashable, Sendable {
    case tcp, udp
    /// ICMP queries; their identifier stands where others have a port.
    case icmp
}

/// Which sessions or bindings are meant: those for which all that is given holds; all of them if nothing is.
public struct NAT64Selection: Codable, Hashable, Sendable {
    public var proto: NAT64Protocol?
    /// An IPv6 prefix or address in which the client's address lies.
    public var client: String?
    /// An IPv4 prefix or address in which the remote host's address lies. Means nothing for bindings.
    public var remote: String?
    /// An IPv4 prefix or address in which the public address lies.
    public var publicPrefix: String?
    public var publicPort: UInt16?

    public init(
        proto: NAT64Protocol? = nil, client: String? = nil, remote: String? = nil, publicPrefix: String? = nil,
        publicPort: UInt16? = nil
    ) {
        self.proto = proto
        self.client = client
        self.remote = remote
        self.publicPrefix = publicPrefix
        self.publicPort = publicPort
    }

    public static let all = NAT64Selection()
}

/// Asks for one page of sessions or bindings.
public struct NAT64PageRequest: Codable, Hashable, Sendable {
    public var selection: NAT64Selection
    /// The `next` of the page before; absent for the first.
    public var after: String?
    /// Entries that are wanted at most; the daemon may send fewer, and never sends more than `largestPage`.
    public var limit: Int

    /// What fits a response with ease.
    public static let largestPage = 10_000

    public init(selection: NAT64Selection = .all, after: String? = nil, limit: Int) {
        self.selection = selection
        self.after = after
        self.limit = limit
    }
}

/// One page, in no particular order. Sessions that come or go meanwhile may or may not be among the pages.
public struct NAT64SessionPage: Codable, Hashable, Sendable {
    /// May be empty though more follow.
    public var sessions: [NAT64Session]
    /// All sessions that there are now, the selection aside; absent where that is not known.
    public var total: UInt64?
    /// The mark to ask on with, known to the daemon alone; absent on the last page.
    public var next: String?

    public init(sessions: [NAT64Session], total: UInt64? = nil, next: String? = nil) {
        self.sessions = sessions
        self.total = total
        self.next = next
    }
}

/// One session.
public struct NAT64Session: Codable, Hashable, Sendable {
    /// `tcp`, `udp`, `icmp`.
    public var proto: String
    /// The client's IPv6 address.
    public var client: String
    /// Its port, or the identifier of its ICMP queries.
    public var clientPort: UInt16
    /// The remote host's address as the client sees it, in a NAT64 prefix.
    public var remote6: String
    /// The IPv4 address that the client has for the remote host.
    public var `public`: String
    public var publicPort: UInt16
    /// The remote host's IPv4 address.
    public var remote: String
    public var remotePort: UInt16
    /// The state of a TCP session in the RFC's words: `established`, `v6-init`; absent for others.
    public var state: String?
    /// What is left, if no packet comes.
    public var remainingSeconds: UInt64
    /// The name that led the client to the remote address, without the final dot; absent where none is known.
    public var name: String?

    public init(
        proto: String, client: String, clientPort: UInt16, remote6: String, public: String, publicPort: UInt16,
        remote: String, remotePort: UInt16, state: String? = nil, remainingSeconds: UInt64, name: String? = nil
    ) {
        self.proto = proto
        self.client = client
        self.clientPort = clientPort
        self.remote6 = remote6
        self.public = `public`
        self.publicPort = publicPort
        self.remote = remote
        self.remotePort = remotePort
        self.state = state
        self.remainingSeconds = remainingSeconds
        self.name = name
    }
}

/// One page, in no particular order. Bindings that come or go meanwhile may or may not be among the pages.
public struct NAT64BindingPage: Codable, Hashable, Sendable {
    /// May be empty though more follow.
    public var bindings: [NAT64Binding]
    /// All bindings that there are now, the selection aside; absent where that is not known.
    public var total: UInt64?
    /// The mark to ask on with, known to the daemon alone; absent on the last page.
    public var next: String?

    public init(bindings: [NAT64Binding], total: UInt64? = nil, next: String? = nil) {
        self.bindings = bindings
        self.total = total
        self.next = next
    }
}

/// One binding.
public struct NAT64Binding: Codable, Hashable, Sendable {
    /// `tcp`, `udp`, `icmp`.
    public var proto: String
    /// The client's IPv6 address.
    public var client: String
    /// Its port, or the identifier of its ICMP queries.
    public var clientPort: UInt16
    /// The IPv4 address that it has outside.
    public var `public`: String
    public var publicPort: UInt16
    /// Always there; else it goes with its last session.
    public var isStatic: Bool
    /// Sessions that use it.
    public var sessions: UInt64

    public init(
        proto: String, client: String, clientPort: UInt16, public: String, publicPort: UInt16, isStatic: Bool,
        sessions: UInt64
    ) {
        self.proto = proto
        self.client = client
        self.clientPort = clientPort
        self.public = `public`
        self.publicPort = publicPort
        self.isStatic = isStatic
        self.sessions = sessions
    }
}
