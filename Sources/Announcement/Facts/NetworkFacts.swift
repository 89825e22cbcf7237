// What is read off an interface's addresses: prefixes, resolvers, IPv4, and what its clients are answered with.

internal import NetAddress

extension BoxFacts {
    /// The /64s of the link. Unique local ones come first: they stay when the provider's change.
    func prefixes(of own: [BoxAddress], _ interface: InterfaceName) throws(AnnouncementRefusal) -> [IPPrefix] {
        var found: [IPPrefix] = []
        var unfit: [String] = []
        for address in own {
            guard case .v6(let v6) = address.address, v6.isGlobalOrUniqueLocal else { continue }
            // RFC 4862 section 5.5.3: a prefix and an interface identifier (64 bits, RFC 4291 section 2.5.1) make 128 bits.
            guard address.prefixLength == 64, let prefix = IPPrefix(address.address, length: 64) else {
                unfit.append("\(v6)/\(address.prefixLength)")
                continue
            }
            if !found.contains(prefix) { found.append(prefix) }
        }
        if !found.isEmpty { return found.sorted(by: Self.isMoreLasting) }
        let advice = [
            "give it one: ip address add fd00:64::1/64 dev \(interface.text)",
            "or for good, in networkd's file for it: [Network] Address=fd00:64::1/64",
        ]
        guard unfit.isEmpty else {
            throw AnnouncementRefusal(
                "\(interface.text) has \(unfit.joined(separator: ", ")), but hosts make addresses in a /64 alone",
                advice: advice)
        }
        throw AnnouncementRefusal(
            "\(interface.text) has no global or unique local IPv6 address, or is down", advice: advice)
    }

    private static func isMoreLasting(_ one: IPPrefix, _ other: IPPrefix) -> Bool {
        guard case .v6(let one) = one.address, case .v6(let other) = other.address else { return false }
        return one.isUniqueLocal == other.isUniqueLocal ? one < other : one.isUniqueLocal
    }

    /// RFC 8106 has no port: "the address of the RDNSS" alone, so that only port 53 counts.
    private static let port: UInt16 = 53
    /// What radvd 2.19 takes, and more than hosts use.
    private static let most = 3

    /// One address for each prefix, else link-local ones, which RFC 8106 section 5.1 allows.
    func resolvers(of own: [BoxAddress], in prefixes: [IPPrefix], _ interface: InterfaceName)
        throws(AnnouncementRefusal) -> [IPv6Address]
    {
        let reachable = own.filter(isListened).compactMap { address -> IPv6Address? in
            if case .v6(let v6) = address.address { v6 } else { nil }
        }.sorted()
        let wide = prefixes.compactMap { prefix in reachable.first { prefix.contains(.v6($0)) } }
        if !wide.isEmpty { return Array(wide.prefix(Self.most)) }
        let others = reachable.filter(\.isGlobalOrUniqueLocal) + reachable.filter(\.isLinkLocal)
        if !others.isEmpty { return Array(others.prefix(1)) }
        let places = listening.map(\.description).joined(separator: ", ")
        throw AnnouncementRefusal(
            "dns64d does not listen on port 53 at an IPv6 address of \(interface.text), and clients ask no other port",
            advice: ["it listens on \(places.isEmpty ? "nothing" : places)", "server.listen: [\(interface.text)]"])
    }

    private func isListened(_ own: BoxAddress) -> Bool {
        listening.contains { socket in
            guard socket.port == Self.port else { return false }
            switch (socket.address, own.address) {
            case (.v6(let place), .v6(let address)):
                if place.high == 0, place.low == 0 { return true }
                return place == address && (!place.isLinkLocal || socket.scope == own.index)
            case (.v4(let place), .v4(let address)): return place.rawValue == 0 || place == address
            default: return false
            }
        }
    }

    // MARK: what is synthesized

