// A program call as a value: run with an argument list, shown as a person would type it.

internal import LinuxIO

/// A program with its arguments. No shell ever sees it; `typed` is for people.
struct Command: Hashable, Sendable {
    var program: String
    var arguments: [String]
    /// What the program reads from its standard input.
    var input: String?

    init(_ program: String, _ arguments: [String], input: String? = nil) {
        self.program = program
        self.arguments = arguments
        self.input = input
    }

    /// `ip` with words that hold no spaces: `Command.ip("-6 route add", "64:ff9b::/96")`.
    static func ip(_ words: String, _ more: String...) -> Command {
        Command("ip", words.split(separator: " ").map(String.init) + more)
    }

    /// What does the same in a shell.
    var typed: String {
        let call = ([program] + arguments).map(Self.quoted).joined(separator: " ")
        guard let input else { return call }
        let text = input.hasSuffix("\n") ? String(input.dropLast()) : input
        return "echo \(Self.quoted(text)) | \(call)"
    }

    /// The same call in a network namespace, by nsenter(1).
    func inside(_ namespace: String?) -> Command {
        guard let namespace else { return self }
        return Command(
            "nsenter", ["--net=\(NetworkNamespaces.path(namespace))", "--", program] + arguments, input: input)
    }

    func typed(in namespace: String?) -> String { inside(namespace).typed }

    private static let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,")

    /// `word` for a POSIX shell, in quotes only if it needs them.
    static func quoted(_ word: String) -> String {
        if !word.isEmpty, word.allSatisfy(plain.contains) { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }
}

/// Why a program did not do what it was asked.
struct ProgramFailure: Error, Hashable, Sendable {
    enum Cause: Hashable, Sendable {
        /// Not in any of the folders that are searched.
        case missing
        case exited(Int32)
        case signaled(Int32)
        /// It was ended, and may have done its work before.
        case timedOut(seconds: Int)
        /// It wrote more than is read.
        case tooMuchOutput
        case notStarted(String)
    }

    var command: Command
    var cause: Cause
    /// What it wrote to its standard error, without the last line end.
    var words = ""

    /// Whether the program surely changed nothing: `ip` and `nft` do all of a call or nothing.
    var changedNothing: Bool {
        switch cause {
        case .missing, .exited, .notStarted: true
        case .signaled, .timedOut, .tooMuchOutput: false
        }
    }
}
