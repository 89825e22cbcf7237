// `dns64ctl stats`

import ArgumentParser
import ControlProtocol

struct StatsCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "All counters, how long answers took, the cache's figures.")

    @OptionGroup var common: CommonOptions
    @Flag(name: .long, help: "Counters that are zero too.")
    var all = false
    @Flag(name: .long, help: "Each worker by itself too.")
    var workers = false
    @Flag(name: .long, help: "How many answers took how long.")
    var histogram = false

    func perform(_ session: Session) throws(CommandFailure) {
        try session.ask(.stats) { response in
            guard case .stats(let report) = response else { return nil }
            return lines(report)
        }
    }

    func lines(_ report: StatisticsReport) -> [Line] {
        var lines = [Line("since \(Quantity.span(seconds: report.uptimeSeconds)), all workers", .heading)]
        lines += counters(report.total)
        if workers {
            for worker in report.workers {
                lines += ["", Line("worker \(worker.worker)", .heading)] + counters(worker.counters)
            }
        }
        lines += ["", Line("how long answers took", .heading)] + Self.latencies(report.latency)
        if histogram {
            lines += [""] + Self.histogram("without another server", report.latency.cached)
            lines += [""] + Self.histogram("with another server", report.latency.upstream)
        }
        return lines + ["", Line("cache", .heading)] + Self.cache(report.cache)
    }

    private func counters(_ values: [CounterValue]) -> [Line] {
        let shown = all ? values : values.filter { $0.value > 0 }
        var table = TextTable(.right("total"), .right("a second"), .left("counter"))
        for value in shown {
            table.add(Quantity.count(value.value), value.perSecond.map(Quantity.tenths) ?? "-", value.name)
        }
        var lines = shown.isEmpty ? [] : table.lines()
        let hidden = values.count - shown.count
        if hidden > 0 { lines.append(Line("  (\(Quantity.plural(hidden, "counter is", "counters are")) zero: --all)")) }
        return lines
    }

    private static func latencies(_ report: LatencyReport) -> [Line] {
        var table = TextTable(.right("answers"), .right("p50"), .right("p90"), .right("p99"), .left("made"))
        for (name, latency) in [("without another server", report.cached), ("with another server", report.upstream)] {
            table.add(
                Quantity.count(latency.samples), Quantity.span(microseconds: latency.p50Microseconds),
                Quantity.span(microseconds: latency.p90Microseconds),
                Quantity.span(microseconds: latency.p99Microseconds), name)
        }
        return table.lines()
    }

    private static func histogram(_ name: String, _ latency: LatencyDistribution) -> [Line] {
        let most = latency.buckets.map(\.count).max() ?? 0
        var table = TextTable(.right("under"), .right("answers"), .left(""))
        for bucket in latency.buckets.drop(while: { $0.count == 0 }) {
            let share = most == 0 ? 0 : Double(bucket.count) / Double(most)
            table.add(
                bucket.belowMicroseconds.map { Quantity.span(microseconds: Double($0)) } ?? "longer",
                Quantity.count(bucket.count), String(repeating: "#", count: Int((share * 40).rounded(.up))))
        }
        return [Line(name, .heading)] + table.lines()
    }

    private static func cache(_ cache: CacheStatistics) -> [Line] {
        var table = TextTable(.right(""), .left(""))
        for (value, name) in [
            (cache.entries, "answers held"), (cache.inserts, "inserts"), (cache.replacements, "replacements"),
            (cache.evictions, "evictions"),
        ] {
            table.add(Quantity.count(value), name)
        }
        table.add(Quantity.bytes(cache.bytes), "of \(Quantity.bytes(cache.limitBytes)) used")
        return Array(table.lines().dropFirst())
    }
}
