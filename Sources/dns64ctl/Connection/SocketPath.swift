// Which socket: --socket, else the environment's DNS64CTL_SOCKET, else the built-in path.

import ArgumentParser

struct SocketPath: Hashable {
    enum Origin: String {
        case option = "--socket"
        case environment = "DNS64CTL_SOCKET"
        case builtIn = "the default"
    }

    static let builtIn = "/run/dns64d/control.sock"
    /// What `sun_path` holds beside its closing zero.
    static let longest = 107

    let path: String
    let origin: Origin

    init(option: String?, environment: Environment) throws(CommandFailure) {
        if let option {
            path = option
            origin = .option
        } else if let variable = environment.socket, !variable.isEmpty {
            path = variable
            origin = .environment
        } else {
            path = Self.builtIn
            origin = .builtIn
        }
        if let problem = Self.problem(with: path) { throw .usage("\(origin.rawValue): \(problem)") }
    }

    /// For the argument parser.
    static func check(_ path: String) throws {
        if let problem = problem(with: path) { throw ValidationError("--socket: \(problem)") }
    }

    private static func problem(with path: String) -> String? {
        if path.isEmpty { return "an empty path is no socket" }
        if path.utf8.count > longest {
            return "the path has \(path.utf8.count) octets; a socket's has \(longest) at most"
        }
        return path.utf8.contains(0) ? "a path holds no zero octet" : nil
    }
}
