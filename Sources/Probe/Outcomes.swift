// What came of the client's packets.

public import NetAddress

/// What came of a connection.
public enum ConnectOutcome: Hashable, Sendable {
    /// The server accepted.
    case connected(milliseconds: Double)
    /// The host answered that nobody listens on the port: packets get there, and come back.
    case refused(milliseconds: Double)
    /// A router, a translator or the host sent the packet back.
    case error(ICMPFault)
    /// The packets went out, and nothing came back.
    case silence(milliseconds: Int)

    /// Whether packets got to the host and back.
    public var provesTheWay: Bool {
        switch self {
        case .connected, .refused: true
        case .error, .silence: false
        }
    }

    public var milliseconds: Double {
        switch self {
        case .connected(let milliseconds), .refused(let milliseconds): milliseconds
        case .error(let fault): fault.milliseconds
        case .silence(let milliseconds): Double(milliseconds)
        }
    }
}

public struct ConnectReport: Hashable, Sendable {
    /// The client's port.
    public var sourcePort: UInt16
    /// SYNs sent.
    public var attempts: Int
    public var outcome: ConnectOutcome
}

/// What came of an echo.
public enum EchoOutcome: Hashable, Sendable {
    case reply(from: IPv6Address, milliseconds: Double)
    case error(ICMPFault)
    case silence(milliseconds: Int)
}

/// The way to a host.
public struct TraceReport: Hashable, Sendable {
    /// Nearest first, without gaps: who did not answer is there without an address.
    public var hops: [TraceHop]
    /// Whether the last of them is the host itself.
    public var reached: Bool
}

public struct TraceHop: Hashable, Sendable {
    /// The hop limit that led there, from 1.
    public var number: Int
    /// nil: nobody answered in time.
    public var address: IPv6Address?
    public var milliseconds: Double?
    /// Why packets go no further from here; nil: they do, or this is the host.
    public var fault: ICMPFault?
    /// This is the host that was looked for.
    public var isTarget = false

    public init(number: Int) { self.number = number }
}

/// An ICMPv6 error message (RFC 4443 section 3).
public struct ICMPFault: Hashable, Sendable, CustomStringConvertible {
    public var from: IPv6Address
    public var type: UInt8
    public var code: UInt8
    public var milliseconds: Double

    public init(from: IPv6Address, type: UInt8, code: UInt8, milliseconds: Double) {
        self.from = from
        self.type = type
        self.code = code
        self.milliseconds = milliseconds
    }

    /// `no route to the destination`.
    public var meaning: String {
        switch (type, code) {
        case (1, 0): "no route to the destination"
        case (1, 1): "a firewall forbids it (administratively prohibited)"
        case (1, 2): "the source address's scope ends here"
        case (1, 3): "the address is unreachable: nobody there answers"
        case (1, 4): "nobody listens on the port"
        case (1, 5): "a firewall forbids the source address"
        case (1, 6): "the route rejects it"
        case (2, _): "the packet is too big"
        case (3, 0): "the hop limit was used up: packets go round in circles, or the way is too long"
        case (4, _): "a header that it does not understand"
        default: "ICMPv6 type \(type), code \(code)"
        }
    }

    public var description: String { "\(from) answers: \(meaning)" }
}
