// Which translator the configuration asks for.

internal import DaemonConfig
internal import JoolBackend
internal import Logging
internal import NAT64Backend
internal import TunBackend
internal import TunDevice

enum Backends {
    /// Changes nothing yet.
    ///
    /// - Parameter reserve: /dev/net/tun, if there were rights to open it.
    /// - Returns: nil if `nat64.backend` is `none`.
    static func make(_ configuration: Configuration, reserve: TunReserve?, log: Logger) -> (any NAT64Backend)? {
        switch configuration.nat64.backend {
        case .none: nil
        case .tun: TunBackend(options: options(configuration, reserve, log))
        case .jool: JoolBackend(options: joolOptions(configuration, log))
        }
    }

    private static func joolOptions(_ configuration: Configuration, _ log: Logger) -> JoolBackend.Options {
        let jool = configuration.nat64.jool
        var options = JoolBackend.Options()
        // The configuration takes no other.
        options.instance = InstanceName(jool.instance) ?? .standard
        options.framework = jool.framework == .netfilter ? .netfilter : .iptables
        options.networkNamespace = jool.networkNamespace
        options.adopts = jool.adopts
        options.program = jool.program
        options.keeps = jool.keeps
        options.stateFile = StateFolder.file(configuration)
        options.instancesFile = StateFolder.instancesFile(configuration)
        options.report = { log.warning("nat64: \($0)") }
        return options
    }

    private static func options(_ configuration: Configuration, _ reserve: TunReserve?, _ log: Logger)
        -> TunBackend.Options
    {
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
        options.stateFile = StateFolder.file(configuration)
        options.reserve = reserve
        options.report = { log.warning("nat64: \($0)") }
        options.bindingLines = { log.notice("\($0)") }
        return options
    }
}
