// Which translator the configuration asks for.

internal import DaemonConfig
internal import Glibc
internal import Logging
internal import NAT64Backend
internal import TunBackend
internal import TunDevice

enum Backends {
    /// nil: `nat64.backend` is `none`. Takes what only root may have while this process is root; changes nothing else.
    static func make(_ configuration: Configuration, log: Logger) -> (any NAT64Backend)? {
        switch configuration.nat64.backend {
        case .none: nil
        case .tun: TunBackend(options: options(configuration, log))
        }
    }

    /// Beside the control socket, so that two daemons on one machine don't share one.
    private static func stateFolder(_ configuration: Configuration) -> String {
        "\(configuration.control.socket ?? "/run/dns64d/dns64d").state"
    }

    /// Makes the folder in which the translator notes what it changes, for the account that this process becomes.
    static func makeStateFolder(_ configuration: Configuration) {
        guard configuration.nat64.backend != .none else { return }
        let folder = stateFolder(configuration)
        let parent = folder.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        if !parent.isEmpty { mkdir(parent, 0o755) }
        mkdir(folder, 0o700)
        if geteuid() == 0, let user = configuration.server.user, let account = getpwnam(user) {
            chown(folder, account.pointee.pw_uid, account.pointee.pw_gid)
        }
    }

    private static func options(_ configuration: Configuration, _ log: Logger) -> TunBackend.Options {
        let tun = configuration.nat64.tun
        var options = TunBackend.Options()
        options.device = tun.device
        switch (tun.offload, tun.udpOffload) {
        case (false, _): options.offload = .none
        case (true, .off): options.offload = .withoutUDP
        case (true, .on): options.offload = .full
        case (true, .automatic): options.offload = .automatic
        }
        if case .octets(let mtu) = tun.mtu { options.mtu = mtu }
        switch tun.mssClamp {
        case .automatic: options.segmentSize = .automatic
        case .off: options.segmentSize = .off
        case .octets(let limit): options.segmentSize = .octets(limit)
        }
        options.queues = tun.queues
        options.sessionLimit = tun.maxSessions
        options.stateFile = "\(stateFolder(configuration))/\(tun.device).json"
        options.reserve = try? TunReserve(queues: tun.queues)
        options.report = { log.warning("nat64: \($0)") }
        options.bindingLines = { log.notice("\($0)") }
        return options
    }
}
