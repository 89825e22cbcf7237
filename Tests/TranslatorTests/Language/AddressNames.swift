// The hosts that pair files speak of, and the embedding of IPv4 addresses (RFC 6052 section 2.2), written for the tests
// alone.

import NetAddress

enum AddressNames {
    private static let six = [
        "client": "2001:db8:1::1", "client2": "2001:db8:1::2", "neighbour": "2001:db8:2::1",
        "router6": "2001:db8:99::7", "own6": "2001:db8:ffff::64",
    ]
    private static let four = [
        "server": "192.0.2.1", "server2": "192.0.2.2", "router4": "198.51.100.7", "public": "203.0.113.1",
        "public2": "203.0.113.2", "own4": "203.0.113.254",
    ]

    /// The octets of an address or a name of one; nil if it is none, as where it is a variable.
    static func ipv4(_ text: String) -> [UInt8]? {
        guard let address = IPv4Address(four[text] ?? text) else { return nil }
        return PacketImage.octets(UInt64(address.rawValue), 4)
    }

    /// The same for IPv6: also an IPv4 address or its name, which stands for its representation under `prefix`, or under
    /// another one: `192.0.2.1@2001:db8:64::/96`.
    static func ipv6(_ text: String, prefix: IPPrefix) -> [UInt8]? {
        let parts = text.split(separator: "@").map(String.init)
        if let address = IPv6Address(six[text] ?? text) { return octets(address) }
        guard let address = ipv4(parts[0]) else { return nil }
        if parts.count == 2 { return IPPrefix(parts[1]).map { embed(address, $0) } }
        return embed(address, prefix)
    }

    /// RFC 6052 section 2.2: the IPv4 address follows the prefix, octets 64 to 71 ("u") are skipped and zero, and so is
    /// the suffix.
    static func embed(_ address: [UInt8], _ prefix: IPPrefix) -> [UInt8] {
        guard case .v6(let bits) = prefix.address else { return [] }
        var result = octets(bits)
        var position = prefix.length / 8
        for octet in address {
            if position == 8 { position += 1 }
            result[position] = octet
            position += 1
        }
        return result
    }

    static func octets(_ address: IPv6Address) -> [UInt8] {
        PacketImage.octets(address.high, 8) + PacketImage.octets(address.low, 8)
    }
}
