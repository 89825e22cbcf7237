// dns64ctl: looks into a running dns64d and steers it. This file is its table of contents; each subcommand is a file in
// Commands/, with the text that it prints.

import ArgumentParser
import ControlProtocol

struct DNS64Ctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dns64ctl",
        abstract: "Look into a running dns64d and steer it.",
        discussion: """
            --socket, --timeout and --json may stand before or after the subcommand.
            Exit status: 0 done, 1 the daemon said no, 2 usage, 3 no daemon there.
            """,
        version: "dns64ctl \(Release.version)",
        subcommands: [
            StatusCommand.self,
            StatsCommand.self,
            FlushCommand.self,
            LookupCommand.self,
            ExplainCommand.self,
            UpstreamsCommand.self,
            PoliciesCommand.self,
            DumpCommand.self,
            LoadCommand.self,
            ReloadCommand.self,
            LogLevelCommand.self,
            TopCommand.self,
            NAT64Command.self,
            AnnounceCommand.self,
            DoctorCommand.self,
            CompletionsCommand.self,
        ])

    @OptionGroup var common: CommonOptions
}

/// What every subcommand does: it is given a session with the daemon and prints what it learns.
protocol ControlCommand: ParsableCommand {
    /// Declared by the program and by each subcommand, so that the options may stand on either side of the subcommand.
    var common: CommonOptions { get }

    func perform(_ session: Session) throws(CommandFailure)
}

/// The options that stand before or after any subcommand.
struct CommonOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The daemon's control socket. Default: the environment's DNS64CTL_SOCKET, else \(SocketPath.builtIn).",
            valueName: "path"),
        completion: .file())
    var socket: String?

    @Option(name: .long, help: ArgumentHelp("How long to wait for an answer (default: 10).", valueName: "seconds"))
    var timeout: Double?

    @Flag(name: .long, help: "Print the daemon's answer as JSON.")
    var json = false

    mutating func validate() throws {
        if let socket { try SocketPath.check(socket) }
        if let timeout {
            guard timeout > 0, timeout <= 86_400 else {
                throw ValidationError("--timeout: more than 0, at most 86400 seconds")
            }
        }
    }
}
