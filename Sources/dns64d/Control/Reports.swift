// status, stats, policies and upstreams.

internal import AnswerCache
internal import ControlProtocol
internal import DNSMessage
internal import DaemonConfig
internal import Glibc
internal import LinuxIO
internal import Logging
internal import NetAddress
internal import Resolver
internal import Telemetry
internal import Upstream

extension Daemon {
    // MARK: status

    func statusReport(_ done: @escaping @Sendable (StatusReport) -> Void) {
        collect({ $0.engine.status }) { daemon, rows in
            done(daemon.status(UpstreamRows(rows)))
        }
    }

    private func status(_ upstreams: UpstreamRows) -> StatusReport {
        let statistics = cache.statistics
        let configuration = settings.configuration
        let good = upstreams.rows.filter { $0.state == .good }.count
        let account = getpwuid(geteuid()).flatMap { String(validatingCString: $0.pointee.pw_name) }
        return StatusReport(
            version: Release.version, pid: getpid(), uptimeSeconds: uptimeSeconds, ready: isReady,
            configurationFile: file,
            loadedSecondsAgo: MonotonicTime.read().since(loadedAt) / 1_000_000_000, lastReloadError: lastReloadError,
            workers: mailboxes.boxes.count, listenAddresses: sockets.addresses.map(\.description),
            user: account ?? "\(geteuid())", userID: geteuid(),
            cache: CacheFill(
                entries: UInt64(statistics.entries), bytes: UInt64(statistics.bytesUsed),
                limitBytes: UInt64(statistics.byteLimit)),
            upstreams: UpstreamSummary(good: good, total: upstreams.rows.count),
            nat64: translatorStatus,
            logLevel: LogLevel(rawValue: LogThreshold.level.rawValue) ?? .info, mode: configuration.dns64.mode.rawValue,
            prefixes: configuration.dns64.prefixes.map(\.description), warnings: listenProblems + settings.warnings)
    }

    // MARK: stats

    var statisticsReport: StatisticsReport {
        let uptime = max(1, uptimeSeconds)
        let all = telemetry.map(\.counters) + [streamCounters, counters]
        let total = Counter.allCases.map { counter in
            let value = all.reduce(0) { $0 &+ $1.value(counter) }
            return CounterValue(
                name: counter.name, value: value, perSecond: (Double(value) / Double(uptime) * 100).rounded() / 100)
        }
        let workers = telemetry.enumerated().map { index, telemetry in
            WorkerStatistics(
                worker: index,
                counters: Counter.allCases.map { CounterValue(name: $0.name, value: telemetry.counters.value($0)) })
        }
        let statistics = cache.statistics
        return StatisticsReport(
            uptimeSeconds: uptimeSeconds, total: total, workers: workers,
            latency: LatencyReport(
                cached: Self.sum(telemetry.map(\.cachedLatency)), upstream: Self.sum(telemetry.map(\.upstreamLatency))),
            cache: CacheStatistics(
                entries: UInt64(statistics.entries), bytes: UInt64(statistics.bytesUsed),
                limitBytes: UInt64(statistics.byteLimit), inserts: statistics.inserts,
                replacements: statistics.replacements, evictions: statistics.evictions))
    }

    private static func sum(_ histograms: [LatencyHistogram]) -> LatencyDistribution {
        var counts = [UInt64](repeating: 0, count: LatencyHistogram.bucketCount)
        for histogram in histograms { for (index, count) in histogram.buckets.enumerated() { counts[index] &+= count } }
        return LatencyDistribution(doublingBuckets: counts)
    }

    // MARK: policies

    var policiesReport: PoliciesReport {
        let policies = settings.resolver.values.policies
        let classes = policies.classes.map { ($0.policy, $0.match.prefixes.map(\.description)) }
        return PoliciesReport(policies: (classes + [(policies.standard, [])]).map(Self.report))
    }

    private static func report(_ policy: SynthesisPolicy, _ match: [String]) -> PolicyReport {
        let values = policy.values
        return PolicyReport(
            label: values.label, match: match, mode: values.mode.rawValue, prefixes: values.prefixes.map(\.description),
            suffix: values.suffix.description, excludeAAAA: values.excludeAAAA.prefixes.map(\.description),
            excludeA: values.excludeA.map { range in
                ExcludedRange(
                    prefix: range.prefix.description,
                    reason: range.reason + (range.underWellKnownPrefixOnly ? "; under 64:ff9b::/96 only" : ""))
            },
            excludeNames: values.excludeNames.map(\.description), ignoreAAAA: values.ignoreAAAA.map(\.description),
            breakDNSSEC: values.breakDNSSEC, reverse: values.reverse.rawValue,
            configLines: values.origins.sorted { $0.key < $1.key }.map {
                ConfigurationLine(key: $0.key, line: $0.value)
            })
    }

    // MARK: upstreams

    func upstreamsReport(_ done: @escaping @Sendable (UpstreamsReport) -> Void) {
        collect({ $0.engine.status }) { daemon, rows in
            let rows = UpstreamRows(rows).rows
            let zones = daemon.settings.upstream.zones.map { zone in
                ControlProtocol.UpstreamZone(
                    zone: zone.zone.description, policy: "\(zone.policy)",
                    servers: rows.filter { $0.zone == zone.zone }.map(Self.server))
            }
            done(UpstreamsReport(zones: zones))
        }
    }

    private static func server(_ row: UpstreamServerStatus) -> ControlProtocol.UpstreamServer {
        let now = MonotonicTime.read()
        var setAside: Double?
        let state: String
        switch row.state {
        case .good: state = row.queries == 0 ? "untried" : "good"
        case .probing: state = "probing"
        case .setAside(let until):
            state = "set-aside"
            setAside = Double(until.since(now) / 1_000_000) / 1000
        }
        return ControlProtocol.UpstreamServer(
            address: row.server.description, state: state,
            rttMilliseconds: row.smoothedRTT.map { Double($0 / 1000) / 1000 },
            timeoutsInARow: UInt64(row.timeoutsInARow),
            queries: row.queries, answers: row.answers, timeouts: row.timeouts, edns: Self.word(row.edns),
            setAsideSeconds: setAside)
    }
}

extension Daemon {
    private static func word(_ edns: UpstreamServerStatus.EDNSCapability) -> String {
        switch edns {
        case .unknown: "unknown"
        case .supported: "yes"
        case .lacking: "no"
        }
    }
}

/// The rows of all workers as one: each worker keeps its own health of the same servers.
struct UpstreamRows {
    private(set) var rows: [UpstreamServerStatus] = []

    init(_ workers: [[UpstreamServerStatus]]) {
        for row in workers.flatMap({ $0 }) {
            guard let index = rows.firstIndex(where: { $0.zone == row.zone && $0.server == row.server }) else {
                rows.append(row)
                continue
            }
            rows[index].queries &+= row.queries
            rows[index].answers &+= row.answers
            rows[index].timeouts &+= row.timeouts
            rows[index].timeoutsInARow = max(rows[index].timeoutsInARow, row.timeoutsInARow)
            rows[index].smoothedRTT = [rows[index].smoothedRTT, row.smoothedRTT].compactMap { $0 }.min()
            if rows[index].state == .good { rows[index].state = row.state }
            if rows[index].edns == .unknown { rows[index].edns = row.edns }
        }
    }
}
