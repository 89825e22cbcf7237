// Programs that are run for this host's network, for whoever needs one: an argument list in, an ending out, on time.

internal import Glibc
internal import LinuxIO

/// How a program ended, and what it said.
public struct ProgramResult: Hashable, Sendable {
    public enum Termination: Hashable, Sendable {
        /// With this exit status.
        case exited(Int32)
        /// By this signal, which wasn't ours.
        case signaled(Int32)
        /// It, and what it had started, was killed at the time limit. It may have done its work before.
        case timedOut
        /// There is no such program.
        case missing
        /// Why it could not be run at all.
        case notStarted(String)
        /// It was killed after it had written more than asked for.
        case tooMuchOutput
    }

    public var termination: Termination
    /// Its standard output.
    public var output: [UInt8]
    /// Its standard error, without line ends at the end.
    public var words: String
    /// The call as a person would type it.
    public var typed: String

    public init(termination: Termination, output: [UInt8] = [], words: String = "", typed: String) {
        self.termination = termination
        self.output = output
        self.words = words
        self.typed = typed
    }
}

/// Runs programs: never through a shell, with an environment of `LC_ALL` and `PATH` alone.
public enum Programs {
    /// Where programs are looked for, in this order.
    public static let folders = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]

    /// Runs a program to its end. Returns within `timeLimit` and a second, also if the program can't be killed, or left
    /// others behind that hold its output open. A task's cancellation does not end it.
    ///
    /// - Parameters:
    ///   - program: a name, looked for in `folders`, or an absolute path.
    ///   - input: what it reads from its standard input.
    ///   - namespace: the network namespace to run it in (`ip netns`), which takes CAP_SYS_ADMIN; nil: this process's.
    ///   - outputLimit: bytes of standard output.
    public static func run(
        program: String, arguments: [String], input: String? = nil, namespace: String?, timeLimit: Duration,
        outputLimit: Int
    ) async -> ProgramResult {
        let command = Command(program, arguments, input: input)
        return await ProgramRunner.run(command, in: namespace, timeLimit: timeLimit, outputLimit: outputLimit)
    }

    /// The call as a person would type it: in a shell's quotes, with nsenter(1) in front for a namespace.
    public static func typed(program: String, arguments: [String], input: String? = nil, namespace: String?) -> String {
        Command(program, arguments, input: input).typed(in: namespace)
    }

    /// Whether there is such a program, of a name or an absolute path.
    public static func isThere(_ program: String) -> Bool {
        if program.hasPrefix("/") { return access(program, X_OK) == 0 }
        if program.isEmpty || program.contains("/") { return false }
        return folders.contains { access("\($0)/\(program)", X_OK) == 0 }
    }
}
