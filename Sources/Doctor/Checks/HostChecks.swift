// The machine: its clock, addresses, forwarding, routes.

internal import ControlProtocol
internal import DaemonConfig
internal import NAT64Backend
internal import NetAddress

enum HostChecks {
    static func clock(_ facts: Facts) -> DoctorCheck {
        let clock = facts.box.clock
        if clock.now < clock.floor {
            return .red(
                "clock", nil, "the clock is wrong: it stands before this program was made",
                "set it: systemctl enable --now systemd-timesyncd; without a clock that outlives a power cut, install "
                    + "fake-hwclock")
        }
        guard clock.isSynchronized == false else { return .green("clock", nil, "the clock is synchronized") }
        return .yellow(
            "clock", nil, "nobody synchronizes the clock: DNSSEC and TLS fail for clients of a box that drifts",
            "systemctl enable --now systemd-timesyncd, or install chrony; timedatectl says how it is")
    }

    static func addresses(_ facts: Facts) -> [DoctorCheck] {
        var checks: [DoctorCheck] = []
        let interfaces = facts.clientInterfaces
        if let name = facts.subject.request.interface, interfaces.isEmpty {
            let names = facts.box.interfaces.map(\.name).listed
            return [.red("addresses", name, "there is no interface \(name)", "there are \(names)")]
        }
        if interfaces.isEmpty { return [noClientInterface(facts)] }
        for interface in interfaces {
            for address in interface.addresses where address.isDuplicate {
                checks.append(
                    .red(
                        "addresses", interface.name, "another machine on the link has \(address.address) too",
                        "find it: ip -6 neigh show dev \(interface.name); give one of them another address"))
            }
            if !interface.isUp {
                checks.append(
                    .red("addresses", interface.name, "the interface is down", "ip link set \(interface.name) up"))
            } else if interface.routable6.isEmpty {
                checks.append(noAddress(interface.name))
            } else if interface.routable6.allSatisfy(\.isTentative) {
                checks.append(
                    .yellow("addresses", interface.name, "its addresses are tentative: they were added a moment ago"))
            }
            if !checks.contains(where: { $0.subject == interface.name }) {
                let all = interface.routable6.map { "\($0.address)/\($0.length)" }.listed
                checks.append(.green("addresses", interface.name, "clients reach this box at \(all)"))
            }
        }
        return checks
    }

    private static func noAddress(_ name: String) -> DoctorCheck {
        .red(
            "addresses", name, "it has no IPv6 address that clients could use",
            "give it one, for instance a unique local one: ip address add fd00:64::1/64 dev \(name)",
            "and for good: Address=fd00:64::1/64 in a file of /etc/systemd/network")
    }

    private static func noClientInterface(_ facts: Facts) -> DoctorCheck {
        .red(
            "addresses", nil,
            "no interface leads to IPv6-only clients: none that is up has an IPv6 address of its own network, but for "
                + "those toward IPv4",
            "give the clients' interface an address: ip address add fd00:64::1/64 dev INTERFACE",
            "or name it: dns64ctl doctor --interface INTERFACE")
    }

    static func forwarding(_ facts: Facts) -> [DoctorCheck] {
        guard facts.translates else {
            return [.skipped("forwarding", nil, "nat64.backend is none: another machine translates, and forwards")]
        }
        if facts.subject.daemon == nil { return [.skipped("forwarding", nil, "dns64d sets it when it starts")] }
        var checks: [DoctorCheck] = []
        for (path, name) in [("net/ipv4/ip_forward", "IPv4"), ("net/ipv6/conf/all/forwarding", "IPv6")]
        where facts.box.setting(path) == "0" {
            checks.append(
                .red(
                    "forwarding", name, "this box does not forward \(name)",
                    "sysctl -w \(path.split(separator: "/").joined(separator: "."))=1; dns64d sets it at its start: "
                        + "find who switched it off in /etc/sysctl.d or the network manager"))
        }
        for interface in facts.clientInterfaces
        where facts.box.setting("net/ipv6/conf/\(interface.name)/forwarding") == "0" && checks.isEmpty {
            checks.append(
                .red(
                    "forwarding", interface.name, "packets that come in by \(interface.name) are not forwarded",
                    "sysctl -w net.ipv6.conf.\(interface.name).forwarding=1"))
        }
        if checks.isEmpty { checks.append(.green("forwarding", nil, "this box forwards IPv4 and IPv6")) }
        return checks + routerAdvertisementsTaken(facts)
    }

    /// Linux, Documentation/networking/ip-sysctl.rst, accept_ra: "2: Overrule forwarding behaviour. Accept Router
    /// Advertisements even if forwarding is enabled."
    private static func routerAdvertisementsTaken(_ facts: Facts) -> [DoctorCheck] {
        facts.box.defaultRoutes6.filter { $0.source == "ra" }.map(\.device).compactMap { device in
            guard facts.box.setting("net/ipv6/conf/\(device)/accept_ra") == "1",
                facts.box.setting("net/ipv6/conf/\(device)/forwarding") != "0"
            else { return nil }
            return .yellow(
                "forwarding", device,
                "the IPv6 default route came by a router advertisement, and a router takes no more of them: it will end",
                "sysctl -w net.ipv6.conf.\(device).accept_ra=2")
        }
    }

    static func routes(_ facts: Facts) -> [DoctorCheck] {
        guard facts.translates else {
            return [
                .skipped("routes", nil, "nat64.backend is none: the routes to the prefix are the routers' business")
            ]
        }
        var checks: [DoctorCheck] = []
        if let route = facts.box.defaultRoutes4.first {
            let addresses = facts.box.interface(route.device)?.addresses4 ?? []
            let gateway = route.gateway.map { " by \($0)" } ?? ""
            let own = addresses.isEmpty ? ", which has no IPv4 address" : " as \(addresses.listed)"
            checks.append(
                addresses.isEmpty && facts.subject.configuration.nat64.pool4.isEmpty
                    ? .red(
                        "routes", "IPv4", "the way to the IPv4 internet is \(route.device)\(own)",
                        "look after its DHCP: networkctl status \(route.device), or journalctl for the DHCP client")
                    : .green("routes", "IPv4", "packets go to the IPv4 internet\(gateway) on \(route.device)\(own)"))
        } else {
            checks.append(
                .red(
                    "routes", "IPv4", "there is no IPv4 default route: translated packets can't leave",
                    "look after the DHCP of the interface toward the internet, or: ip route add default via GATEWAY"))
        }
        // Without dns64d there is no device that they could lead to.
        guard facts.subject.daemon != nil else { return checks }
        return checks + facts.prefixRoutes.sorted { "\($0.key)" < "\($1.key)" }.map { prefixRoute($0, $1, facts) }
    }

    private static func prefixRoute(_ prefix: IPPrefix, _ found: String?, _ facts: Facts) -> DoctorCheck {
        guard let device = facts.subject.ownDevice else {
            // Jool takes packets before they are routed, but only those that the kernel has a use for.
            return .green("routes", "\(prefix)", "Jool takes what comes in for it")
        }
        if found == device { return .green("routes", "\(prefix)", "it leads to the translator's device \(device)") }
        return .red(
            "routes", "\(prefix)",
            found.map { "packets to it leave by \($0), not to the translator's device \(device)" }
                ?? "no route leads there",
            "ip -6 route get \(prefix.address)1 names the route in the way; then: dns64ctl reload")
    }
}
