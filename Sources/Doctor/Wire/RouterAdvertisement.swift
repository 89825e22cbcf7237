// What a router tells its link: RFC 4861 section 4.2, with the options of RFC 4861 section 4.6, RFC 8106 and RFC 8781.

public import NetAddress

/// A router advertisement, as far as the clients of a NAT64 depend on it.
public struct RouterAdvertisement: Hashable, Sendable {
    /// The router's link-local address.
    public var router: IPv6Address
    /// How long it may be a default router, seconds; 0: it is none.
    public var routerLifetime: Int
    /// Addresses are to be had by DHCPv6.
    public var managed: Bool
    /// Other configuration is to be had by DHCPv6.
    public var otherConfiguration: Bool
    /// Of the link, octets; nil: not said.
    public var mtu: Int?
    /// Prefixes to make addresses from.
    public var autonomousPrefixes: [IPPrefix] = []
    /// Resolvers, with their lifetimes in seconds.
    public var resolvers: [Lived<IPv6Address>] = []
    /// PREF64, with their lifetimes in seconds.
    public var pref64s: [Lived<IPPrefix>] = []

    /// A value that is to be forgotten after `seconds`; 0: now.
    public struct Lived<Value: Hashable & Sendable>: Hashable, Sendable {
        public var value: Value
        public var seconds: UInt32
    }

    /// - Parameters:
    ///   - message: an ICMPv6 message whose checksum was verified, as raw sockets give it.
    ///   - hopLimit: that it came with.
    /// - Returns: nil for what is not, or is not valid as, a router advertisement.
    public init?(message: [UInt8], from source: IPv6Address, hopLimit: Int) {
        // RFC 4861 section 6.1.2: "IP Source Address is a link-local address", "The IP Hop Limit field has a value of
        // 255", "ICMP length (derived from the IP length) is 16 or more octets", "ICMP Code is 0".
        guard source.isLinkLocal, hopLimit == 255, message.count >= 16, message[0] == 134, message[1] == 0 else {
            return nil
        }
        router = source
        managed = message[5] & 0x80 != 0
        otherConfiguration = message[5] & 0x40 != 0
        routerLifetime = Int(message[6]) << 8 | Int(message[7])
        var rest = message[16...]
        while !rest.isEmpty {
            // Section 6.1.2: "All included options have a length that is greater than zero."
            guard rest.count >= 2 else { return nil }
            let count = Int(rest[rest.startIndex + 1]) * 8
            guard count > 0, count <= rest.count else { return nil }
            take(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
    }

    private mutating func take(_ option: [UInt8]) {
        switch option[0] {
        case 3: takePrefix(option)
        case 5 where option.count == 8: mtu = Int(Self.number(option, 4))
        case 25: takeResolvers(option)
        case 38: takePref64(option)
        default: break
        }
    }

    /// Section 4.6.2.
    private mutating func takePrefix(_ option: [UInt8]) {
        guard option.count == 32, option[3] & 0x40 != 0 else { return }
        if let prefix = IPPrefix(.v6(Self.masked(option, at: 16, length: Int(option[2]))), length: Int(option[2])) {
            autonomousPrefixes.append(prefix)
        }
    }

    /// RFC 8106 section 5.1: "The number of addresses is determined by the Length field."
    private mutating func takeResolvers(_ option: [UInt8]) {
        guard option.count >= 24, option.count % 16 == 8 else { return }
        let seconds = Self.number(option, 4)
        for start in stride(from: 8, to: option.count, by: 16) {
            resolvers.append(Lived(value: Self.address(option, start), seconds: seconds))
        }
    }

    /// RFC 8781 section 4: 13 bits of lifetime in units of 8 seconds, 3 bits of prefix length code, "the highest 96 bits of
    /// the IPv6 prefix".
    private mutating func takePref64(_ option: [UInt8]) {
        let lengths = [96, 64, 56, 48, 40, 32]
        let field = Int(option[2]) << 8 | Int(option[3])
        // "The receiver MUST ignore the PREF64 option if the length field value is not set to 2", and if the code is none
        // of these.
        guard option.count == 16, field & 7 < lengths.count else { return }
        let length = lengths[field & 7]
        if let prefix = IPPrefix(.v6(Self.masked(option + [0, 0, 0, 0], at: 4, length: length)), length: length) {
            pref64s.append(Lived(value: prefix, seconds: UInt32(field >> 3) * 8))
        }
    }

    private static func number(_ bytes: [UInt8], _ start: Int) -> UInt32 {
        bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func address(_ bytes: [UInt8], _ start: Int) -> IPv6Address {
        func half(_ start: Int) -> UInt64 { bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        return IPv6Address(high: half(start), low: half(start + 8))
    }

    /// Section 4.6.2: "The bits in the prefix after the prefix length are reserved and MUST be ... ignored by the receiver."
    private static func masked(_ bytes: [UInt8], at start: Int, length: Int) -> IPv6Address {
        let address = address(bytes, start)
        func mask(_ count: Int) -> UInt64 { count <= 0 ? 0 : count >= 64 ? .max : ~(UInt64.max >> UInt64(count)) }
        return IPv6Address(high: address.high & mask(length), low: address.low & mask(length - 64))
    }
}
