// Where the translator notes what it changes on this machine, for whoever starts after a crash.

internal import DaemonConfig
internal import Glibc
internal import HostNetwork
internal import Logging
internal import NAT64Backend

enum StateFolder {
    /// Beside the control socket, so that two daemons on one machine don't share one.
    static func path(_ configuration: Configuration) -> String {
        "\(configuration.control.socket ?? "/run/dns64d/dns64d").state"
    }

    /// Of the device that the configuration names.
    static func file(_ configuration: Configuration) -> String {
        "\(path(configuration))/\(configuration.nat64.tun.device).json"
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
            if name.hasSuffix(".json") { found.append("\(folder)/\(name)") }
        }
        return found
    }

    /// Undoes what a translator left that this configuration does not start again: another device's, or any if there is no
    /// translator now.
    static func recover(_ configuration: Configuration, log: Logger) async {
        let own = configuration.nat64.backend == .none ? nil : file(configuration)
        for path in files(configuration) where path != own {
            do throws(BackendFailure) {
                for line in try await HostNetwork(stateFile: path).recover() {
                    log.warning("nat64: undone, of a process that ended early: \(line)")
                }
            } catch {
                log.error("nat64: what a process before this one changed could not all be undone: \(error)")
            }
        }
    }
}
