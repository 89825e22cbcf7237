// What goes into the core and what comes out of it, as values.

public import DNSMessage
public import NetAddress

/// What upstream is asked. Two askers with equal values share one outstanding question.
public struct UpstreamQuestion: Hashable, Sendable, CustomStringConvertible {
    /// In lower case.
    public let name: DomainName
    public let type: RecordType
    public let recordClass: RecordClass
    /// DO (RFC 3225 section 3).
    public let dnssecOK: Bool
    /// CD (RFC 4035 section 3.2.2).
    public let checkingDisabled: Bool

    public init(
        _ name: DomainName, _ type: RecordType, _ recordClass: RecordClass = .internet, dnssecOK: Bool = false,
        checkingDisabled: Bool = false
    ) {
        self.name = name.lowercased
        self.type = type
        self.recordClass = recordClass
        self.dnssecOK = dnssecOK
        self.checkingDisabled = checkingDisabled
    }

    public var description: String {
        "\(name) \(type)\(dnssecOK ? " DO" : "")\(checkingDisabled ? " CD" : "")"
    }
}

/// Why there is no answer.
public struct UpstreamFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
        /// No zone matches, or the one that does has no servers.
        case noServer
        /// Nobody answered within the zone's time.
        case timeout
        /// No server could be reached.
        case unreachable
        /// What came was no DNS message, or was truncated where it must not be.
        case malformed
        /// More is outstanding than we allow ourselves.
        case overload
        /// Something that this machine lacks: descriptors, memory.
        case local
    }

    public let kind: Kind
    /// A few words for logs and for the text of an extended error (RFC 8914).
    public let text: String

    public init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }

    public var description: String { text }
}

/// How a question ended.
public enum UpstreamOutcome: Sendable {
    /// `zone` is the one whose servers were asked: the bailiwick. The response code may be any; NOERROR, NXDOMAIN and
    /// YXDOMAIN are final, another one is the best that any server had to say.
    case answered(Message, zone: DomainName)
    case failed(UpstreamFailure)
}

/// Names one transmission: a datagram on a socket of its own, or a question on a stream.
public struct ExchangeID: Hashable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// Why a transmission can't be answered.
public enum ExchangeFailure: Hashable, Sendable {
    /// The network or the server refuses: nobody listens there, no route.
    case unreachable(String)
    /// The stream was closed, or what came on it made no sense.
    case closed(String)
    /// Not the server's fault: no descriptors, too many streams.
    case local(String)
}

/// What the edge has to do. After every `send` and every `openStream` comes exactly one `close`, whatever happened
/// meanwhile.
public enum UpstreamAction: Sendable {
    /// Send `bytes` from a fresh socket on a random port, connected to `server`.
    case send(ExchangeID, SocketAddress, [UInt8])
    /// Ask over TCP. The message ID may be replaced on the way, if the answer gets this one back.
    case openStream(ExchangeID, SocketAddress, [UInt8])
    /// Nothing more is wanted from this transmission.
    case close(ExchangeID)
    case answered(UInt64, Message, zone: DomainName)
    case failed(UInt64, UpstreamFailure)
}
