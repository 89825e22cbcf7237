// `dns64ctl nat64 status`

import ArgumentParser
import ControlProtocol

struct NAT64StatusCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "How the translator is; what is wrong with it and what mends that; what is answered meanwhile.")

    @OptionGroup var common: CommonOptions

    func perform(_ session: Session) throws(CommandFailure) {
        try session.ask(.nat64(.status)) { response in
            guard case .nat64(.status(let report)) = response else { return nil }
            return Self.lines(report)
        }
    }

    static func lines(_ report: NAT64StatusReport) -> [Line] {
        guard report.backend != "none" else {
            return [Line("nat64.backend is none: another machine translates", .heading)]
                + fields(report).lines()
        }
        let since = report.sinceSeconds.map { ", for \(Quantity.span(seconds: $0))" } ?? ""
        let isBad = report.health == "bad"
        var lines = [Line("the translator \(report.backend) is \(report.health)\(since)", isBad ? .alert : .heading)]
        for reason in report.reasons {
            lines += Line.wrapped("\(reason.code): \(reason.message)", indent: "  ", .alert)
            if let remedy = reason.remedy { lines += Line.wrapped("to mend it: \(remedy)", indent: "    ") }
        }
        return lines + fields(report).lines()
    }

    private static func fields(_ report: NAT64StatusReport) -> FieldList {
        var fields = FieldList()
        fields.add("prefixes", list: report.prefixes)
        guard report.backend != "none" else { return fields }
        fields.add(
            "plan", report.appliedSecondsAgo.map { "applied \(Quantity.span(seconds: $0)) ago" } ?? "not applied")
        fields.add("when down", whenDown(report), emphasis: report.answersAffected ? .alert : .plain)
        let room = report.sessionLimit.map { " of \(Quantity.count($0))" } ?? ""
        fields.add("sessions", Quantity.count(report.sessions) + room)
        fields.add("bindings", Quantity.count(report.bindings))
        for detail in report.details { fields.add(detail.name, detail.value) }
        return fields
    }

    private static func whenDown(_ report: NAT64StatusReport) -> String {
        guard report.answersAffected else { return report.whenDown }
        switch report.whenDown {
        case "native-only": return "native-only, in force: no AAAA is synthesized"
        case "servfail": return "servfail, in force: SERVFAIL for what would be synthesized"
        default: return "\(report.whenDown), in force"
        }
    }
}
