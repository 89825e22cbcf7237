// Numbers of IP protocols and extension headers (RFC 8200 section 4, IANA's protocol numbers), and where fields stand.

public enum ProtocolNumber {
    public static let hopByHop: UInt8 = 0
    public static let icmp: UInt8 = 1
    public static let igmp: UInt8 = 2
    public static let tcp: UInt8 = 6
    public static let udp: UInt8 = 17
    public static let routing: UInt8 = 43
    public static let fragment: UInt8 = 44
    public static let icmpv6: UInt8 = 58
    public static let destinationOptions: UInt8 = 60
    public static let authentication: UInt8 = 51
    public static let mobility: UInt8 = 135
    public static let hostIdentity: UInt8 = 139
    public static let shim6: UInt8 = 140
}

/// ICMPv6 types (RFC 4443).
public enum ICMPv6Type {
    public static let destinationUnreachable: UInt8 = 1
    public static let packetTooBig: UInt8 = 2
    public static let timeExceeded: UInt8 = 3
    public static let parameterProblem: UInt8 = 4
    public static let echoRequest: UInt8 = 128
    public static let echoReply: UInt8 = 129
}

/// ICMPv4 types (RFC 792).
public enum ICMPv4Type {
    public static let echoReply: UInt8 = 0
    public static let destinationUnreachable: UInt8 = 3
    public static let sourceQuench: UInt8 = 4
    public static let redirect: UInt8 = 5
    public static let echoRequest: UInt8 = 8
    public static let timeExceeded: UInt8 = 11
    public static let parameterProblem: UInt8 = 12
}

/// Octets from the start of a TCP header (RFC 9293 section 3.1).
public enum TCPField {
    public static let dataOffset = 12
    public static let flags = 13
    public static let checksum = 16
    public static let minimumCount = 20

    public static let finFlag: UInt8 = 1
    public static let synFlag: UInt8 = 2
    public static let rstFlag: UInt8 = 4
    public static let ackFlag: UInt8 = 16
}

/// Octets from the start of a UDP header (RFC 768).
public enum UDPField {
    public static let length = 4
    public static let checksum = 6
    public static let count = 8
}
