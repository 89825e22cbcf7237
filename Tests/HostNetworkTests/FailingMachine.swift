// Machines that fail as a real one would, at a moment that a test chooses.

import LinuxIO
import Synchronization

@testable import HostNetwork

/// Passes on to another machine until a change is to go wrong.
final class FailingMachine: Machine {
    enum Fault: Sendable {
        /// The program refuses, and changes nothing.
        case refuses
        /// The program does its work, and is ended for taking too long.
        case hangsAfterwards
        /// From this change on nothing works any more, as if this process were gone; the change itself is not made.
        case diesBefore
        /// The same, but this change is still made.
        case diesAfter
    }

    private let inner: any Machine
    private let fault: Fault
    /// Which change it is, counted from 0; nil: none.
    private let moment: Int?
    /// What happens at death, before anybody can react to it.
    private let atDeath: @Sendable () -> Void
    private let changes = Mutex(0)
    private let isDead = Mutex(false)

    init(_ inner: any Machine, _ fault: Fault, atChange moment: Int?, atDeath: @escaping @Sendable () -> Void = {}) {
        self.atDeath = atDeath
        self.inner = inner
        self.fault = fault
        self.moment = moment
    }

    private func isMoment() -> Bool {
        changes.withLock { count in
            defer { count += 1 }
            return count == moment
        }
    }

    private func die() {
        isDead.withLock { $0 = true }
        atDeath()
    }

    static let words = "RTNETLINK answers: No buffer space available"

    func run(_ command: Command) async throws(ProgramFailure) -> [UInt8] {
        let dead = ProgramFailure(command: command, cause: .signaled(9))
        if isDead.withLock({ $0 }) { throw dead }
        guard command.isChange, isMoment() else { return try await inner.run(command) }
        switch fault {
        case .refuses: throw ProgramFailure(command: command, cause: .exited(2), words: Self.words)
        case .hangsAfterwards:
            _ = try await inner.run(command)
            throw ProgramFailure(command: command, cause: .timedOut(seconds: 15))
        case .diesBefore:
            die()
            throw dead
        case .diesAfter:
            _ = try await inner.run(command)
            die()
            throw dead
        }
    }

    func write(_ path: String, _ text: String) throws(Errno) {
        if isDead.withLock({ $0 }) { throw Errno(code: 5) }
        guard isMoment() else { return try inner.write(path, text) }
        switch fault {
        case .refuses: throw .notPermitted
        case .hangsAfterwards, .diesAfter: try inner.write(path, text)
        case .diesBefore: break
        }
        if case .hangsAfterwards = fault { return }
        die()
        throw Errno(code: 5)
    }

    func read(_ path: String) -> String? { inner.read(path) }
    func names(in folder: String) -> [String] { inner.names(in: folder) }
    func isAccessible(_ path: String) -> Bool { inner.isAccessible(path) }
    func hasProgram(_ name: String) -> Bool { inner.hasProgram(name) }
}

extension Command {
    fileprivate var isChange: Bool { !arguments.contains("show") && !arguments.contains("list") }
}

/// A machine made of what a test says, without programs.
struct PaperMachine: Machine {
    var files: [String: String] = [:]
    var programs: Set<String> = ["ip", "nft"]
    var inaccessible: Set<String> = []
    var answer: @Sendable (Command) -> Result<[UInt8], ProgramFailure> = { _ in .success([]) }

    func run(_ command: Command) async throws(ProgramFailure) -> [UInt8] { try answer(command).get() }
    func read(_ path: String) -> String? { files[path] }
    func write(_ path: String, _ text: String) throws(Errno) { throw .permissionDenied }
    func names(in folder: String) -> [String] { [] }
    func isAccessible(_ path: String) -> Bool { !inaccessible.contains(path) }
    func hasProgram(_ name: String) -> Bool { programs.contains(name) }
}
