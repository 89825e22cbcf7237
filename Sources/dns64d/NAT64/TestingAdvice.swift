// What the connection's end means, and what to do about it.

internal import ControlProtocol
internal import DaemonConfig
internal import LinuxIO
internal import NAT64Backend
internal import NetAddress
internal import Probe

extension TranslatorTest {
    func refusal(_ target: TestedAddress) -> String {
        "\(target.address4) refuses port \(port), where nobody listens; packets got there and back, so the translator "
            + "works"
    }

    /// - Parameter sessions: nil: not known.
    func step(
        _ connection: ConnectReport, from client: IPv6Address, to target: TestedAddress, _ sessions: [SessionEntry]?
    ) async -> NAT64TestStep {
        let by = "from the client [\(client)]:\(connection.sourcePort), played on this box"
        let span = connection.outcome.milliseconds
        switch connection.outcome {
        case .connected: return step("connect", true, "connected to port \(port) \(by)", after: span)
        case .refused: return step("connect", true, refusal(target), after: span)
        case .error(let fault):
            let (who, advice) = sender(fault, target)
            return step("connect", false, "\(who) sent the packet back: \(meaning(fault))", advice, after: span)
        case .silence:
            let sent = connection.attempts == 1 ? "one SYN" : "\(connection.attempts) SYNs"
            let finding = "\(sent) to port \(port) \(by), and no answer in \(Int(span)) ms"
            return await silence(finding, target, sessions, span)
        }
    }

    /// `from 203.0.113.9:40000`: what the host sees.
    func source(_ session: SessionEntry, _ target: TestedAddress) -> String {
        guard configuration.nat64.backend == .tun, configuration.nat64.pool4.isEmpty else {
            return "from \(session.public)"
        }
        // The kernel puts the host's own address in place of the translator's, as it leaves.
        let socket = try? ConnectedDatagram(
            to: SocketAddress(.v4(target.address4), port: port), random: RandomSource())
        let own = (try? socket?.localAddress())?.map { "\($0.address)" } ?? "its own address"
        return "as \(session.public), which leaves this box as \(own)"
    }

    // MARK: silence

    /// Whether the packets came as far as the translator, its sessions show; whether the host answers at all, an IPv4
    /// connection of this box's own.
    private func silence(
        _ finding: String, _ target: TestedAddress, _ sessions: [SessionEntry]?, _ span: Double
    ) async -> NAT64TestStep {
        let direct = await SocketProbe.connect(
            to: SocketAddress(.v4(target.address4), port: port), timeLimit: time(.milliseconds(1_000)))
        let host = "\(target.address4) port \(port)"
        var finding = finding
        let advice: [String]
        switch (sessions?.first, direct.provesTheWay) {
        case (let session?, true):
            finding +=
                ". The translator sent it out \(source(session, target)); this box itself reaches \(host) by IPv4"
            advice = [
                "tcpdump -ni any host \(target.address4) and port \(port): do answers come in?",
                "if they do: nft list ruleset, which rule drops them before the translator?",
                configuration.nat64.pool4.isEmpty
                    ? "if not: what is between this box and the host lets only some of this box's ports through"
                    : "if not: the addresses of nat64.pool4 have to be routed to this box",
            ]
        case (let session?, false):
            finding +=
                ". The translator sent it out \(source(session, target)); this box itself gets no answer from \(host) by IPv4 "
                + "either, so the fault is the host's, or on the way there"
            advice = [
                "try another host or port: dns64ctl nat64 test NAME --port 80",
                "ip route get \(target.address4): is there a way to the Internet by IPv4?",
            ]
        case (nil, _) where sessions != nil:
            finding += ". The translator has no session for it: the packets never got there, or it dropped them"
            advice =
                [
                    "sysctl net.ipv6.conf.all.forwarding has to say 1",
                    "nft list ruleset: does a forward chain drop what comes in from dns64probe, or from the clients?",
                    "dns64ctl nat64 stats: the counters drop-* say why the translator dropped packets",
                    "dns64ctl doctor looks for all of these",
                ] + dropped(target)
        default:
            let way = direct.provesTheWay ? "reaches" : "does not reach"
            finding += ". This box itself \(way) \(host) by IPv4"
            advice = ["dns64ctl nat64 stats: do the counters drop-* grow?", "dns64ctl doctor"]
        }
        return step("connect", false, finding, advice.joined(separator: "\n"), after: span)
    }

    /// RFC 6052 section 3.1, where the configuration follows it to the letter.
    private func dropped(_ target: TestedAddress) -> [String] {
        guard configuration.nat64.nonGlobal == .drop, target.prefix.isWellKnown else { return [] }
        return ["nat64.non-global is drop: \(target.prefix) then is for public IPv4 addresses alone"]
    }

    /// Without a client, nobody knows how far packets came.
    func adviceWithoutSession(_ target: TestedAddress) -> String {
        guard backend == nil else { return "dns64ctl nat64 stats: do the counters drop-* grow?\ndns64ctl doctor" }
        return [
            "ip -6 route get \(target.address6): does it name the machine that translates \(target.prefix)?",
            "traceroute -6 \(target.address6): does the way end there, or behind it?",
        ].joined(separator: "\n")
    }

    // MARK: what was sent back

    private func meaning(_ fault: ICMPFault) -> String {
        // RFC 7915 section 4.2 makes one code of IPv4's "net unreachable" and "host unreachable".
        guard fault.type == 1, fault.code == 0, extract(fault.from) != nil else { return fault.meaning }
        return "it has no way there, or nobody answers it there"
    }

    /// Who sent the packet back, and what to do about that.
    private func sender(_ fault: ICMPFault, _ target: TestedAddress) -> (String, String) {
        let router = extract(fault.from)?.address4
        let own = ((try? InterfaceAddresses.list()) ?? []).map(\.address)
        let isOwn = own.contains(.v6(fault.from)) || router.map { own.contains(.v4($0)) } ?? false
        var who = router.map { $0 == target.address4 ? "\($0) itself" : "the IPv4 router \($0)" } ?? "\(fault.from)"
        if isOwn { who = "this box (\(router.map(\.description) ?? fault.from.description))" }
        switch (fault.type, fault.code) {
        case (1, 1) where isOwn, (1, 5) where isOwn: return (who, "nft list ruleset shows the rule that forbids it")
        case (1, _) where isOwn:
            return (who, "ip route get \(target.address4): this box needs a way to it by IPv4\nip address, ip route")
        case (3, _):
            return (who, "traceroute -n \(target.address4): do routers send packets to each other in a circle?")
        case (1, 1), (1, 5): return (who, "ask whose it is: the translator did its part")
        default:
            return (who, "is the address right, and the host on? Try another: dns64ctl nat64 test NAME")
        }
    }
}
