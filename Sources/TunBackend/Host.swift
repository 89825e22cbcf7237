// What the backend asks of the host's network, so that a test can stand in for it.

internal import HostNetwork
internal import NAT64Backend
internal import NetAddress

protocol Host: Sendable {
    /// Addresses for the device and the translator that collide with nothing here, and with nothing in `avoided`.
    func chooseAddresses(avoiding avoided: [IPPrefix]) async throws(BackendFailure) -> ChosenAddresses
    func obstacles(to request: HostRequest) async -> [Obstacle]
    /// What `apply` would do. Changes nothing.
    func plan(_ request: HostRequest, deviceIsOpen: Bool) async throws(BackendFailure) -> HostPlan
    /// Makes `request` true, as a whole or not at all; again, with another one, or after somebody undid parts of it.
    ///
    /// - Returns: what may keep packets from passing all the same.
    func apply(_ request: HostRequest) async throws(BackendFailure) -> [String]
    /// Takes all back.
    func undo() async throws(BackendFailure)
    /// Takes back what a process before this one left.
    ///
    /// - Returns: the commands that it took.
    func recover() async throws(BackendFailure) -> [String]
}
