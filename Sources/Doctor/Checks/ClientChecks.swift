// What a client on each link would see: an address, a resolver, a prefix; and whether the prefixes are one and the same.

internal import ControlProtocol
internal import DaemonConfig
internal import NetAddress

enum ClientChecks {
    static func all(_ facts: Facts) -> [DoctorCheck] {
        facts.clientInterfaces.flatMap { interface -> [DoctorCheck] in
            guard let link = facts.links.first(where: { $0.interface == interface.name }),
                let address = interface.routable6.first?.address
            else { return [] }
            let policy = facts.subject.policy(for: address)
            return resolver(link, policy, facts) + native(link, interface, policy, facts) + router(link, interface)
                + prefix(link, policy)
                + resolvers(link, interface, facts)
        }
    }

    // MARK: the resolver, and the prefix by RFC 7050

    private static func resolver(_ link: LinkFacts, _ policy: Configuration.DNS64, _ facts: Facts) -> [DoctorCheck] {
        guard facts.subject.daemon != nil else { return [] }
        guard let server = link.resolver else {
            return [
                .red(
                    "client-dns", link.interface, "dns64d does not listen on an IPv6 address of this interface",
                    "server.listen: [\(link.interface)] or [\"[::]:53\"]; then: dns64ctl reload")
            ]
        }
        switch link.ownAnswer {
        case nil: return []
        case .failed(let why)?:
            return [
                .red(
                    "client-dns", link.interface, "a client that asks \(server) for ipv4only.arpa gets \(why)",
                    why == "REFUSED"
                        ? "its network is not in server.allow"
                        : "dig @\(server.address) ipv4only.arpa AAAA; journalctl -u dns64d")
            ]
        case .addresses(let found)?:
            let expected = policy.mode == .off ? [] : policy.prefixes
            let missing = expected.filter { prefix in !found.contains { prefix.extract($0) != nil } }
            if !missing.isEmpty {
                return [
                    .red(
                        "client-dns", link.interface,
                        "ipv4only.arpa leads clients to \(found.isEmpty ? "no prefix" : found.listed), and not to "
                            + "\(missing.listed)",
                        "dns64ctl explain ipv4only.arpa; nat64.when-down holds synthesis back while the translator is down"
                    )
                ]
            }
            if expected.isEmpty {
                return [
                    .green("client-dns", link.interface, "\(server) answers; nothing is synthesized for this network")
                ]
            }
            return [
                .green("client-dns", link.interface, "\(server) answers, and ipv4only.arpa leads to \(expected.listed)")
            ]
        }
    }

    // MARK: IPv6 of its own

    /// In the standard mode clients get the AAAA that a name has, and go there by IPv6 alone.
    private static func native(
        _ link: LinkFacts, _ interface: Box.Interface, _ policy: Configuration.DNS64, _ facts: Facts
    ) -> [DoctorCheck] {
        let others = (link.advertisements ?? []).filter { $0.routerLifetime > 0 && $0.router != interface.linkLocal }
        guard facts.translates, policy.mode == .standard, facts.box.defaultRoutes6.isEmpty, others.isEmpty else {
            return []
        }
        return [
            .red(
                "client-native", link.interface,
                "this box has no way to the IPv6 internet, but names that have IPv6 addresses of their own, as most large "
                    + "ones do, lead clients there",
                "let all names lead through the translator: dns64: { mode: synthall }; then: dns64ctl reload",
                "or give the box and the clients IPv6 of the provider's")
        ]
    }

    // MARK: the router

    private static func router(_ link: LinkFacts, _ interface: Box.Interface) -> [DoctorCheck] {
        guard let heard = link.advertisements else {
            return [
                .skipped(
                    "client-address", link.interface, "router advertisements can't be heard without CAP_NET_RAW",
                    "run dns64d by its unit, or as root")
            ]
        }
        if heard.isEmpty {
            return [
                .red(
                    "client-address", link.interface,
                    "no router advertises itself: clients get neither address nor route",
                    "dns64ctl announce radvd --interface \(link.interface) prints what radvd needs; or dnsmasq, networkd"
                )
            ]
        }
        let usable = heard.filter { !$0.autonomousPrefixes.isEmpty || $0.managed }
        if usable.isEmpty {
            return [
                .red(
                    "client-address", link.interface,
                    "the router advertisements have no prefix for addresses, and don't send clients to DHCPv6",
                    "dns64ctl announce radvd --interface \(link.interface)")
            ]
        }
        if heard.allSatisfy({ $0.routerLifetime == 0 }) {
            return [
                .red(
                    "client-address", link.interface, "no router offers itself as default router: its lifetime is 0",
                    "AdvDefaultLifetime 1800 in radvd; on the others: the router lifetime")
            ]
        }
        let prefixes = usable.flatMap(\.autonomousPrefixes).map(\.description).listed
        let who = heard.map { $0.router == interface.linkLocal ? "this box" : "\($0.router)" }.listed
        return [.green("client-address", link.interface, "clients make addresses in \(prefixes), from \(who)")]
    }

