// The translator: what keeps it from running, its health, what it needs of this machine, MTUs, ports, firewalls, and whether
// a packet gets through.

internal import ControlProtocol
internal import DaemonConfig
internal import NAT64Backend
internal import NetAddress

enum TranslatorChecks {
    static func obstacles(_ facts: Facts) -> [DoctorCheck] {
        facts.obstacles.map { .red("requirements", nil, $0.missing, $0.remedy) }
    }

    static func health(_ facts: Facts) -> [DoctorCheck] {
        guard facts.translates else {
            return [.skipped("translator", nil, "nat64.backend is none: another machine translates")]
        }
        guard let status = facts.subject.daemon?.status else { return [] }
        if case .bad(let reasons) = status.health {
            return reasons.map { reason in
                DoctorCheck(
                    name: "translator", subject: reason.code, light: .red, finding: reason.message,
                    remedy: reason.remedy.map { [$0] } ?? [])
            }
        }
        if let limit = status.sessionLimit, limit > 0, status.sessions * 10 >= limit * 9 {
            return [
                .yellow(
                    "translator", status.backend,
                    "\(status.sessions) of \(limit) sessions are in use: new ones will fail",
                    "dns64ctl nat64 sessions shows whose they are; nat64.tun.max-sessions or nat64.quota changes that")
            ]
        }
        return [.green("translator", status.backend, "it works, with \(status.sessions) sessions")]
    }

    /// What somebody changed on this machine since dns64d set it up.
    static func asPlanned(_ facts: Facts) -> [DoctorCheck] {
        guard facts.translates, facts.obstacles.isEmpty else { return [] }
        if let failure = facts.stepsFailure {
            return [.red("host", nil, failure.message, failure.remedy ?? "dns64d --plan says more")]
        }
        guard facts.subject.daemon != nil else { return [] }
        if facts.steps.isEmpty { return [.green("host", nil, "all that dns64d set on this machine is as it was set")] }
        return [
            DoctorCheck(
                name: "host", light: .yellow,
                finding:
                    "somebody changed what dns64d had set on this machine; missing are \(facts.steps.count) things",
                remedy: ["put back all at once: dns64ctl reload"] + facts.steps.prefix(8).map(\.command))
        ]
    }

    // MARK: MTU

    /// RFC 8200 section 5: "IPv6 requires that every link in the Internet have an MTU of 1280 octets or greater."
    static func mtu(_ facts: Facts) -> [DoctorCheck] {
        var checks: [DoctorCheck] = []
        for interface in facts.clientInterfaces {
            if interface.mtu < 1280 {
                checks.append(
                    .red(
                        "mtu", interface.name, "its MTU of \(interface.mtu) is too small for IPv6, which needs 1280",
                        "ip link set \(interface.name) mtu 1500"))
            }
            for advertisement in facts.links.first(where: { $0.interface == interface.name })?.advertisements ?? [] {
                guard let mtu = advertisement.mtu, mtu > interface.mtu else { continue }
                checks.append(
                    .red(
                        "mtu", interface.name,
                        "router \(advertisement.router) announces an MTU of \(mtu), and this interface has \(interface.mtu)",
                        "correct the announcement, or the interface"))
            }
        }
        guard checks.isEmpty, facts.translates, let uplink = facts.box.uplinks4.sorted().first,
            let outside = facts.box.interface(uplink)?.mtu
        else { return checks.isEmpty ? [.green("mtu", nil, "the MTUs fit each other")] : checks }
        // RFC 7915 section 4: IPv6 headers are 20 octets longer than IPv4's.
        if outside < 1260 {
            return [
                .yellow(
                    "mtu", uplink,
                    "its MTU of \(outside) is small: packets of 1280 octets, the least of IPv6, leave in fragments",
                    "find out why; a tunnel within a tunnel?")
            ]
        }
        return [
            .green(
                "mtu", nil,
                "IPv6 packets of up to \(outside + 20) octets fit into \(uplink); larger ones are answered with Packet Too Big"
            )
        ]
    }

    // MARK: ports

