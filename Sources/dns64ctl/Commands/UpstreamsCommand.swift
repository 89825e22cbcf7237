// `dns64ctl upstreams`

import ArgumentParser
import ControlProtocol

struct UpstreamsCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "upstreams", abstract: "The servers that questions are forwarded to, and how they do.")

    @OptionGroup var common: CommonOptions

    func perform(_ session: Session) throws(CommandFailure) {
        try session.ask(.upstreams) { response in
            guard case .upstreams(let report) = response else { return nil }
            return Self.lines(report)
        }
    }

    static func lines(_ report: UpstreamsReport) -> [Line] {
        guard !report.zones.isEmpty else { return ["nothing is forwarded"] }
        return report.zones.enumerated().flatMap { index, zone in
            (index == 0 ? [] : [""]) + [Line("zone \(zone.zone) (\(zone.policy))", .heading)] + table(zone).lines()
        }
    }

    private static func table(_ zone: UpstreamZone) -> TextTable {
        var table = TextTable(
            .right("rtt"), .right("queries"), .right("answers"), .right("timeouts"), .right("row"), .left("edns"),
            .left("server"))
        for server in zone.servers {
            table.add(
                server.rttMilliseconds.map { "\(Quantity.tenths($0)) ms" } ?? "-", Quantity.count(server.queries),
                Quantity.count(server.answers), Quantity.count(server.timeouts),
                Quantity.count(server.timeoutsInARow), server.edns == "unknown" ? "?" : server.edns,
                "\(server.address) \(server.state)"
                    + (server.setAsideSeconds.map { " \(Quantity.tenths($0)) s" } ?? ""))
        }
        return table
    }
}
