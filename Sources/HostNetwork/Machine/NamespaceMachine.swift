// This machine, seen from inside a named network namespace.

internal import LinuxIO
internal import NAT64Backend

struct NamespaceMachine: Machine {
    let name: String

    var namespace: String? { name }

    func run(_ command: Command) async throws(ProgramFailure) -> [UInt8] {
        try await ProgramRunner.run(command, in: name)
    }

    func read(_ path: String) -> String? { inside(path) { LocalMachine().read(path) } ?? nil }

    func write(_ path: String, _ text: String) throws(Errno) {
        let write: @Sendable () -> Result<Void, Errno> = {
            do throws(Errno) { return .success(try LocalMachine().write(path, text)) } catch { return .failure(error) }
        }
        try NetworkNamespaces.run(in: name, write).get()
    }

    func names(in folder: String) -> [String] { inside(folder) { LocalMachine().names(in: folder) } ?? [] }

    func isAccessible(_ path: String) -> Bool { inside(path) { LocalMachine().isAccessible(path) } ?? false }

    func hasProgram(_ name: String) -> Bool { LocalMachine().hasProgram(name) }

    func checkPlace() throws(BackendFailure) {
        guard NetworkNamespaces.isName(name) else {
            throw BackendFailure(.invalid, "\"\(name)\" is no name for a network namespace")
        }
        do throws(Errno) { try NetworkNamespaces.run(in: name) {} } catch {
            let obstacle = NamespaceMachine.obstacle(name, error)
            throw BackendFailure(.cannotRunHere, obstacle.missing, remedy: obstacle.remedy)
        }
    }

    static func obstacle(_ name: String, _ errno: Errno) -> Obstacle {
        switch errno {
        // A file that is left of a namespace, without it.
        case .noSuchFile, .invalidArgument:
            Obstacle(missing: "there is no network namespace \(name)", remedy: "ip netns add \(name)")
        case .notPermitted, .permissionDenied:
            Obstacle(
                missing: "dns64d may not enter the network namespace \(name): it lacks the capability CAP_SYS_ADMIN",
                remedy: "in the [Service] section of its systemd unit: "
                    + "AmbientCapabilities=CAP_NET_ADMIN CAP_SYS_ADMIN")
        default:
            Obstacle(
                missing: "dns64d can't enter the network namespace \(name): \(errno)",
                remedy: "nsenter --net=\(NetworkNamespaces.path(name)) true")
        }
    }

    /// The same files below /proc/sys/net are others in each namespace; nil: it can't be entered.
    private func inside<Value: Sendable>(_ path: String, _ body: @escaping @Sendable () -> Value) -> Value? {
        guard path.hasPrefix("/proc/sys/") else { return body() }
        return try? NetworkNamespaces.run(in: name, body)
    }
}
