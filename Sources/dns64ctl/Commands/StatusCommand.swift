// `dns64ctl status`

import ArgumentParser
import ControlProtocol

struct StatusCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "How the daemon is: addresses, configuration, cache, servers, translator.")

    @OptionGroup var common: CommonOptions

    func perform(_ session: Session) throws(CommandFailure) {
        try session.ask(.status) { response in
            guard case .status(let report) = response else { return nil }
            return Self.lines(report)
        }
    }

    static func lines(_ report: StatusReport) -> [Line] {
        let state = report.ready ? "is ready" : "is not ready"
        let uptime = Quantity.span(seconds: report.uptimeSeconds)
        let title = Line(
            "dns64d \(report.version) (pid \(report.pid)) \(state), up \(uptime)", report.ready ? .heading : .alert)
        let warnings = report.warnings.flatMap { Line.wrapped("warning: \($0)", indent: "  ", .alert) }
        return [title] + fields(report).lines() + warnings
    }

    private static func fields(_ report: StatusReport) -> FieldList {
        var fields = FieldList()
        fields.add("listening", list: report.listenAddresses)
        let age = Quantity.span(seconds: report.loadedSecondsAgo)
        fields.add("configuration", "\(report.configurationFile), read \(age) ago")
        if let error = report.lastReloadError { fields.add("last reload", "failed: \(error)", emphasis: .alert) }
        fields.add("workers", Quantity.count(report.workers))
        fields.add("runs as", "\(report.user) (uid \(report.userID))")
        fields.add("log level", report.logLevel.rawValue)
        fields.add("mode", report.mode)
        fields.add("prefixes", list: report.prefixes)
        fields.add("nat64", nat64(report.nat64), emphasis: report.nat64.health == "bad" ? .alert : .plain)
        let upstreams = report.upstreams
        fields.add(
            "upstream", "\(upstreams.good) of \(Quantity.plural(upstreams.total, "server", "servers")) good",
            emphasis: upstreams.good == 0 && upstreams.total > 0 ? .alert : .plain)
        let cache = report.cache
        fields.add(
            "cache",
            "\(Quantity.plural(cache.entries, "answer", "answers")), \(Quantity.bytes(cache.bytes))"
                + " of \(Quantity.bytes(cache.limitBytes)) (\(Quantity.percent(cache.bytes, of: cache.limitBytes)))")
        return fields
    }

    private static func nat64(_ status: NAT64Status) -> String {
        var text = "\(status.backend), \(status.health)"
        if let reason = status.reason { text += ": \(reason)" }
        if let policy = status.whenDownInForce { text += "; \(policy) is in force" }
        if let sessions = status.sessions { text += "; \(Quantity.plural(sessions, "session", "sessions"))" }
        return text
    }
}
