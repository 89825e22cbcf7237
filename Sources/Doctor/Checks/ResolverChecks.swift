// The resolver: the daemon itself, whom it asks, whom it answers, and what clients are told of it.

internal import ControlProtocol
internal import DaemonConfig
internal import NetAddress

enum ResolverChecks {
    static func daemon(_ facts: Facts) -> [DoctorCheck] {
        guard let daemon = facts.subject.daemon else { return notRunning(facts) }
        var checks: [DoctorCheck] = []
        if let error = daemon.reloadError {
            checks.append(
                .red(
                    "configuration", daemon.file, "the last reload failed, and what was before is in force: \(error)",
                    "dns64d --config \(daemon.file) --check; then: dns64ctl reload"))
        }
        let age = facts.box.clock.now - Int64(clamping: daemon.loadedSecondsAgo)
        if let changed = BoxReader.modified(daemon.file), changed > age + 1 {
            checks.append(
                .yellow(
                    "configuration", daemon.file, "the file was changed after dns64d had read it",
                    "dns64d --config \(daemon.file) --check; then: dns64ctl reload"))
        }
        for problem in daemon.problems {
            checks.append(.red("listening", nil, problem, "ss -lnp 'sport = :53' names who has a port already"))
        }
        for warning in daemon.warnings { checks.append(.yellow("configuration", nil, warning)) }
        if checks.isEmpty { checks.append(.green("configuration", daemon.file, "it is in force, without a warning")) }
        return [.green("daemon", nil, "dns64d runs and answers on its control socket")] + checks
    }

    private static func notRunning(_ facts: Facts) -> [DoctorCheck] {
        let listeners = facts.box.listeners ?? []
        let port53 = listeners.filter { $0.port == 53 }.map { "\($0.proto) \($0.address)" }
        var checks: [DoctorCheck] = [
            .red(
                "daemon", nil, "dns64d does not run, or not with this control socket",
                "systemctl start dns64d; journalctl -u dns64d says why it ended")
        ]
        if !port53.isEmpty {
            checks.append(
                .yellow(
                    "listening", "port 53", "somebody listens there already: \(port53.listed)",
                    "ss -lnp 'sport = :53' names it; systemd-resolved: DNSStubListener=no in /etc/systemd/resolved.conf"
                ))
        }
        return checks
    }

    // MARK: whom it asks

    static func upstream(_ facts: Facts) -> [DoctorCheck] {
        if facts.subject.upstream.allSatisfy({ $0.servers.isEmpty }) {
            return [
                .red(
                    "upstream", nil, "there is nobody to ask: no server is configured, and /etc/resolv.conf names none",
                    "name some: upstream: [{ zone: \".\", servers: [\"9.9.9.9\"] }]")
            ]
        }
        var checks = facts.upstream.map { answer($0, facts) }
        // One of several that is down costs time, not answers.
        for zone in Set(facts.upstream.map(\.zone)) {
            let ofZone = checks.indices.filter { facts.upstream[$0].zone == zone }
            guard ofZone.contains(where: { checks[$0].light != .red }) else { continue }
            for index in ofZone where checks[index].light == .red { checks[index].light = .yellow }
        }
        return checks + dns64Upstream(facts) + facts.upstream.filter(\.inventsNames).map(inventing)
    }

    private static func answer(_ found: UpstreamAnswer, _ facts: Facts) -> DoctorCheck {
        let subject = found.zone == "." ? "\(found.server)" : "\(found.server) for \(found.zone)"
        guard let answer = found.answer else {
            return .red(
                "upstream", subject, found.failure ?? "no answer",
                "dig @\(found.server.address) -p \(found.server.port) \(found.zone) NS; is there a route, does a firewall "
                    + "let port 53 out?")
        }
        guard answer.code == "NOERROR" || answer.code == "NXDOMAIN" else {
            return .red(
                "upstream", subject, "it answers \(answer.code)",
                answer.code == "REFUSED"
                    ? "it does not serve this box: take another server in upstream"
                    : "dig @\(found.server.address) -p \(found.server.port) \(found.zone) NS shows more")
        }
        return .green("upstream", subject, "it answers in \(answer.milliseconds.short) ms")
    }

    /// RFC 6147 section 5: two of them in a row make addresses of addresses, or hide the native ones.
    private static func dns64Upstream(_ facts: Facts) -> [DoctorCheck] {
        let own = facts.subject.configuration.allPrefixes
        return facts.upstream.compactMap { found in
            guard let addresses = found.pref64Addresses, !addresses.isEmpty else { return nil }
            let strange = addresses.filter { address in !own.contains { $0.extract(address) != nil } }
            let shown = addresses.map(\.description).listed
            if strange.isEmpty {
                return .yellow(
                    "upstream-dns64", "\(found.server)",
                    "it is a DNS64 with the same prefix: ipv4only.arpa has \(shown) there, and exclude-names does not hold",
                    "take a resolver without DNS64 as upstream")
            }
            return .red(
                "upstream-dns64", "\(found.server)",
                "it is a DNS64 with another prefix: ipv4only.arpa has \(shown) there, so that clients get addresses that "
                    + "this box does not translate",
                "take a resolver without DNS64 as upstream, or exclude-aaaa: [\"\(network(strange[0]))\"]")
        }
    }

    /// Of a synthesized address of 192.0.0.170 or 171, most often in the last 32 bits.
    private static func network(_ address: IPv6Address) -> IPPrefix {
        IPPrefix(.v6(IPv6Address(high: address.high, low: address.low & ~0xFFFF_FFFF)), length: 96)
            ?? Pref64.wellKnown.prefix
    }

    private static func inventing(_ found: UpstreamAnswer) -> DoctorCheck {
        .yellow(
            "upstream-lies", "\(found.server)",
            "it gives an address for a name that does not exist: typing errors end at somebody's server",
            "take another upstream")
    }

    /// A resolver that asks itself answers nothing.
    static func loop(_ facts: Facts) -> [DoctorCheck] {
        guard let daemon = facts.subject.daemon else { return [] }
        let own = Set(facts.box.interfaces.flatMap(\.addresses).map(\.address))
        let loops = facts.subject.upstream.flatMap(\.servers).filter { server in
            own.contains(server.address) && daemon.listening.contains { $0.port == server.port }
                && daemon.listening.contains {
                    $0.address == server.address || $0.address == server.address.wildcardOfFamily
                }
        }
        return loops.map {
            .red("upstream-loop", "\($0)", "that is dns64d itself: it would ask itself for ever", "name another server")
        }
    }

    // MARK: whom it answers

    static func exposure(_ facts: Facts) -> [DoctorCheck] {
        guard case .networks(let networks) = facts.subject.configuration.server.allow else { return [] }
        let open = networks.filter { $0.length == 0 }
        guard !open.isEmpty else { return [] }
        return [
            .yellow(
                "exposure", nil,
                "everybody may ask: server.allow has \(open.listed). Open resolvers are misused to flood others",
                "name your networks in server.allow, or leave it out")
        ]
    }
}

extension IPAddress {
    var wildcardOfFamily: IPAddress {
        bitWidth == 32 ? .v4(IPv4Address(rawValue: 0)) : .v6(IPv6Address(high: 0, low: 0))
    }
}
