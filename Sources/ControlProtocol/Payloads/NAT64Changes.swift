// `dns64ctl nat64 bind`, `nat64 unbind` and `nat64 drop`: what changes the running translator and not the configuration.

/// A static binding: until it is removed, or the configuration is read anew without it.
public struct NAT64StaticBinding: Codable, Hashable, Sendable {
    public var proto: NAT64Protocol
    /// The IPv6 address of the server.
    public var client: String
    /// Its port, or the identifier of ICMP queries.
    public var clientPort: UInt16
    /// The IPv4 address that it has outside; absent for the host's own, whatever it is.
    public var `public`: String?
    public var publicPort: UInt16

    public init(proto: NAT64Protocol, client: String, clientPort: UInt16, public: String?, publicPort: UInt16) {
        self.proto = proto
        self.client = client
        self.clientPort = clientPort
        self.public = `public`
        self.publicPort = publicPort
    }
}

/// The public side of a binding, which there is once.
public struct NAT64PublicAddress: Codable, Hashable, Sendable {
    public var proto: NAT64Protocol
    /// Absent for the host's own address, whatever it is.
    public var `public`: String?
    public var publicPort: UInt16

    public init(proto: NAT64Protocol, public: String?, publicPort: UInt16) {
        self.proto = proto
        self.public = `public`
        self.publicPort = publicPort
    }
}

/// The sessions to end.
public struct NAT64DropRequest: Codable, Hashable, Sendable {
    public var selection: NAT64Selection

    public init(selection: NAT64Selection) { self.selection = selection }
}

/// What was ended.
public struct NAT64DropReport: Codable, Hashable, Sendable {
    /// Sessions.
    public var dropped: UInt64

    public init(dropped: UInt64) { self.dropped = dropped }
}

extension Refusal {
    /// What everything about the translator but its status is refused with where there is none.
    public static let noTranslator = Refusal(
        code: .unsupported, message: "nat64.backend is none: there is no translator here to ask")
}
