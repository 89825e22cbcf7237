// `dns64ctl log-level LEVEL`

import ArgumentParser
import ControlProtocol

struct LogLevelCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "log-level", abstract: "Change how much is logged, until the daemon ends or reloads.")

    @OptionGroup var common: CommonOptions
    @Argument(
        help: "From the most to the least talkative: trace, debug, info, notice, warning, error, critical.")
    var level: LogLevel

    func perform(_ session: Session) throws(CommandFailure) {
        try session.ask(.logLevel(LogLevelRequest(level: level))) { response in
            guard case .logLevel(let report) = response else { return nil }
            return [Line("log level \(report.new.rawValue), was \(report.old.rawValue)")]
        }
    }
}
