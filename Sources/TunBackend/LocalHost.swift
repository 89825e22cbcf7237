// This host, by way of HostNetwork.

internal import HostNetwork
internal import NAT64Backend
internal import NetAddress

/// The host's network as HostNetwork changes it.
struct LocalHost: Host {
    private let network: HostNetwork
    private let device: String

    init(_ options: TunBackend.Options) {
        network = HostNetwork(stateFile: options.stateFile)
        device = options.device
    }

    func chooseAddresses(avoiding avoided: [IPPrefix]) async throws(BackendFailure) -> ChosenAddresses {
        try await network.chooseAddresses(device: device, avoiding: avoided)
    }

    /// The device is this backend's own affair: it may hold it already where a second one could not be opened.
    func obstacles(to request: HostRequest) async -> [Obstacle] {
        await network.obstacles(sharing: request.inner != nil).filter { !$0.missing.contains("/dev/net/tun") }
    }

    func plan(_ request: HostRequest, deviceIsOpen: Bool) async throws(BackendFailure) -> HostPlan {
        try await network.preview(request, deviceIsOpen: deviceIsOpen)
    }

    func apply(_ request: HostRequest) async throws(BackendFailure) -> [String] { try await network.apply(request) }

    func undo() async throws(BackendFailure) { try await network.undo() }

    func recover() async throws(BackendFailure) -> [String] { try await network.recover() }
}
