// `dns64ctl reload`

import ArgumentParser
import ControlProtocol

struct ReloadCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Read the configuration anew. A bad one changes nothing, and all its errors are shown.")

    @OptionGroup var common: CommonOptions

    func perform(_ session: Session) throws(CommandFailure) {
        try session.ask(.reload) { response in
            guard case .reload(let report) = response else { return nil }
            return Self.lines(report)
        }
    }

    static func lines(_ report: ReloadReport) -> [Line] {
        [Line("\(report.configurationFile): \(report.summary)")] + report.changes.map { Line("  \($0)") }
            + report.warnings.flatMap { Line.wrapped("warning: \($0)", indent: "  ", .alert) }
    }
}
