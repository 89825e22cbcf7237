// Jool's client: a call, and what became of it.

internal import HostNetwork
internal import NAT64Backend

/// Calls of Jool's client, and of iptables where that leads packets to Jool.
struct Client: Sendable {
    let machine: any Machine
    /// Jool's client.
    let program: String

    /// Long enough for a kernel that is busy with a million sessions.
    static let timeLimit = Duration.seconds(20)

    /// - Returns: its standard output.
    func call(_ arguments: [String], limit: Duration = timeLimit) async throws(JoolFailure) -> [UInt8] {
        try await run(program, arguments, limit: limit)
    }

    func run(_ program: String, _ arguments: [String], limit: Duration = timeLimit) async throws(JoolFailure) -> [UInt8]
    {
        let result = await machine.call(program, arguments, limit: limit)
        if case .exited(0) = result.termination { return result.output }
        throw JoolFailure(ProgramEnd(result.termination, limit), standardError: result.words, command: result.typed)
            ?? JoolFailure(.other, command: result.typed, words: result.words)
    }

    func change(_ command: JoolCommand) async throws(JoolFailure) {
        _ = try await run(command.program ?? program, command.arguments)
    }

    func typed(_ command: JoolCommand) -> String { machine.typed(command.program ?? program, command.arguments) }

    func typed(_ arguments: String...) -> String { machine.typed(program, arguments) }

    /// Of the client itself.
    func version(limit: Duration = timeLimit) async throws(JoolFailure) -> JoolVersion {
        let output = try await call(["--version"], limit: limit)
        guard let version = JoolVersion(String(decoding: output, as: UTF8.self)) else {
            let shown = output.isEmpty ? "" : ": \(OutputFailure.shown(output))"
            throw JoolFailure(.unreadable("`jool --version` printed no version\(shown)"), command: typed("--version"))
        }
        return version
    }

    /// Reads what a listing says.
    func read<Value>(
        _ arguments: [String], limit: Duration = timeLimit, _ parse: ([UInt8]) throws(OutputFailure) -> Value
    ) async throws(JoolFailure) -> Value {
        let output = try await call(arguments, limit: limit)
        do throws(OutputFailure) { return try parse(output) } catch {
            throw JoolFailure(.unreadable(error.what), command: machine.typed(program, arguments))
        }
    }
}

extension ProgramEnd {
    init(_ termination: ProgramResult.Termination, _ limit: Duration) {
        switch termination {
        case .exited(let status): self = .exited(status)
        case .signaled(let signal): self = .signaled(signal)
        case .timedOut: self = .timedOut(seconds: max(1, Int(limit.components.seconds)))
        case .missing: self = .missing
        case .notStarted(let why): self = .notStarted(why)
        case .tooMuchOutput: self = .tooMuchOutput
        }
    }
}
