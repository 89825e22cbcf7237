// The machine that Jool stands on, in memory: its client and iptables, its module, the host; and all that may go wrong.

import HostNetwork
import NAT64Backend
import Synchronization

@testable import JoolBackend

final class FakeMachine: Machine {
    /// What Jool's client does instead of its work.
    enum Outage: Hashable, Sendable {
        case hung
        case missing
        case crashed(Int32)
        case endless
        case notStarted(String)
        case says(FakeAnswer)
        /// Calls but for `--version`.
        case saysButVersion(FakeAnswer)
    }

    /// What some changing calls do instead of their work.
    struct Failing: Sendable {
        /// The first one that fails, from 1; and how many do.
        var first: Int
        var count = 1
        var answer = FakeAnswer.refused(22, "This is not to be.")
        /// It is killed at the time limit, and has done its work.
        var isLate = false
    }

    struct State: Sendable {
        var jool = FakeJool()
        var outage: Outage?
        /// Which of several programs that were started at once answers last.
        var last: [String]?
        var failing: Failing?
        /// Since `failing` was set.
        var changesSeen = 0
        var moduleVersion: JoolVersion? = JoolVersion(4, 1, 9)
        /// What `modprobe jool` says; nil: it loads it.
        var modprobeRefusal: String?
        var facts = HostFacts()
        var settings = HostSettings(forwarding4: true, forwarding6: true)
        var hasRoute: Bool? = true
        var hostFailure: BackendFailure?
        var obstacles: [Obstacle] = []
        /// What the host was asked to be.
        var host: KernelTranslatorRequest?
        /// All that was run that changes something, as typed.
        var changes: [String] = []
        var calls = 0
    }

    private let state = Mutex(State())

    @discardableResult
    func with<Result>(_ body: (inout sending State) -> sending Result) -> sending Result { state.withLock(body) }

    var jool: FakeJool { with { $0.jool } }
    var host: KernelTranslatorRequest? { with { $0.host } }
    /// Those since the last time.
    func takeChanges() -> [String] {
        with { state in
            defer { state.changes = [] }
            return state.changes
        }
    }

    // MARK: programs

    func call(_ program: String, _ arguments: [String], limit: Duration) async -> ProgramResult {
        var result = ProgramResult(termination: .exited(0), typed: typed(program, arguments))
        let (outage, isLast) = with { state in
            state.calls += 1
            return (program.hasSuffix("tables") ? nil : state.outage, arguments == state.last)
        }
        if isLast { try? await Task.sleep(for: .milliseconds(20)) }
        switch outage {
        case .hung:
            // A hung program would take all of the time; nobody needs to wait for it here.
            try? await Task.sleep(for: min(limit, .milliseconds(20)))
            result.termination = .timedOut
        case .missing: result.termination = .missing
        case .crashed(let signal): result.termination = .signaled(signal)
        case .endless: result.termination = .tooMuchOutput
        case .notStarted(let why): result.termination = .notStarted(why)
        case .says(let answer): result.take(answer)
        case .saysButVersion(let answer) where arguments != ["--version"]: result.take(answer)
        default: with { $0.carryOut(program, arguments, &result) }
        }
        return result
    }

    func typed(_ program: String, _ arguments: [String]) -> String {
        Programs.typed(program: program, arguments: arguments, namespace: nil)
    }

    func loadModule() async -> ProgramResult? {
        with { state in
            let typed = "modprobe jool"
            state.changes.append(typed)
            if let words = state.modprobeRefusal {
                return ProgramResult(termination: .exited(1), words: words, typed: typed)
            }
            state.jool.isLoaded = true
            return nil
        }
    }

    func moduleVersion() -> JoolVersion? { with { $0.jool.isLoaded ? $0.moduleVersion : nil } }

    // MARK: the host

    func facts() async throws(BackendFailure) -> HostFacts { with { $0.facts } }

    func settings() -> HostSettings { with { $0.settings } }

    func obstacles() async -> [Obstacle] { with { $0.obstacles } }

    func preview(_ request: KernelTranslatorRequest) async throws(BackendFailure) -> HostPlan {
        HostPlan(
            steps: host == request ? [] : [PlannedStep(command: Self.text(request), reason: "the host")], warnings: [])
    }

    func apply(_ request: KernelTranslatorRequest) async throws(BackendFailure) -> [String] {
        if let failure = with({ $0.hostFailure }) { throw failure }
        with { state in
            if state.host != request { state.changes.append(Self.text(request)) }
            state.host = request
        }
        return []
    }

    func undo() async throws(BackendFailure) {
        with { state in
            if state.host != nil { state.changes.append("host as it was") }
            state.host = nil
        }
    }

    func recover() async throws(BackendFailure) -> [String] { [] }

    func hasIPv4Route() -> Bool? { with { $0.hasRoute } }

    private static func text(_ request: KernelTranslatorRequest) -> String {
        "host \(request.prefixes) \(request.pool4) \(request.reservedPorts)"
    }
}

extension FakeMachine.State {
    fileprivate mutating func carryOut(_ program: String, _ arguments: [String], _ result: inout ProgramResult) {
        guard FakeJool.changes(program, arguments) else { return result.take(jool.answer(program, arguments)) }
        changes.append(result.typed)
        changesSeen += 1
        guard let failing, changesSeen >= failing.first, changesSeen < failing.first + failing.count else {
            return result.take(jool.answer(program, arguments))
        }
        guard failing.isLate else { return result.take(failing.answer) }
        _ = jool.answer(program, arguments)
        result.termination = .timedOut
    }
}

extension ProgramResult {
    fileprivate mutating func take(_ answer: FakeAnswer) {
        termination = .exited(answer.status)
        output = Array(answer.output.utf8)
        words = answer.words
    }
}
