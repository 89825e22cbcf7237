// Runs `ip` and `nft`: never through a shell, with a time limit, bounded output and an environment of two variables.

internal import Subprocess

enum ProgramRunner {
    /// Seconds. Both programs are done in milliseconds; a kernel that holds the netlink lock may take a while.
    static let timeLimit = 15
    /// Bytes of standard output. A large ruleset's chains and a host's routes fit many times.
    static let outputLimit = 32 << 20
    static let wordsLimit = 64 << 10

    private enum Outcome: Sendable {
        case ended(ExecutionResult<Void, BytesOutput, StringOutput<UTF8>>)
        case failed(ProgramFailure.Cause)
    }

    static func run(_ command: Command, timeLimit: Int = timeLimit) async throws(ProgramFailure) -> [UInt8] {
        // Detached: a caller that is cancelled must not leave a change half done.
        let outcome = await Task.detached { await limited(command, seconds: timeLimit) }.value
        switch outcome {
        case .failed(let cause):
            throw ProgramFailure(command: command, cause: cause)
        case .ended(let result):
            var words = result.standardError
            while words.last?.isNewline == true { words.removeLast() }
            switch result.terminationStatus {
            case .exited(0): return result.standardOutput
            case .exited(let status): throw ProgramFailure(command: command, cause: .exited(status), words: words)
            case .signaled(let signal): throw ProgramFailure(command: command, cause: .signaled(signal), words: words)
            }
        }
    }

    /// The program raced against the clock. Whoever loses is cancelled; for the program that is SIGKILL.
    private static func limited(_ command: Command, seconds: Int) async -> Outcome {
        await withTaskGroup(of: Outcome?.self) { group in
            group.addTask { await call(command) }
            group.addTask {
                do { try await Task.sleep(for: .seconds(seconds)) } catch { return nil }
                return .failed(.timedOut(seconds: seconds))
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first ?? .failed(.notStarted("it was cancelled"))
        }
    }

    private static func call(_ command: Command) async -> Outcome {
        let folders = LocalMachine.programFolders.joined(separator: ":")
        let environment = Environment.custom(["LC_ALL": "C", "PATH": folders])
        do {
            return .ended(
                try await Subprocess.run(
                    .name(command.program), arguments: Arguments(command.arguments), environment: environment,
                    input: .array(Array((command.input ?? "").utf8)), output: .bytes(limit: outputLimit),
                    error: .string(limit: wordsLimit)))
        } catch let error as SubprocessError where error.code == .executableNotFound {
            return .failed(.missing)
        } catch let error as SubprocessError where error.code == .outputLimitExceeded {
            return .failed(.tooMuchOutput)
        } catch {
            return .failed(.notStarted("\(error)"))
        }
    }
}
