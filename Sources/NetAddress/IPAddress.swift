// Addresses of either family, and where a datagram comes from or goes to.

/// An address of either family.
public enum IPAddress: Hashable, Sendable, Comparable, CustomStringConvertible {
    case v4(IPv4Address)
    case v6(IPv6Address)

    public init?(_ text: some StringProtocol) {
        if let address = IPv4Address(text) {
            self = .v4(address)
        } else if let address = IPv6Address(text) {
            self = .v6(address)
        } else {
            return nil
        }
    }

    public var description: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }

    /// 32 or 128.
    public var bitWidth: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }

    /// ::ffff:a.b.c.d becomes a.b.c.d, so that one rule fits a client on either kind of socket.
    @inlinable
    public var unmapped: IPAddress {
        if case .v6(let address) = self, let inner = address.mappedIPv4 { return .v4(inner) }
        return self
    }
}

/// An address, a port and, for link-local IPv6, the interface that it is meant on.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    public var address: IPAddress
    public var port: UInt16
    /// The interface index (RFC 4007 zone) of a link-local IPv6 address; 0 elsewhere.
    public var scope: UInt32

    @inlinable
    public init(_ address: IPAddress, port: UInt16, scope: UInt32 = 0) {
        self.address = address
        self.port = port
        self.scope = scope
    }

    /// Reads `a.b.c.d`, `a.b.c.d:port`, `v6`, `[v6]` and `[v6]:port`; nil for anything else. No zones.
    public init?(_ text: String, defaultPort: UInt16) {
        if let address = IPAddress(text) {
            self.init(address, port: defaultPort)
            return
        }
        guard let colon = text.lastIndex(of: ":") else {
            guard let bare = Self.unbracket(text[...]) else { return nil }
            self.init(.v6(bare), port: defaultPort)
            return
        }
        if text.last == "]" {
            guard let bare = Self.unbracket(text[...]) else { return nil }
            self.init(.v6(bare), port: defaultPort)
            return
        }
        let digits = text[text.index(after: colon)...]
        guard digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let port = UInt16(digits), port != 0 else { return nil }
        let host = text[..<colon]
        if let address = IPv4Address(host) {
            self.init(.v4(address), port: port)
        } else if let address = Self.unbracket(host) {
            self.init(.v6(address), port: port)
        } else {
            return nil
        }
    }

    private static func unbracket(_ text: Substring) -> IPv6Address? {
        guard text.first == "[", text.last == "]", text.count > 2 else { return nil }
        return IPv6Address(text.dropFirst().dropLast())
    }

    public var description: String {
        switch address {
        case .v4(let address): "\(address):\(port)"
        case .v6(let address): scope == 0 ? "[\(address)]:\(port)" : "[\(address)%\(scope)]:\(port)"
        }
    }
}
