// What only root may do, done before any other thread is there; then root is given up. Threads have rights of their own: one
// that was started before would keep none, and what it starts neither.

internal import DaemonConfig
internal import Doctor
internal import Glibc
internal import LinuxIO
internal import TunDevice

/// What was had as root.
struct EarlyRights {
    /// The control socket; nil: there is to be none.
    var controlSocket: Int32?
    /// /dev/net/tun, if the translator is ours.
    var reserve: TunReserve?
    /// For whoever examines this box later.
    var examination = ExaminationRights()
    /// Who this process became; nil: it stays who it was.
    var user: String?

    /// Takes all that, and gives up root if `server.user` says so.
    static func take(_ configuration: Configuration) throws(StartFailure) -> EarlyRights {
        var rights = EarlyRights()
        if let path = configuration.control.socket {
            rights.controlSocket = try ControlServer.open(
                path, group: configuration.control.group, owner: configuration.server.user)
        }
        // Also to undo what a translator left that is not wanted any more.
        let changesNetwork = configuration.nat64.backend != .none || !StateFolder.files(configuration).isEmpty
        if changesNetwork { StateFolder.make(configuration) }
        if configuration.nat64.backend == .jool { KernelModule(name: "jool").load() }
        if configuration.nat64.backend == .tun {
            rights.reserve = try? TunReserve(queues: configuration.nat64.tun.queues)
        }
        rights.examination = ExaminationRights(configuration)
        guard let user = configuration.server.user, Privileges.isRoot else { return rights }
        do {
            // Ports below 1024 are bound as somebody else, also when an interface comes back. The translator changes the
            // network, and so do the programs that it runs.
            try Privileges.drop(
                toUser: user, group: configuration.server.group,
                keeping: needed(configuration, changesNetwork: changesNetwork), ambient: changesNetwork)
        } catch {
            throw StartFailure(description: "dns64d: can't become \(user): \(error)")
        }
        rights.user = user
        return rights
    }

    /// What the daemon, and the programs that it runs, do for as long as it runs.
    private static func needed(_ configuration: Configuration, changesNetwork: Bool) -> [Capability] {
        var needed: [Capability] = [.bindService]
        if changesNetwork { needed.append(.networkAdministration) }
        guard configuration.nat64.backend == .jool else { return needed }
        if configuration.nat64.jool.networkNamespace != nil { needed.append(.systemAdministration) }
        if configuration.nat64.jool.framework == .iptables { needed.append(.rawSockets) }
        return needed
    }
}

/// What `dns64ctl doctor` and `nat64 test` need, and only root or a holder of capabilities gets.
struct ExaminationRights: Sendable {
    /// /dev/net/tun once more, for a client that is played; nil: no translator of ours, or no right.
    var reserve: TunReserve?
    /// A raw ICMPv6 socket, deaf until it is used; nil: no right (CAP_NET_RAW).
    var routers: RouterSocket?

    init() {}

    init(_ configuration: Configuration) {
        if configuration.nat64.backend != .none { reserve = try? TunReserve() }
        routers = try? RouterSocket()
    }
}
