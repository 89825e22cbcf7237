// Another program, started by its path and ended by its pid.

import Foundation
import Testing

struct HarnessError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// How a program ended.
enum Ending: Equatable {
    case exit(Int32)
    case signal(Int32)
}

/// A running program. Its output goes to files, so that nobody has to read along.
final class Child {
    let name: String
    let pid: pid_t
    let outputFile: String
    let errorFile: String
    private(set) var ending: Ending?

    /// - Parameters:
    ///   - arguments: the program, looked for in PATH and the system directories, and its arguments.
    ///   - descriptors: appear in the program as 3, 4 and so on; nothing else of ours does.
    init(
        _ arguments: [String], directory: String? = nil, environment: [String: String] = [:],
        input: String = "/dev/null",
        output: String, errors: String, descriptors: [Int32] = []
    ) throws {
        name = (arguments[0] as NSString).lastPathComponent
        (outputFile, errorFile) = (output, errors)
        let program = try Programs.path(of: arguments[0])
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // High numbers first: a descriptor may already stand where another is wanted.
        let high = descriptors.map { fcntl($0, F_DUPFD_CLOEXEC, 200) }
        defer { for descriptor in high { close(descriptor) } }
        for (index, descriptor) in high.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(3 + index))
        }
        SpawnActions.closeFrom(Int32(3 + descriptors.count), &actions)
        if let directory { SpawnActions.changeDirectory(directory, &actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (all, none) = (sigset_t(), sigset_t())
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        let whole = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        pid = try Self.spawn(program, arguments, whole, &actions, &attributes)
        Reaper.shared.began(pid)
    }

    private static func spawn(
        _ program: String, _ arguments: [String], _ environment: [String], _ actions: inout posix_spawn_file_actions_t,
        _ attributes: inout posix_spawnattr_t
    ) throws -> pid_t {
        var argv = CStrings.copy(arguments)
        var envp = CStrings.copy(environment)
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, program, &actions, &attributes, &argv, &envp)
        guard result == 0 else { throw HarnessError("\(program): \(String(cString: strerror(result)))") }
        return pid
    }

    var output: String { (try? String(contentsOfFile: outputFile, encoding: .utf8)) ?? "" }
    var errors: String { (try? String(contentsOfFile: errorFile, encoding: .utf8)) ?? "" }
    var isRunning: Bool { poll() == nil }

    private func poll() -> Ending? {
        if let ending { return ending }
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        Reaper.shared.ended(pid)
        let signal = status & 0x7f
        ending = signal == 0 ? .exit(status >> 8 & 0xff) : .signal(signal)
        return ending
    }

    /// How it ended; nil if it still runs after `seconds`.
    func wait(seconds: Double) -> Ending? {
        let end = Clock.now + seconds
        while Clock.now < end {
            if let ending = poll() { return ending }
            usleep(3000)
        }
        return poll()
    }

    func signal(_ signal: Int32) { if isRunning { kill(pid, signal) } }

    /// SIGTERM, and if that is not heeded SIGKILL.
    @discardableResult
    func end(seconds: Double = 5) -> Ending {
        signal(SIGTERM)
        if let ending = wait(seconds: seconds) { return ending }
        signal(SIGKILL)
        return wait(seconds: 5) ?? .signal(SIGKILL)
    }
}

enum Clock {
    /// Monotonic seconds.
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// Tries until it holds or the time is over.
@discardableResult
func eventually(within seconds: Double = 5, every milliseconds: UInt32 = 20, _ condition: () throws -> Bool) rethrows
    -> Bool
{
    let end = Clock.now + seconds
    repeat {
        if try condition() { return true }
        usleep(milliseconds * 1000)
    } while Clock.now < end
    return try condition()
}

enum CStrings {
    /// An array for exec, to be freed.
    static func copy(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        var pointers: [UnsafeMutablePointer<CChar>?] = []
        for text in texts { pointers.append(strdup(text)) }
        pointers.append(nil)
        return pointers
    }
}

/// What the C library has, but its headers hold back from Swift.
enum SpawnActions {
    private typealias Actions = UnsafeMutablePointer<posix_spawn_file_actions_t>
    private typealias CloseFrom = @convention(c) (Actions, Int32) -> Int32
    private typealias ChangeDirectory = @convention(c) (Actions, UnsafePointer<CChar>) -> Int32

    static func closeFrom(_ descriptor: Int32, _ actions: inout posix_spawn_file_actions_t) {
        guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else { return }
        _ = unsafeBitCast(symbol, to: CloseFrom.self)(&actions, descriptor)
    }

    static func changeDirectory(_ path: String, _ actions: inout posix_spawn_file_actions_t) {
        guard let symbol = dlsym(nil, "posix_spawn_file_actions_addchdir_np") else { return }
        _ = unsafeBitCast(symbol, to: ChangeDirectory.self)(&actions, path)
    }
}
