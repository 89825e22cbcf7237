// The way of the packets: out of the client, to the translator, to the host, and back.

internal import ControlProtocol
internal import DaemonConfig
internal import LinuxIO
internal import NAT64Backend
internal import NetAddress
internal import Probe
internal import TunDevice

/// What came of the connection.
struct TestedConnection {
    var step: NAT64TestStep
    /// What the translator knows of it; nil: nobody was asked.
    var session: NAT64TestStep?
    var hops: [NAT64TestHop] = []
}

extension TranslatorTest {
    // MARK: before

    func route(to target: TestedAddress) -> NAT64TestStep {
        let jool = configuration.nat64.jool
        if configuration.nat64.backend == .jool, jool.networkNamespace == nil {
            return step(
                "route", true, "Jool takes packets to \(target.prefix) as they come in, whatever the routes say")
        }
        let device: String
        do throws(Errno) {
            let index = try RouteLookup.interface(towards: .v6(target.address6))
            device = NetworkInterface(index: index)?.name ?? "interface \(index)"
        } catch {
            return step(
                "route", false, "this box has no route to \(target.address6) (\(error.name))", missingRoute(target))
        }
        let finding = "packets to \(target.address6) leave by \(device)"
        guard configuration.nat64.backend == .tun, device != configuration.nat64.tun.device else {
            return step("route", true, finding)
        }
        return step(
            "route", false, "\(finding), and the translator is behind \(configuration.nat64.tun.device)",
            missingRoute(target))
    }

    private func missingRoute(_ target: TestedAddress) -> String {
        switch configuration.nat64.backend {
        case .tun: "dns64ctl nat64 status shows whether the translator runs\ndns64ctl reload sets its route anew"
        case .jool, .none: "ip -6 route add \(target.prefix) via the address of the machine that translates"
        }
    }

    func translator() async -> NAT64TestStep {
        guard let backend else {
            return step("translator", true, "nat64.backend is none: another machine translates")
        }
        let status = await InTime.value(time(.milliseconds(1_500))) { await backend.status() }
        guard let status else {
            return step(
                "translator", false, "\(backend.name) does not say in time how it is", "dns64ctl nat64 status")
        }
        switch status.health {
        case .good:
            return step("translator", true, "\(status.backend) says that it works, and has \(status.sessions) sessions")
        case .bad(let reasons):
            let remedies = reasons.compactMap(\.remedy).joined(separator: "\n")
            return step(
                "translator", false, reasons.map(\.message).joined(separator: "; "), remedies.isEmpty ? nil : remedies)
        }
    }

    // MARK: the connection

    func connect(to target: TestedAddress) async -> TestedConnection {
        guard let backend else { return await connectByItself(to: target, because: nil) }
        do throws(ProbeFailure) {
            let client = try await ProbeClient.open(
                address: ProbeClient.randomAddress(in: clientNetwork), reserve: reserve)
            let limit = time(.seconds(4), keeping: .milliseconds(2_200))
            var trace: TraceReport?
            let connection: ConnectReport
            if traces {
                let both = try await client.connectAndTrace(to: target.address6, port: port, timeLimit: limit)
                (connection, trace) = (both.0, both.1)
            } else {
                connection = try await client.connect(to: target.address6, port: port, timeLimit: limit)
            }
            let session = await session(of: client.address, connection.sourcePort, backend)
            let found = await step(connection, from: client.address, to: target, session)
            return TestedConnection(
                step: found, session: step(session, target), hops: trace.map(hops) ?? [])
        } catch {
            // Jool hears nothing of what is born on its own machine.
            guard configuration.nat64.backend != .jool else {
                return TestedConnection(
                    step: step("connect", false, "no client can be played here: \(error.message)", error.remedy))
            }
            return await connectByItself(to: target, because: error)
        }
    }

    /// With a socket of this box's.
    private func connectByItself(to target: TestedAddress, because failure: ProbeFailure?) async -> TestedConnection {
        let limit = time(.seconds(4), keeping: .milliseconds(1_500))
        let outcome = await SocketProbe.connect(
            to: SocketAddress(.v6(target.address6), port: port), timeLimit: limit)
        let why = failure.map { " (no client can be played: \($0.message))" } ?? ""
        let by = "as this box itself\(why)"
        switch outcome {
        case .connected(let span): return TestedConnection(step: step("connect", true, "connected \(by)", after: span))
        case .refused(let span):
            return TestedConnection(step: step("connect", true, "\(refusal(target)); tried \(by)", after: span))
        case .error(let errno, let span):
            return TestedConnection(
                step: step(
                    "connect", false, "\(errno.message.lowercased()), \(by)", adviceWithoutSession(target), after: span)
            )
        case .silence(let span):
            return TestedConnection(
                step: step(
                    "connect", false, "no answer from \(target.address6) port \(port) in \(span) ms, \(by)",
                    adviceWithoutSession(target), after: Double(span)))
        }
    }

    /// A network of clients that dns64d listens in: what the translator, routes and firewalls do by the client's address,
    /// they do to this one. nil: none is known.
    private var clientNetwork: IPPrefix? {
        let interfaces = (try? InterfaceAddresses.list()) ?? []
        return interfaces.lazy.filter { interface in
            guard case .v6(let address) = interface.address, !address.isLinkLocal, !interface.isLoopback else {
                return false
            }
            return interface.isUp && interface.prefixLength == 64
                && listening.contains { $0.address == interface.address }
        }.first?.network
    }

    // MARK: afterwards

    /// nil: the translator does not say; no element: it knows none.
    private func session(of client: IPv6Address, _ port: UInt16, _ backend: any NAT64Backend) async -> [SessionEntry]? {
        await InTime.value(time(.milliseconds(1_200))) { () -> [SessionEntry]? in
            var selection = EntrySelection()
            selection.proto = .tcp
            selection.client = IPPrefix(.v6(client), length: 128)
            guard let page = try? await backend.sessions(selection, after: nil, limit: 16) else { return nil }
            return page.entries.filter { $0.client.port == port }
        } ?? nil
    }

    private func step(_ sessions: [SessionEntry]?, _ target: TestedAddress) -> NAT64TestStep {
        guard let sessions else { return step("session", true, "the translator's sessions can't be read") }
        guard let session = sessions.first else {
            return step("session", true, "the translator has forgotten it already")
        }
        let state = session.state.map { ", now \($0)" } ?? ""
        return step("session", true, "the translator sent it out \(source(session, target))\(state)")
    }

    private func hops(_ trace: TraceReport) -> [NAT64TestHop] {
        trace.hops.map { hop in
            NAT64TestHop(
                number: hop.number, address: hop.address?.description,
                address4: hop.address.flatMap(extract)?.address4.description,
                milliseconds: hop.milliseconds.map { ($0 * 100).rounded() / 100 })
        }
    }
}
