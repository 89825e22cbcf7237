// The entries of the tables of RFC 6146 section 2: binding information base and session table, as they lie in memory.

internal import NetAddress

/// No record.
let noRecord = UInt32.max

/// A session table entry: "(X',x),(Y',y) <--> (T,t),(Z,z)" with its state and lifetime. 64 octets: one cache line holds
/// all that a packet of a known session needs.
struct SessionRecord: BitwiseCopyable {
    /// Linked list of the sessions of a binding. First, because a free record keeps its list's link here.
    var nextOfBinding: UInt32
    var previousOfBinding: UInt32
    /// X'.
    var client: IPv6Address
    /// Z, from which Y' is made.
    var remote: IPv4Address
    /// T.
    var publicAddress: IPv4Address
    /// x, t, z; an ICMP query has its identifier in the first two and 0 in the third.
    var clientPort: UInt16
    var publicPort: UInt16
    var remotePort: UInt16
    /// What IPv6 to IPv4 adds to a transport checksum; the other way it is the complement.
    var checksumDifference: UInt16
    var proto: TableProtocol
    var state: TCPState
    /// Which of the prefixes the client knows the remote by.
    var prefix: UInt8
    /// False in a free record.
    var isLive: Bool
    /// Which slot of the timer wheel holds it.
    var wheelSlot: UInt16
    var unused: UInt16 = 0
    /// In ticks.
    var expires: UInt32
    var nextOnWheel: UInt32
    var previousOnWheel: UInt32
    var binding: UInt32
}

/// A BIB entry: "(X',x) <--> (T,t)". 48 octets.
struct BindingRecord: BitwiseCopyable {
    var firstSession: UInt32
    var sessionCount: UInt32
    var client: IPv6Address
    var publicAddress: IPv4Address
    var clientPort: UInt16
    var publicPort: UInt16
    var subscriber: UInt32
    var proto: TableProtocol
    var isStatic: Bool
    var isLive: Bool
}

/// Clients with the same leading bits, and what they hold.
struct SubscriberRecord: BitwiseCopyable {
    var sessions: UInt32
    /// By protocol.
    var bindings: (UInt32, UInt32, UInt32)
    /// The address with the bits behind the subscriber's cleared.
    var prefix: IPv6Address
    /// The public address that its bindings are on ("paired" pooling, RFC 4787 REQ-2); 0: none yet.
    var publicAddress: IPv4Address

    var isUnused: Bool { sessions == 0 && bindings.0 == 0 && bindings.1 == 0 && bindings.2 == 0 }

    func bindings(of proto: TableProtocol) -> UInt32 {
        switch proto {
        case .tcp: bindings.0
        case .udp: bindings.1
        case .icmp: bindings.2
        }
    }

    mutating func addBindings(_ change: Int32, of proto: TableProtocol) {
        switch proto {
        case .tcp: bindings.0 = bindings.0 &+ UInt32(bitPattern: change)
        case .udp: bindings.1 = bindings.1 &+ UInt32(bitPattern: change)
        case .icmp: bindings.2 = bindings.2 &+ UInt32(bitPattern: change)
        }
    }
}

/// The states of RFC 6146 section 3.5.2.2. CLOSED is the absence of a session.
public enum TCPState: UInt8, Sendable, BitwiseCopyable {
    /// UDP and ICMP.
    case none
    case v4Init
    /// V4 INIT, with the SYN kept instead of forwarded.
    case v4InitStored
    case v6Init
    case established
    case v4FinRcv
    case v6FinRcv
    case v4FinV6FinRcv
    case trans

    public var name: String? {
        switch self {
        case .none: nil
        case .v4Init, .v4InitStored: "v4-init"
        case .v6Init: "v6-init"
        case .established: "established"
        case .v4FinRcv: "v4-fin-rcv"
        case .v6FinRcv: "v6-fin-rcv"
        case .v4FinV6FinRcv: "v4-fin-v6-fin-rcv"
        case .trans: "trans"
        }
    }
}