    static func ports(_ facts: Facts) -> [DoctorCheck] {
        guard facts.translates else { return [] }
        guard let listeners = facts.box.listeners else {
            return [.skipped("ports", nil, "who listens on this machine can't be read from /proc/net")]
        }
        let own = Set(facts.box.interfaces.flatMap(\.addresses4))
        var checks: [DoctorCheck] = []
        for binding in facts.subject.plan.staticBindings where binding.proto != .icmp {
            let address = binding.public.address
            guard address == StaticBinding.hostAddress || own.contains(address) else { continue }
            let inTheWay = listeners.contains { listener in
                listener.proto == binding.proto.rawValue && listener.port == binding.public.port
                    && Self.covers(listener.address, address)
            }
            if inTheWay {
                checks.append(
                    .red(
                        "ports", "\(binding.proto.rawValue) \(binding.public.port)",
                        "a program on this box listens where a static binding leads to \(binding.client.address)",
                        "ss -lnp 'sport = :\(binding.public.port)' names it; end it, or take another port in nat64.static"
                    ))
            }
        }
        if checks.isEmpty {
            let count = facts.subject.plan.staticBindings.count
            return [
                .green(
                    "ports", nil,
                    count == 0 ? "no static binding, no overlap" : "no program is in a static binding's way")
            ]
        }
        return checks
    }

    private static func covers(_ listener: IPAddress, _ address: IPv4Address) -> Bool {
        switch listener {
        case .v4(let v4): v4.rawValue == 0 || v4 == address || address == StaticBinding.hostAddress && !v4.isLoopback
        case .v6(let v6): v6.high == 0 && v6.low == 0 || v6.mappedIPv4 == address
        }
    }

    // MARK: the way through

    static func firewall(_ facts: Facts) -> [DoctorCheck] {
        guard let chains = facts.box.droppingChains else {
            return [
                .skipped("firewall", nil, "the rules of nftables can't be read", "run it as root, with nft installed")
            ]
        }
        var checks: [DoctorCheck] = []
        let forward = chains.filter { $0.hook == "forward" }
        if facts.translates, let chain = forward.first {
            let name = "\(chain.family) \(chain.table) \(chain.name)"
            if case .passed = facts.probe {
                checks.append(.green("firewall", name, "it drops by default, and let the probe through"))
            } else {
                let device = facts.subject.ownDevice ?? facts.box.uplinks4.sorted().first ?? "eth0"
                checks.append(
                    .yellow(
                        "firewall", name, "it drops what no rule accepts; translated packets have to be accepted, too",
                        "nft insert rule \(name) iifname \(device) accept",
                        "nft insert rule \(name) oifname \(device) accept"))
            }
        }
        for chain in chains where chain.hook == "input" {
            checks.append(
                .yellow(
                    "firewall", "\(chain.family) \(chain.table) \(chain.name)",
                    "it drops what no rule accepts: clients need UDP and TCP port 53, ICMPv6, and UDP port 547 for DHCPv6",
                    "nft list chain \(chain.family) \(chain.table) \(chain.name) shows its rules"))
        }
        return checks.isEmpty ? [.green("firewall", nil, "no chain of nftables drops by default")] : checks
    }

    /// From `192.0.2.1 port 53 (upstream)` to what `nat64 test` takes.
    private static func command(_ what: String) -> String {
        let words = what.split(separator: " ")
        guard words.count >= 3, words[1] == "port" else { return String(words.first ?? "HOST") }
        return "\(words[0]) --port \(words[2])"
    }

    static func probe(_ facts: Facts) -> [DoctorCheck] {
        switch facts.probe {
        case .skipped(let why): return [.skipped("probe", nil, why)]
        case .passed(let what, let detail, let milliseconds):
            return [.green("probe", what, "\(detail) after \(milliseconds.short) ms, through the translator")]
        case .failed(let what, let detail, true):
            return [
                .red(
                    "probe", what, "through the translator: \(detail)",
                    "dns64ctl nat64 test \(command(what)) shows each step of it")
            ]
        case .failed(let what, let detail, false):
            return [
                .yellow(
                    "probe", what, "through the translator: \(detail); nobody knows whether it answers at all",
                    "name a host that does: dns64ctl doctor --host example.com")
            ]
        }
    }
}

extension IPv4Address {
    var isLoopback: Bool { rawValue >> 24 == 127 }
}

extension Double {
    /// With one decimal.
    var short: String {
        let tenths = Int((self * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }
}
