// Stateless DHCPv6: a question for other configuration, and the answer to it (RFC 8415 sections 8, 18.2.6, 21; option 23: RFC
// 3646 section 3).

public import NetAddress

/// What a DHCPv6 server says to a client that has its address from elsewhere.
public struct InformationReply: Hashable, Sendable {
    public var resolvers: [IPv6Address] = []

    /// An Information-request with this transaction ID, whose upper eight bits are left out.
    public static func request(transaction: UInt32, client: [UInt8]) -> [UInt8] {
        func option(_ code: UInt8, _ data: [UInt8]) -> [UInt8] { [0, code, 0, UInt8(data.count)] + data }
        let header = [11, UInt8(transaction >> 16 & 255), UInt8(transaction >> 8 & 255), UInt8(transaction & 255)]
        // Section 18.2.6: "The client MUST include an Elapsed Time option", and in the Option Request option the
        // "Information Refresh Time option" (32) and "INF_MAX_RT option" (83).
        return header + option(1, client) + option(8, [0, 0]) + option(6, [0, 23, 0, 32, 0, 83])
    }

    /// nil: it is no reply to that request, or none that is well formed.
    public init?(message: [UInt8], transaction: UInt32) {
        guard message.count >= 4, message[0] == 7,
            message[1..<4].reduce(0, { $0 << 8 | UInt32($1) }) == transaction & 0xFF_FFFF
        else { return nil }
        var rest = message[4...]
        while !rest.isEmpty {
            guard rest.count >= 4 else { return nil }
            let head = Array(rest.prefix(4))
            let (code, count) = (Int(head[0]) << 8 | Int(head[1]), Int(head[2]) << 8 | Int(head[3]))
            rest = rest.dropFirst(4)
            guard rest.count >= count else { return nil }
            if code == 23 { takeResolvers(Array(rest.prefix(count))) }
            rest = rest.dropFirst(count)
        }
    }

    private mutating func takeResolvers(_ data: [UInt8]) {
        guard data.count % 16 == 0 else { return }
        for start in stride(from: 0, to: data.count, by: 16) {
            func half(_ start: Int) -> UInt64 { data[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
            resolvers.append(IPv6Address(high: half(start), low: half(start + 8)))
        }
    }
}
