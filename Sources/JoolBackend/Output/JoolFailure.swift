// What went wrong with a call of Jool's client, told from how it ended and what it said: by its words first, by its exit
// status second. The words themselves are kept for the log.
//
// The client's status is a kernel's error number, as it is where the module said it, and its negative where the client
// found it itself: 3 is the module's ESRCH, 253 the client's.

internal import NAT64Backend

/// How a call of a program ended.
enum ProgramEnd: Hashable, Sendable {
    case exited(Int32)
    case signaled(Int32)
    /// It did not end in time and was killed.
    case timedOut(seconds: Int)
    /// There is no such program.
    case missing
    /// It is there and could not be started.
    case notStarted(String)
    /// It printed more than anybody wants to keep.
    case tooMuchOutput
}

struct JoolFailure: Error, Hashable, Sendable, CustomStringConvertible {
    enum Cause: Hashable, Sendable {
        case programMissing
        case programHung(seconds: Int)
        /// It crashed, could not be started or did not stop printing: what it did, as a clause without a subject.
        case programFailed(String)
        /// The network namespace that the client was to run in.
        case namespaceMissing
        /// It can't be loaded, if somebody tried.
        case moduleMissing
        /// They refuse each other, or plainly don't understand each other; nil where they don't say their versions.
        case versionMismatch(client: JoolVersion?, module: JoolVersion?)
        /// The client is of a version that nobody here has read.
        case unsupportedVersion(JoolVersion)
        /// It ended well, and printed what can't be read: which line, and why.
        case unreadable(String)
        /// The module says of itself that it lost its bearings.
        case moduleConfused
        case noRights
        case instanceMissing
        case instanceExists
        /// Another instance has the namespace's one place at Netfilter.
        case netfilterTaken
        case frameworkUnavailable
        case frameworkFixed
        case pool6Fixed
        case entryMissing
        /// The entry, or one that it collides with, is there.
        case entryExists
        case notInPool4
        /// pool4 and the host's own source ports.
        case portsOverlap
        case tooManyAddresses
        /// Which, and why, in our words.
        case badValue(String)
        case badUsage
        /// A table changed while it was shown: to be tried again.
        case changedMeanwhile
        case outOfMemory
        case other
    }

    var cause: Cause
    /// As typed.
    var command: String
    /// What the client said, for the log; empty: nothing.
    var words: String
    var end: ProgramEnd

    /// nil for a call that ended well: status 0, whatever it warned of.
    init?(_ end: ProgramEnd, standardError: String, command: String) {
        self.command = command
        self.end = end
        words = JoolWords.trimmed(standardError)
        switch end {
        case .exited(0): return nil
        case .exited(let status): cause = JoolWords(words).cause ?? Self.cause(status)
        case .signaled(let signal): cause = .programFailed("was ended by signal \(signal)")
        case .timedOut(let seconds): cause = .programHung(seconds: seconds)
        case .missing: cause = .programMissing
        case .notStarted(let why):
            // Whoever was to run it knows of the network namespace before the client does.
            cause =
                JoolWords(why).cause == .namespaceMissing
                ? .namespaceMissing : .programFailed("could not be started: \(OutputFailure.oneLine(why))")
        case .tooMuchOutput: cause = .programFailed("printed more than it can have to say")
        }
    }

    /// A failure that no call ended with: found in what a call printed, or by comparing.
    init(_ cause: Cause, command: String, words: String = "") {
        self.cause = cause
        self.command = command
        self.words = words
        end = .exited(0)
    }

    /// For words that are not known. Only what a status says beyond doubt; else the words are quoted.
    private static func cause(_ status: Int32) -> Cause {
        switch status {
        case 127: .programMissing
        case 126: .programFailed("could not be started")
        case 253: .moduleMissing
        case 234, 64: .badUsage
        case 12, 244: .outOfMemory
        case 11, 245: .changedMeanwhile
        default: .other
        }
    }

    /// For the log: the command, how it ended, and all that it said.
    var description: String {
        let how: String =
            switch end {
            case .exited(let status): "status \(status)"
            case .signaled(let signal): "signal \(signal)"
            case .timedOut(let seconds): "killed after \(seconds) s"
            case .missing: "not found"
            case .notStarted(let why): "not started: \(why)"
            case .tooMuchOutput: "killed for its output"
            }
        return words.isEmpty ? "`\(command)`: \(how)" : "`\(command)`: \(how): \(OutputFailure.oneLine(words))"
    }
}
