// Runs programs: never through a shell, with a time limit, bounded output and an environment of two variables.
//
// A program that hangs must not hang its caller. At the limit its process group is killed; the caller goes on soon after
// even where the kernel does not let the program go, or where one that left the group holds the output open.

internal import LinuxIO
internal import Subprocess

enum ProgramRunner {
    /// Seconds. `ip` and `nft` are done in milliseconds; a kernel that holds the netlink lock may take a while.
    static let timeLimit = 15
    /// Bytes of standard output. A large ruleset's chains and a host's routes fit many times.
    static let outputLimit = 32 << 20
    static let wordsLimit = 64 << 10
    /// How long a program that was killed is waited for, so that as a rule it is gone when its caller goes on.
    private static let patience = Duration.milliseconds(500)

    /// As the other, with what the host's own programs need; what it wrote if it exited with status 0.
    static func run(_ command: Command, in namespace: String? = nil, timeLimit: Int = timeLimit)
        async throws(ProgramFailure) -> [UInt8]
    {
        let result = await run(command, in: namespace, timeLimit: .seconds(timeLimit), outputLimit: outputLimit)
        if case .exited(0) = result.termination { return result.output }
        let cause: ProgramFailure.Cause =
            switch result.termination {
            case .exited(let status): .exited(status)
            case .signaled(let signal): .signaled(signal)
            case .timedOut: .timedOut(seconds: timeLimit)
            case .missing: .missing
            case .notStarted(let why): .notStarted(why)
            case .tooMuchOutput: .tooMuchOutput
            }
        let isSaid = if case .exited = cause { true } else if case .signaled = cause { true } else { false }
        throw ProgramFailure(
            command: cause == .missing ? command : command.inside(namespace), cause: cause,
            words: isSaid ? result.words : "")
    }

    static func run(_ command: Command, in namespace: String?, timeLimit: Duration, outputLimit: Int) async
        -> ProgramResult
    {
        var result = ProgramResult(termination: .missing, typed: command.typed(in: namespace))
        if let termination = hindrance(to: command, in: namespace) {
            result.termination = termination
            return result
        }
        let nothing = result
        var late = result
        late.termination = .timedOut
        result = await inTime(timeLimit, else: late) {
            await call(command.inside(namespace), outputLimit: outputLimit, nothing)
        }
        // What nsenter(1) itself says is none of the program's doing.
        if namespace != nil, case .exited(let status) = result.termination, status != 0,
            result.words.hasPrefix("nsenter: ")
        {
            result.termination = .notStarted(result.words)
        }
        return result
    }

    /// What `work` gives. At the limit it is cancelled, and waited for no longer than it should take to notice.
    static func inTime(
        _ timeLimit: Duration, else late: ProgramResult, _ work: @escaping @Sendable () async -> ProgramResult
    ) async -> ProgramResult {
        let race = FirstWord<ProgramResult>()
        // Detached: a caller that is cancelled must not leave a change half done.
        let running = Task.detached { race.say(await work()) }
        let clock = Task.detached {
            do { try await Task.sleep(for: timeLimit) } catch { return }
            running.cancel()
            do { try await Task.sleep(for: patience) } catch { return }
            race.say(late)
        }
        let result = await race.value
        clock.cancel()
        return result
    }

    /// What keeps the program from being run at all.
    private static func hindrance(to command: Command, in namespace: String?) -> ProgramResult.Termination? {
        let program = command.program
        if program.contains("/"), !program.hasPrefix("/") { return .notStarted("\(program) is not an absolute path") }
        if !Programs.isThere(program) { return .missing }
        // A C string ends at the first zero: the program would see something else than was asked for.
        if command.arguments.contains(where: { $0.utf8.contains(0) }) { return .notStarted("an argument holds a zero") }
        guard let namespace else { return nil }
        if NetworkNamespaces.number(of: namespace) == nil {
            return .notStarted("there is no network namespace \(namespace)")
        }
        return Programs.isThere("nsenter") ? nil : .notStarted("the program `nsenter` of util-linux is missing")
    }

    /// Cancellation kills the program with all of its process group.
    private static func call(_ command: Command, outputLimit: Int, _ nothing: ProgramResult) async -> ProgramResult {
        var result = nothing
        let environment = Environment.custom(["LC_ALL": "C", "PATH": Programs.folders.joined(separator: ":")])
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)]
        do {
            let ended = try await Subprocess.run(
                command.program.hasPrefix("/") ? .path(literal(command.program)) : .name(command.program),
                arguments: Arguments(command.arguments), environment: environment, platformOptions: options,
                input: .array(Array((command.input ?? "").utf8)), output: .bytes(limit: outputLimit),
                error: .bytes(limit: wordsLimit))
            result.output = ended.standardOutput
            result.words = String(decoding: ended.standardError, as: UTF8.self)
            while result.words.last?.isNewline == true { result.words.removeLast() }
            switch ended.terminationStatus {
            case .exited(let status): result.termination = .exited(status)
            case .signaled(let signal): result.termination = .signaled(signal)
            }
        } catch let error as SubprocessError where error.code == .executableNotFound {
            result.termination = .missing
        } catch let error as SubprocessError where error.code == .outputLimitExceeded {
            result.termination = .tooMuchOutput
        } catch {
            result.termination = .notStarted("\(error)")
        }
        if Task.isCancelled { result.termination = .timedOut }
        return result
    }

    /// A path's type is a package's that is not imported here; all that is needed of it is its conformance.
    private static func literal<Path: ExpressibleByStringLiteral>(_ text: String) -> Path
    where Path.StringLiteralType == String {
        Path(stringLiteral: text)
    }
}
