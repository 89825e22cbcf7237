// Addresses for a translator that shares its host's own: a private IPv4 address, and a unique local IPv6 network.

internal import NetAddress

enum AddressChoice {
    /// In the order of preference. 192.0.0.2 is of the block for addresses that a host needs for itself alone (RFC 7335);
    /// then the ends of blocks that are not routed on the Internet, where they are least used: 100.64.0.0/10 (RFC 6598),
    /// 198.18.0.0/15 (RFC 2544), the three of RFC 1918.
    static let innerCandidates = [
        IPv4Address(192, 0, 0, 2), IPv4Address(100, 127, 255, 254), IPv4Address(198, 19, 255, 254),
        IPv4Address(172, 31, 255, 254), IPv4Address(10, 255, 255, 254), IPv4Address(192, 168, 255, 254),
    ]

    /// How many networks are tried; the chance that one is taken is next to nothing.
    static let networkAttempts = 4

    /// The first candidate that no address, route or prefix of `avoided` has to do with; nil: all are taken.
    static func inner(in state: HostState, device: String, avoiding avoided: [IPPrefix]) -> IPv4Address? {
        innerCandidates.first { candidate in
            IPPrefix(.v4(candidate), length: 32).map { isFree($0, in: state, device: device, avoiding: avoided) }
                ?? false
        }
    }

    static func network(seed: String, in state: HostState, device: String, avoiding avoided: [IPPrefix]) -> IPPrefix? {
        networkCandidates(seed: seed).first { isFree($0, in: state, device: device, avoiding: avoided) }
    }

    static func networkCandidates(seed: String) -> [IPPrefix] {
        (0..<networkAttempts).compactMap { network(seed: seed, attempt: $0) }
    }

    /// "fd00::/8 ... Global ID: 40-bit global identifier" (RFC 4193 section 3.1), here of a hash, so that a host comes
    /// back to the same network. Of a seed of 128 bits it gives away 40.
    private static func network(seed: String, attempt: Int) -> IPPrefix? {
        let identifier = hash("dns64d nat64 \(attempt) \(seed)") & (1 << 40 - 1)
        let high = UInt64(0xfd) << 56 | identifier << 16 | 0x64
        return IPPrefix(.v6(IPv6Address(high: high, low: 0)), length: 64)
    }

    /// FNV-1a, its bits stirred as in SplitMix64. `Hasher` gives other values in each process.
    private static func hash(_ text: String) -> UInt64 {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }

    private static func isFree(
        _ prefix: IPPrefix, in state: HostState, device: String, avoiding avoided: [IPPrefix]
    ) -> Bool {
        let isAvoided = avoided.contains { $0.intersection(prefix) != nil }
        let isRouted = state.routes.contains { route in
            !route.isDefault && route.devices != [device] && route.destination.intersection(prefix) != nil
        }
        let isAddressed = state.addresses.contains { address in
            guard address.device != device else { return false }
            return prefix.contains(address.address) || address.network?.intersection(prefix) != nil
        }
        return !isAvoided && !isRouted && !isAddressed
    }
}
