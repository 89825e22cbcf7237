// `dns64ctl nat64`: requests to the backend, and its values as what goes over the control socket.

internal import ControlProtocol
internal import DaemonConfig
internal import LinuxIO
internal import NAT64Backend
internal import NetAddress
internal import Resolver
internal import Telemetry

extension Daemon {
    func answer(_ request: NAT64Request, _ reply: @escaping @Sendable (ControlResponse) -> Void) {
        guard let backend = translator?.backend else {
            if case .status = request { return reply(.nat64(.status(statusWithoutTranslator))) }
            return reply(.refused(.noTranslator))
        }
        let frame = statusFrame
        let names = NameBook(workers: telemetry.compactMap(\.synthesizedNames))
        Task.detached { @Sendable in reply(await Self.response(to: request, backend, frame, names)) }
    }

    private static func response(
        to request: NAT64Request, _ backend: any NAT64Backend, _ frame: StatusFrame, _ names: NameBook
    ) async -> ControlResponse {
        do {
            return .nat64(try await carryOut(request, backend, frame, names))
        } catch {
            if let failure = error as? BackendFailure { return .refused(Refusal(failure)) }
            if let refused = error as? RefusedRequest { return .refused(refused.refusal) }
            return .refused(Refusal(code: .invalid, message: "\(error)"))
        }
    }

    private static func carryOut(
        _ request: NAT64Request, _ backend: any NAT64Backend, _ frame: StatusFrame, _ names: NameBook
    ) async throws -> NAT64Response {
        switch request {
        case .status: return .status(frame.report(await backend.status()))
        case .sessions(let page):
            let limit = min(max(page.limit, 1), NAT64PageRequest.largestPage)
            let found = try await backend.sessions(try EntrySelection(page.selection), after: page.after, limit: limit)
            let total = await backend.status().sessions
            return .sessions(
                NAT64SessionPage(
                    sessions: found.entries.map { NAT64Session($0, name: names.name($0)) }, total: total,
                    next: found.next))
        case .bindings(let page):
            let limit = min(max(page.limit, 1), NAT64PageRequest.largestPage)
            let found = try await backend.bindings(try EntrySelection(page.selection), after: page.after, limit: limit)
            let total = await backend.status().bindings
            return .bindings(
                NAT64BindingPage(bindings: found.entries.map(NAT64Binding.init), total: total, next: found.next))
        case .stats:
            return .stats(
                NAT64StatisticsReport(
                    counters: try await backend.statistics().map {
                        NAT64Statistic(name: $0.name, value: $0.value, meaning: $0.meaning)
                    }))
        case .bind(let binding):
            try await backend.bind(try StaticBinding(binding))
            return .bind(binding)
        case .unbind(let address):
            try await backend.unbind(
                TransportProtocol(address.proto), try TransportAddress4(address.public, address.publicPort))
            return .unbind(address)
        case .drop(let what):
            let count = try await backend.drop(try EntrySelection(what.selection))
            return .drop(NAT64DropReport(dropped: UInt64(count)))
        case .test:
            // Answered before it comes here, for it takes no translator of ours.
            throw BackendFailure(.invalid, "a test is nothing that a translator is asked for")
        }
    }

    // MARK: status

    /// What the daemon itself knows for a status report.
    private struct StatusFrame: Sendable {
        var since: UInt64?
        var whenDown: String
        var affected: Bool
        var prefixes: [String]

        func report(_ status: BackendStatus) -> NAT64StatusReport {
            var reasons: [NAT64Reason] = []
            if case .bad(let found) = status.health {
                reasons = found.map { NAT64Reason(code: $0.code, message: $0.message, remedy: $0.remedy) }
            }
            return NAT64StatusReport(
                backend: status.backend, health: reasons.isEmpty ? "good" : "bad", reasons: reasons,
                sinceSeconds: since, whenDown: whenDown, answersAffected: affected,
                appliedSecondsAgo: status.appliedSecondsAgo, prefixes: prefixes, sessions: status.sessions,
                sessionLimit: status.sessionLimit, bindings: status.bindings,
                details: status.details.map { NAT64Detail(name: $0.name, value: $0.value) })
        }
    }

    private var statusFrame: StatusFrame {
        StatusFrame(
            since: translator.map { MonotonicTime.read().since($0.since) / 1_000_000_000 },
            whenDown: settings.configuration.nat64.whenDown.rawValue, affected: translatorForAnswers != .works,
            prefixes: settings.configuration.allPrefixes.map(\.description))
    }

    private var statusWithoutTranslator: NAT64StatusReport {
        NAT64StatusReport(
            backend: settings.configuration.nat64.backend.rawValue, health: "none",
            whenDown: settings.configuration.nat64.whenDown.rawValue, answersAffected: false,
            prefixes: settings.configuration.allPrefixes.map(\.description))
    }
}

/// What the workers remember of names.
struct NameBook: Sendable {
    let workers: [SynthesizedNames]

    /// The name that led this client to the session's remote host; if nobody knows that, what led anybody there.
    func name(_ session: SessionEntry) -> String? {
        var anybody: String?
        for worker in workers {
            guard let found = worker.name(of: session.remote.address, toldTo: session.client.address) else { continue }
            if found.isOwn { return found.name }
            anybody = anybody ?? found.name
        }
        return anybody
    }
}
