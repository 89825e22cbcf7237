// What a Jool that runs shows.

internal import HostNetwork
internal import LinuxIO
internal import NAT64Backend
internal import NetAddress
internal import Telemetry

extension Supervisor {
    /// Entries that a page has at most.
    private static let pageLimit = 10_000

    func status() async -> BackendStatus {
        await look()
        var status = BackendStatus(backend: "jool", health: board.health)
        guard let running else { return status }
        status.appliedSecondsAgo = MonotonicTime.read().since(running.appliedAt) / 1_000_000_000
        if !trouble.isPlanShaken {
            for wish in running.wishes.instances {
                guard let tally = try? await tally(wish.name, limit: options.lookLimit) else { continue }
                status.sessions += tally.sessions
                status.bindings += tally.bindings
            }
        }
        status.details = details(running)
        return status
    }

    private func details(_ running: Running) -> [BackendStatus.Detail] {
        var details = running.wishes.instances.map { wish in
            BackendStatus.Detail("instance", "\(wish.name), \(wish.framework.rawValue), \(wish.pool6)")
        }
        if let namespace = options.networkNamespace { details.append(.init("netns", namespace)) }
        let module = running.versions.module.map { ", module \($0)" } ?? ""
        details.append(.init("version", "\(options.program) \(running.versions.client)\(module)"))
        let pool = running.plan.pool4
        if options.adopts, !running.plan.named.contains(.pool4) {
            details.append(.init("pool4", "as it was found"))
        } else if pool.isEmpty {
            details.append(.init("pool4", "this host's own addresses, ports \(PortSet.text(Wishes.emptyPoolPorts))"))
        } else {
            details.append(.init("pool4", pool.map(\.description).joined(separator: ", ")))
        }
        if options.adopts { details.append(.init("adopted", "it stays when dns64d ends")) }
        if options.keeps, !options.adopts { details.append(.init("kept", "it stays when dns64d ends")) }
        return details + running.warnings.map { .init("warning", $0) }
    }

    func statistics() async throws(BackendFailure) -> [Statistic] {
        guard let running else { throw .notStarted }
        var rows: [StatisticRow] = []
        for wish in running.wishes.instances {
            do throws(JoolFailure) {
                rows += try await client.read(
                    ["-i", wish.name, "stats", "display", "--csv", "--all", "--explain"], JoolOutput.statistics)
            } catch { throw failure(error) }
        }
        return JoolStatistics(rows).statistics + losses.statistics
    }

    func sessions(_ selection: EntrySelection, after cursor: String?, limit: Int) async throws(BackendFailure)
        -> EntryPage<SessionEntry>
    {
        let limit = min(max(limit, 1), Self.pageLimit)
        if let cursor { return try sessionListings.next(cursor, limit: limit) }
        let all = try await allSessions(selection.proto).filter(selection.matches)
        return sessionListings.first(all, limit: limit)
    }

    func bindings(_ selection: EntrySelection, after cursor: String?, limit: Int) async throws(BackendFailure)
        -> EntryPage<BindingEntry>
    {
        let limit = min(max(limit, 1), Self.pageLimit)
        if let cursor { return try bindingListings.next(cursor, limit: limit) }
        var counts: [StaticBinding: UInt64] = [:]
        for session in try await allSessions(selection.proto) { counts[session.binding, default: 0] += 1 }
        var entries: [BindingEntry] = []
        for row in try await allBindings(selection.proto) {
            let entry = BindingEntry(
                proto: row.proto, client: row.client, public: row.public, isStatic: row.isStatic,
                sessions: counts[row.binding] ?? 0)
            if selection.matches(entry) { entries.append(entry) }
        }
        return bindingListings.first(entries, limit: limit)
    }

    /// Of all instances. `--numeric`, for names would be looked up, with the very resolver that asks.
    func allSessions(_ proto: TransportProtocol?) async throws(BackendFailure) -> [SessionEntry] {
        try await all(proto) { name, flag async throws(JoolFailure) in
            try await client.read(["-i", name, "session", "display", "--csv", "--numeric", flag], JoolOutput.sessions)
        }
    }

    func allBindings(_ proto: TransportProtocol?) async throws(BackendFailure) -> [BindingRow] {
        try await all(proto) { name, flag async throws(JoolFailure) in
            try await client.read(["-i", name, "bib", "display", "--csv", "--numeric", flag], JoolOutput.bindings)
        }
    }

    /// One protocol a call is all that the client lists.
    private func all<Row: Sendable>(
        _ proto: TransportProtocol?, _ list: (String, String) async throws(JoolFailure) -> [Row]
    ) async throws(BackendFailure) -> [Row] {
        guard let running else { throw .notStarted }
        var rows: [Row] = []
        do throws(JoolFailure) {
            for wish in running.wishes.instances {
                for proto in proto.map({ [$0] }) ?? TransportProtocol.allCases {
                    rows += try await list(wish.name, "--\(proto.rawValue)")
                }
            }
        } catch { throw failure(error) }
        return rows
    }
}

extension SessionEntry {
    /// What it belongs to.
    var binding: StaticBinding { StaticBinding(proto: proto, client: client, public: `public`) }
}

extension BindingRow {
    var binding: StaticBinding { StaticBinding(proto: proto, client: client, public: `public`) }
}
