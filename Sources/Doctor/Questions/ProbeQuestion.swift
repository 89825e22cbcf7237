// A packet through the translator and back, as a client's.

internal import ControlProtocol
internal import DNSMessage
internal import DaemonConfig
internal import NAT64Backend
internal import NetAddress
internal import Probe

struct ProbeQuestion: Sendable {
    let facts: Facts

    private static let limit = Duration.milliseconds(3_500)
    /// Of a connection that does not go through the translator.
    private static let directLimit = Duration.milliseconds(1_500)

    /// Whom to reach.
    private struct Target: Sendable {
        var address: IPv4Address
        /// nil: an echo.
        var port: UInt16?
        /// The person named it, or it was seen to answer.
        var isKnown: Bool
        var name: String

        /// What it is, where nobody named it.
        var role: String?

        /// `192.0.2.1 port 53 (upstream)`.
        var words: String {
            name + (port.map { " port \($0)" } ?? "") + (role.map { " (\($0))" } ?? "")
        }
    }

    func ask() async -> ProbeOutcome {
        if facts.translates, facts.subject.daemon == nil { return .skipped("dns64d does not run") }
        guard let prefix = facts.subject.plan.prefixes.first else { return .skipped("there is no prefix") }
        switch await target() {
        case .failure(let reason): return .skipped(reason.words)
        case .success(let target):
            let outcome = await reach(target, prefix.embed(target.address, suffix: suffix))
            guard case .failed(_, let detail, false) = outcome, let port = target.port else { return outcome }
            // Whether it is the translator's fault, or the host's, an IPv4 connection of our own shows.
            let direct = await SocketProbe.connect(
                to: SocketAddress(.v4(target.address), port: port), timeLimit: Self.directLimit)
            guard direct.provesTheWay else { return outcome }
            return .failed(
                what: target.words, detail: "\(detail); this box itself reaches it by IPv4", isKnownToAnswer: true)
        }
    }

    private var suffix: IPv6Address { facts.subject.configuration.dns64.suffix }

    // MARK: whom to reach

    private struct Reason: Error { var words: String }

    private func target() async -> Result<Target, Reason> {
        if let host = facts.subject.request.host { return await named(host) }
        for zone in facts.subject.upstream {
            for server in zone.servers {
                guard case .v4(let address) = server.address, !address.isLoopback else { continue }
                return .success(
                    Target(
                        address: address, port: server.port, isKnown: false, name: "\(address)", role: "upstream"))
            }
        }
        if let route = facts.box.defaultRoutes4.first, case .v4(let gateway)? = route.gateway {
            return .success(Target(address: gateway, port: nil, isKnown: false, name: "\(gateway)", role: "router"))
        }
        return .failure(Reason(words: "no IPv4 host is known to try: name one, dns64ctl doctor --host example.com"))
    }

    private func named(_ host: String) async -> Result<Target, Reason> {
        if let address = IPv4Address(host) {
            return .success(Target(address: address, port: 443, isKnown: true, name: host))
        }
        guard let server = facts.subject.upstream.flatMap(\.servers).first else {
            return .failure(Reason(words: "there is no server to ask for \(host)"))
        }
        switch await Asking.ask(host, .a, server) {
        case .failed(let why): return .failure(Reason(words: "\(host) can't be resolved: \(why)"))
        case .message(let message, _):
            guard let address = message.addresses4.first else {
                return .failure(Reason(words: "\(host) has no A record: \(message.responseCode)"))
            }
            return .success(Target(address: address, port: 443, isKnown: true, name: host))
        }
    }

    // MARK: how to reach it

    private func reach(_ target: Target, _ address: IPv6Address) async -> ProbeOutcome {
        guard facts.translates else { return await reachByOthers(target, address) }
        do throws(ProbeFailure) {
            // From the clients' own network, so that firewalls and quotas that go by it treat it as one of them.
            let network = facts.clientInterfaces.first?.routable6.lazy.compactMap(\.subnet).first
            let client = try await ProbeClient.open(
                address: ProbeClient.randomAddress(in: network),
                reserve: facts.subject.reserve)
            guard let port = target.port else {
                return outcome(target, try await client.echo(to: address, timeLimit: Self.limit))
            }
            return outcome(target, try await client.connect(to: address, port: port, timeLimit: Self.limit).outcome)
        } catch {
            return .skipped("no client can be played here: \(error)")
        }
    }

    /// Another machine translates, and this one is a client of it like any.
    private func reachByOthers(_ target: Target, _ address: IPv6Address) async -> ProbeOutcome {
        guard let port = target.port else {
            return .skipped("another machine translates, and no IPv4 host is known to try")
        }
        let found = await SocketProbe.connect(to: SocketAddress(.v6(address), port: port), timeLimit: Self.limit)
        switch found {
        case .connected(let time): return .passed(what: target.words, detail: "connected", milliseconds: time)
        case .refused(let time): return .passed(what: target.words, detail: "answered, and refused", milliseconds: time)
        case .error(let error, _): return failed(target, "\(error)")
        case .silence(let time): return failed(target, "no answer within \(time) ms")
        }
    }

    private func outcome(_ target: Target, _ found: ConnectOutcome) -> ProbeOutcome {
        switch found {
        case .connected(let time): .passed(what: target.words, detail: "connected", milliseconds: time)
        case .refused(let time): .passed(what: target.words, detail: "answered, and refused", milliseconds: time)
        case .error(let fault): failed(target, "\(fault)")
        case .silence(let time): failed(target, "no answer within \(time) ms")
        }
    }

    private func outcome(_ target: Target, _ found: EchoOutcome) -> ProbeOutcome {
        switch found {
        case .reply(_, let time): .passed(what: target.words, detail: "answered an echo", milliseconds: time)
        case .error(let fault): failed(target, "\(fault)")
        case .silence(let time): failed(target, "no answer within \(time) ms")
        }
    }

    private func failed(_ target: Target, _ detail: String) -> ProbeOutcome {
        .failed(what: target.words, detail: detail, isKnownToAnswer: target.isKnown)
    }
}
