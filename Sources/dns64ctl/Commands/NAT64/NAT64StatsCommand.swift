// `dns64ctl nat64 stats`

import ArgumentParser
import ControlProtocol

struct NAT64StatsCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "The translator's counters: packets, sessions, and each reason for a drop.")

    @OptionGroup var common: CommonOptions
    @Flag(name: .long, help: "Counters that are zero too.")
    var all = false

    func perform(_ session: Session) throws(CommandFailure) {
        try session.ask(.nat64(.stats)) { response in
            guard case .nat64(.stats(let report)) = response else { return nil }
            return lines(report)
        }
    }

    func lines(_ report: NAT64StatisticsReport) -> [Line] {
        let shown = all ? report.counters : report.counters.filter { $0.value > 0 }
        var table = TextTable(.right("total"), .left("counter"), .left("meaning"))
        for counter in shown { table.add(Quantity.count(counter.value), counter.name, counter.meaning) }
        var lines = shown.isEmpty ? [] : table.lines()
        let hidden = report.counters.count - shown.count
        if hidden > 0 { lines.append(Line("  (\(Quantity.plural(hidden, "counter is", "counters are")) zero: --all)")) }
        return lines
    }
}
