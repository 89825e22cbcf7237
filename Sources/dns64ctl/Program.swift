// From the arguments to the exit status. The statuses are ours, not the argument parser's: 0, 1, 2, 3.

import ArgumentParser
import Glibc

@main
enum Program {
    static func main() {
        // Whoever closes our output early ends us by an error of write(2), which Output takes quietly.
        signal(SIGPIPE, SIG_IGN)
        let status = run(
            Array(CommandLine.arguments.dropFirst()), environment: Environment.ofThisProcess, output: .ofThisProcess)
        exit(status.rawValue)
    }

    /// Everything that the program does.
    static func run(_ arguments: [String], environment: Environment, output: Output) -> ExitStatus {
        do {
            var command = try DNS64Ctl.parseAsRoot(arguments)
            if let command = command as? any ControlCommand {
                return perform(command, environment: environment, output: output)
            }
            if command is DNS64Ctl || command is NAT64Command {
                output.complain(DNS64Ctl.helpMessage(for: type(of: command)))
                return .usage
            }
            // Help and the other commands that the parser brings along say what they have to say as an error.
            try command.run()
            return .done
        } catch {
            return finish(error, output: output)
        }
    }

    private static func perform(
        _ command: any ControlCommand, environment: Environment, output: Output
    ) -> ExitStatus {
        do throws(CommandFailure) {
            try command.perform(try Session(command.common, environment: environment, output: output))
            return .done
        } catch {
            return error.report(to: output)
        }
    }

    /// The parser's own ends: help and version asked for, or a mistake in the arguments.
    private static func finish(_ error: any Error, output: Output) -> ExitStatus {
        let message = DNS64Ctl.fullMessage(for: error)
        guard DNS64Ctl.exitCode(for: error).isSuccess else {
            output.complain(message)
            return .usage
        }
        do throws(CommandFailure) {
            try output.print(message)
            return .done
        } catch {
            return error.report(to: output)
        }
    }
}

/// How the program ends.
enum ExitStatus: Int32 {
    case done = 0
    /// The daemon said no, or a file could not be written.
    case refused = 1
    case usage = 2
    /// Nobody at the socket, or nobody who answers as dns64d does.
    case noDaemon = 3
}

/// What the program reads of its environment.
struct Environment {
    /// DNS64CTL_SOCKET.
    var socket: String?
    /// NO_COLOR is set and not empty, or TERM says that the terminal can't.
    var plain = true

    static var ofThisProcess: Environment {
        Environment(
            socket: value("DNS64CTL_SOCKET"),
            plain: value("NO_COLOR") != nil || value("TERM") == nil || value("TERM") == "dumb")
    }

    private static func value(_ name: String) -> String? {
        guard let text = getenv(name).map({ String(cString: $0) }), !text.isEmpty else { return nil }
        return text
    }
}
