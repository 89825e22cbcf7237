// Where the translator notes what it changes on this machine, for whoever starts after a crash.

internal import DaemonConfig
internal import Glibc
internal import HostNetwork
internal import JoolBackend
internal import Logging
internal import NAT64Backend

enum StateFolder {
    private static let hostSuffix = ".json"
    private static let instancesSuffix = ".instances"
    /// No device's name is so long: at most 15 octets.
    private static let joolName = "jool-host-settings"

    /// Beside the control socket, so that two daemons on one machine don't share one.
    static func path(_ configuration: Configuration) -> String {
        "\(configuration.control.socket ?? "/run/dns64d/dns64d").state"
    }

    /// Of what this configuration's translator changes on the host: named after the device, or for Jool, after the network
    /// namespace.
    static func file(_ configuration: Configuration) -> String {
        let name =
            configuration.nat64.backend == .jool ? joolStem(configuration) : configuration.nat64.tun.device
        return "\(path(configuration))/\(name)\(hostSuffix)"
    }

    /// Of the instances of Jool that are this configuration's.
    static func instancesFile(_ configuration: Configuration) -> String {
        "\(path(configuration))/\(joolStem(configuration))\(instancesSuffix)"
    }

    private static func joolStem(_ configuration: Configuration) -> String {
        configuration.nat64.jool.networkNamespace.map { "\(joolName)@\($0)" } ?? joolName
    }

    /// The network namespace that a state file speaks of; nil: the daemon's own.
    private static func namespace(_ path: String) -> String? {
        guard let start = path.firstRange(of: "/\(joolName)@") else { return nil }
        return String(path[start.upperBound...].dropLast(hostSuffix.count))
    }

    /// Makes it for the account that this process becomes, with what is in it.
    static func make(_ configuration: Configuration) {
        let folder = path(configuration)
        let parent = folder.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        if !parent.isEmpty { mkdir(parent, 0o755) }
        mkdir(folder, 0o700)
        guard geteuid() == 0, let user = configuration.server.user, let account = getpwnam(user) else { return }
        for path in [folder] + files(configuration) { chown(path, account.pointee.pw_uid, account.pointee.pw_gid) }
    }

    /// State files that are there.
    static func files(_ configuration: Configuration) -> [String] {
        let folder = path(configuration)
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var found: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(hostSuffix) || name.hasSuffix(instancesSuffix) { found.append("\(folder)/\(name)") }
        }
        return found.sorted()
    }

    /// Undoes what a translator left that this configuration does not start again: another device's, Jool's where it is no
    /// longer wanted, or any if there is no translator now.
    static func recover(_ configuration: Configuration, log: Logger) async {
        let backend = configuration.nat64.backend
        let own = backend == .none ? [] : [file(configuration)]
        let kept = backend == .jool ? own + [instancesFile(configuration)] : own
        for path in files(configuration) where !kept.contains(path) {
            do throws(BackendFailure) {
                let lines =
                    path.hasSuffix(instancesSuffix)
                    ? try await JoolBackend.recover(instancesFile: path)
                    : try await HostNetwork(stateFile: path, namespace: namespace(path)).recover()
                for line in lines { log.warning("nat64: undone, of a process that ended early: \(line)") }
            } catch {
                log.error("nat64: what a process before this one changed could not all be undone: \(error)")
            }
        }
    }
}
