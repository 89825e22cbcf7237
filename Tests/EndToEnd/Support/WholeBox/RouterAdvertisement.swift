// What a phone reads in a router advertisement: RFC 4861 section 4.2, RFC 8106 section 5.1, RFC 8781 section 4.

import Foundation
import Testing

struct RouterAdvertisement {
    /// RFC 4861 section 4.2: "When set, it indicates that other configuration information is available via DHCPv6."
    let hasOtherConfiguration: Bool
    /// Seconds.
    let routerLifetime: Int
    private(set) var nameServers: [String] = []
    /// `64:ff9b::/96`, with its lifetime in seconds.
    private(set) var pref64: [(prefix: String, lifetime: Int)] = []

    /// - Parameter message: the ICMPv6 message from its type on.
    init?(_ message: [UInt8]) {
        guard message.count >= 16, message[0] == 134, message[1] == 0 else { return nil }
        hasOtherConfiguration = message[5] & 0x40 != 0
        routerLifetime = Self.number(message[6...7])
        var rest = message[16...]
        while rest.count >= 2 {
            let start = rest.startIndex
            let length = Int(rest[start + 1]) * 8
            guard length > 0, length <= rest.count else { return nil }
            read(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
    }

    private mutating func read(_ option: [UInt8]) {
        switch option[0] {
        case 25:
            for start in stride(from: 8, to: option.count - 15, by: 16) {
                nameServers.append(Self.address(option[start..<start + 16]))
            }
        case 38 where option.count == 16:
            // "Scaled Lifetime" of 13 bits in units of 8 seconds, then the "Prefix Length Code" of 3 bits.
            let field = Self.number(option[2...3])
            // "The PLC field values 0, 1, 2, 3, 4, and 5 indicate the NAT64 prefix length of 96, 64, 56, 48, 40, and 32
            // bits, respectively."
            let lengths = [96, 64, 56, 48, 40, 32]
            guard field & 7 < lengths.count else { return }
            let prefix = Self.address(option[4..<16] + [0, 0, 0, 0])
            pref64.append(("\(prefix)/\(lengths[field & 7])", (field >> 3) * 8))
        default: break
        }
    }

    private static func number(_ octets: ArraySlice<UInt8>) -> Int { octets.reduce(0) { $0 << 8 | Int($1) } }

    private static func address(_ octets: ArraySlice<UInt8>) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(AF_INET6, Array(octets), &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension Namespace {
    /// Asks the routers on a link (RFC 4861 section 4.1), as a phone does that comes into the network.
    func solicitRouter(_ interface: String, within seconds: Double) throws -> RouterAdvertisement? {
        try enter {
            let descriptor = Glibc.socket(AF_INET6, Int32(SOCK_RAW.rawValue), Int32(IPPROTO_ICMPV6))
            guard descriptor >= 0 else { throw Socket.failure("a raw socket") }
            let socket = Socket(adopting: descriptor)
            let index = Int32(if_nametoindex(interface))
            socket.set(Int32(IPPROTO_IPV6), IPV6_MULTICAST_IF, index)
            // Section 6.1.1: "The IP Hop Limit field has a value of 255".
            socket.set(Int32(IPPROTO_IPV6), IPV6_MULTICAST_HOPS, 255)
            let end = Clock.now + seconds
            while Clock.now < end {
                let sent = Endpoint("ff02::2", 0).with {
                    sendto(descriptor, [133, 0, 0, 0, 0, 0, 0, 0], 8, 0, $0, $1)
                }
                guard sent == 8 else { throw Socket.failure("a router solicitation") }
                // Section 10: RTR_SOLICITATION_INTERVAL is 4 seconds, MIN_DELAY_BETWEEN_RAS 3.
                let pause = Clock.now + 4
                while let message = socket.receive(within: min(pause, end) - Clock.now) {
                    if let advertisement = RouterAdvertisement(message) { return advertisement }
                }
            }
            return nil
        }
    }
}