    /// The policy that the clients of the first prefix get decides: in it lies the first resolver's address, and hosts ask
    /// that one from an address beside it (RFC 6724 section 5, rule 8).
    func answers(to prefixes: [IPPrefix]) -> (side: AnnouncedNetwork.NAT64Side, remarks: [String]) {
        let found = prefixes.map(policy)
        guard let first = found.first else { return (.off(policy: standardPolicy.label), []) }
        var remarks: [String] = []
        for (prefix, other) in zip(prefixes, found).dropFirst() where other.policy.prefixes != first.policy.prefixes {
            remarks.append(
                "Clients that ask from \(prefix) get the policy \"\(other.policy.label)\", which is not what is announced: a "
                    + "network should have one (clients[].match).")
        }
        for (prefix, entry) in zip(prefixes, found) where !entry.exceptions.isEmpty {
            let labels = entry.exceptions.map { "\"\($0.label)\"" }.joined(separator: ", ")
            remarks.append("Some clients in \(prefix) get another policy, \(labels), and hear the same announcement.")
        }
        guard !first.policy.prefixes.isEmpty else {
            remarks.insert(
                "dns64d's policy \"\(first.policy.label)\" synthesizes nothing for this network (mode: off), so neither "
                    + "PREF64 nor option 108 is announced.", at: 0)
            return (.off(policy: first.policy.label), remarks)
        }
        return (.prefixes(first.policy.prefixes), remarks)
    }

    /// As the resolver picks it: the first match. `exceptions` match a part of the network before that.
    private func policy(for network: IPPrefix) -> (policy: ClientPolicy, exceptions: [ClientPolicy]) {
        var exceptions: [ClientPolicy] = []
        for policy in policies {
            if policy.match.contains(where: { $0.length <= network.length && $0.contains(network.address) }) {
                return (policy, exceptions)
            }
            if policy.match.contains(where: { network.contains($0.address) }) { exceptions.append(policy) }
        }
        return (standardPolicy, exceptions)
    }

    // MARK: IPv4

    func ipv4Side(of own: [BoxAddress], _ interface: InterfaceName) -> AnnouncedNetwork.IPv4Side {
        if interface.text == ipv4Uplink { return .uplink }
        let mine = own.compactMap { entry -> (entry: BoxAddress, address: IPv4Address)? in
            // 169.254.0.0/16: hosts make these up by themselves (RFC 3927).
            guard case .v4(let address) = entry.address, address.rawValue >> 16 != 0xa9fe else { return nil }
            return (entry, address)
        }
        guard let first = mine.first, let prefix = first.entry.networkPrefix else { return .none }
        let inside = mine.filter { prefix.contains(.v4($0.address)) }
        let taken = inside.map(\.address.rawValue)
        guard let pool = Self.pool(in: prefix, taken: taken) else { return .full(prefix) }
        let resolver = inside.first { isListened($0.entry) }?.address
        return .network(
            AnnouncedNetwork.IPv4Network(prefix: prefix, router: first.address, resolver: resolver, pool: pool))
    }

    /// .100 to .199 of the network where that is free, else the last of its largest gap: a hundred addresses at most.
    private static func pool(in prefix: IPPrefix, taken: [UInt32]) -> ClosedRange<IPv4Address>? {
        guard case .v4(let base) = prefix.address, (1...30).contains(prefix.length) else { return nil }
        let size = UInt32(1) << UInt32(32 - prefix.length)
        let (first, last) = (base.rawValue + 1, base.rawValue + (size - 2))
        func range(_ low: UInt32, _ high: UInt32) -> ClosedRange<IPv4Address> {
            IPv4Address(rawValue: low)...IPv4Address(rawValue: high)
        }
        if size >= 256 {
            let (low, high) = (base.rawValue + 100, base.rawValue + 199)
            if !taken.contains(where: { (low...high).contains($0) }) { return range(low, high) }
        }
        var gaps: [(low: UInt32, high: UInt32)] = []
        var low = first
        for address in taken.sorted() where address >= low && address <= last {
            if address > low { gaps.append((low, address - 1)) }
            low = address + 1
        }
        if low <= last { gaps.append((low, last)) }
        guard let gap = gaps.max(by: { $0.high - $0.low < $1.high - $1.low }) else { return nil }
        return range(gap.high - gap.low >= 100 ? gap.high - 99 : gap.low, gap.high)
    }
}

extension BoxAddress {
    fileprivate var networkPrefix: IPPrefix? { IPPrefix(address, length: prefixLength) }
}
