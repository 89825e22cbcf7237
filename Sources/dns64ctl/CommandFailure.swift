// Why a command did not do what it was asked for, in the words that the user reads, and the exit status that goes with
// each.

import ControlProtocol

enum CommandFailure: Error, Hashable {
    /// The daemon said no. `json` is its payload, where the user wants JSON.
    case refused(Refusal, json: String?)
    /// A file could not be read or written half-way, and what became of it.
    case file(String)
    /// What was looked for was found, and it is nothing good; all has been said.
    case found
    /// The arguments can't be what the user meant.
    case usage(String)
    /// Nobody at the socket, or nobody who answers as dns64d does.
    case noDaemon(ConnectionFailure)
    /// Whoever read our output has closed it.
    case outputClosed
    /// Our output can't be written.
    case output(String)

    /// Says what is to be said and returns the status to exit with.
    func report(to output: Output) -> ExitStatus {
        switch self {
        case .refused(let refusal, let json):
            if let json { try? output.print(json) }
            output.complain("dns64ctl: \(refusal.message.printable)")
            for error in refusal.errors { output.complain("  \(error.printable)") }
            return .refused
        case .file(let message), .output(let message):
            output.complain("dns64ctl: \(message)")
            return .refused
        case .found:
            return .refused
        case .usage(let message):
            output.complain("dns64ctl: \(message)")
            return .usage
        case .noDaemon(let failure):
            output.complain("dns64ctl: \(failure.message)")
            for line in failure.advice { output.complain("  \(line)") }
            return .noDaemon
        case .outputClosed:
            return .done
        }
    }
}