    /// RFC 8781 section 5.1: a client takes PREF64 before what ipv4only.arpa tells it, so both have to be the same.
    private static func prefix(_ link: LinkFacts, _ policy: Configuration.DNS64) -> [DoctorCheck] {
        guard let heard = link.advertisements, !heard.isEmpty else { return [] }
        let announced = heard.flatMap(\.pref64s).filter { $0.seconds > 0 }.map(\.value)
        let own = policy.mode == .off ? [] : policy.prefixes.map(\.prefix)
        let strange = announced.filter { !own.contains($0) }
        if !strange.isEmpty {
            let routers = heard.filter { $0.pref64s.contains { strange.contains($0.value) } }.map { "\($0.router)" }
                .listed
            return [
                .red(
                    "pref64", link.interface,
                    "router \(routers) announces the prefix \(strange.listed), and dns64d synthesizes under "
                        + "\(own.isEmpty ? "none" : own.listed) for this network",
                    "correct the announcement: dns64ctl announce radvd --interface \(link.interface); or dns64.prefixes"
                )
            ]
        }
        if own.isEmpty { return [] }
        if announced.isEmpty {
            return [
                .yellow(
                    "pref64", link.interface,
                    "no router announces the prefix (PREF64, RFC 8781): clients find it by asking for ipv4only.arpa alone, "
                        + "which those with a resolver of their own don't",
                    "radvd 2.20 or later, or systemd-networkd 255 or later: dns64ctl announce radvd --interface "
                        + link.interface)
            ]
        }
        return [.green("pref64", link.interface, "\(announced.listed) is announced, as dns64d synthesizes")]
    }

    private static func named(_ servers: [IPv6Address]) -> String {
        servers.isEmpty ? "no name server" : "the name server \(servers.listed)"
    }

    // MARK: the name servers that clients are told

    /// RFC 8106 section 5.3.1: "the DNS information from DHCP takes precedence over that from RAs".
    private static func resolvers(_ link: LinkFacts, _ interface: Box.Interface, _ facts: Facts) -> [DoctorCheck] {
        let own = Set(facts.box.interfaces.flatMap(\.addresses).map(\.address))
        let heard = link.advertisements ?? []
        var told: [IPv6Address] = heard.flatMap(\.resolvers).filter { $0.seconds > 0 }.map(\.value)
        var checks: [DoctorCheck] = []
        switch link.information {
        case .reply(let servers):
            told += servers
            checks.append(
                .green("client-dhcpv6", link.interface, "a DHCPv6 server answers, and names \(named(servers))"))
        case .silent where heard.contains(where: \.otherConfiguration):
            checks.append(
                .red(
                    "client-dhcpv6", link.interface,
                    "router advertisements send clients to DHCPv6 (the other-configuration flag), and no server answers",
                    "start one: dns64ctl announce isc-dhcp, kea or dnsmasq; or: AdvOtherConfigFlag off"))
        case .silent: break
        case .notAsked(let why): checks.append(.skipped("client-dhcpv6", link.interface, why))
        }
        let others = told.filter { !own.contains(.v6($0)) }
        let ours = told.filter { own.contains(.v6($0)) }
        if !others.isEmpty {
            checks.append(
                .red(
                    "client-servers", link.interface,
                    "clients are told to ask \(others.listed), which is not this box: names with IPv4 alone fail there, but "
                        + "for a DNS64 with the same prefix",
                    "find who says so, in the configuration of radvd, dnsmasq, the DHCPv6 server or the other router"))
        } else if let first = ours.first {
            checks.append(
                .green("client-servers", link.interface, "clients are told to ask \(first), which is this box"))
        } else if !heard.isEmpty {
            checks.append(
                .red(
                    "client-servers", link.interface,
                    "clients are told of no name server, neither by RDNSS nor by DHCPv6",
                    "dns64ctl announce radvd --interface \(link.interface)"))
        }
        return checks
    }
}
