// What is examined, as dns64d knows it.

public import ControlProtocol
public import DaemonConfig
public import NAT64Backend
public import NetAddress
public import TunDevice

/// The daemon, or where it does not run, what it would be by its configuration.
public struct Subject: Sendable {
    public var request: DoctorRequest
    public var configuration: Configuration
    /// nil: dns64d does not run.
    public var daemon: Daemon?
    /// Who is asked, by zone.
    public var upstream: [Zone]
    /// The configuration's translator; nil: `nat64.backend` is `none`.
    public var backend: (any NAT64Backend)?
    public var plan: NAT64Plan
    /// For a probe's TUN device.
    public var reserve: TunReserve?
    /// nil: there was no right to open it.
    public var routers: RouterSocket?

    public init(request: DoctorRequest, configuration: Configuration, plan: NAT64Plan) {
        self.request = request
        self.configuration = configuration
        self.plan = plan
        upstream = []
    }

    public struct Daemon: Sendable {
        /// What it listens on.
        public var listening: [SocketAddress]
        /// What could not be listened on, and why; and other things that it complains of.
        public var problems: [String]
        public var warnings: [String]
        /// Of the last reload, if it failed.
        public var reloadError: String?
        /// Since the configuration was read.
        public var loadedSecondsAgo: UInt64
        /// The configuration's file.
        public var file: String
        public var status: BackendStatus?

        public init(
            listening: [SocketAddress], problems: [String], warnings: [String], reloadError: String?,
            loadedSecondsAgo: UInt64, file: String, status: BackendStatus?
        ) {
            self.listening = listening
            self.problems = problems
            self.warnings = warnings
            self.reloadError = reloadError
            self.loadedSecondsAgo = loadedSecondsAgo
            self.file = file
            self.status = status
        }
    }

    public struct Zone: Sendable {
        /// `.`, `corp.example.`
        public var name: String
        public var servers: [SocketAddress]

        public init(name: String, servers: [SocketAddress]) {
            self.name = name
            self.servers = servers
        }
    }
}

extension Subject {
    /// dns64d's own devices, which clients are not behind.
    var ownDevice: String? {
        configuration.nat64.backend == .tun ? configuration.nat64.tun.device : nil
    }

    /// What clients at `address` get.
    func policy(for address: IPAddress) -> Configuration.DNS64 {
        configuration.clients.first { client in client.match.contains { $0.contains(address) } }?.effective
            ?? configuration.dns64
    }

    /// The interfaces that clients are behind: those that were asked for, or all that can be.
    func clientInterfaces(_ box: Box) -> [Box.Interface] {
        if let name = request.interface { return box.interface(name).map { [$0] } ?? [] }
        let candidates = box.interfaces.filter { interface in
            interface.isUp && !interface.isLoopback && interface.name != ownDevice && !interface.routable6.isEmpty
                && !interface.name.hasPrefix("dns64probe")
        }
        // A resolver that does not translate may well have one leg alone.
        let inner = candidates.filter { !box.uplinks4.contains($0.name) }
        return inner.isEmpty && configuration.nat64.backend == .none ? candidates : inner
    }
}
