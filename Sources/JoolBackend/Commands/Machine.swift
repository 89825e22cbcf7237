// All that this module asks of the machine, so that a test can stand in for it.

internal import HostNetwork
internal import NAT64Backend

protocol Machine: Sendable {
    /// Runs a program to its end, or to `limit`, when it is killed. In the network namespace that Jool is in.
    func call(_ program: String, _ arguments: [String], limit: Duration) async -> ProgramResult
    /// The same call as a person would type it.
    func typed(_ program: String, _ arguments: [String]) -> String
    /// Loads the kernel module; nil: done.
    func loadModule() async -> ProgramResult?
    /// The loaded module's version; nil: it is not loaded, or does not say.
    func moduleVersion() -> JoolVersion?

    func facts() async throws(BackendFailure) -> HostFacts
    func settings() -> HostSettings
    func obstacles() async -> [Obstacle]
    func preview(_ request: KernelTranslatorRequest) async throws(BackendFailure) -> HostPlan
    /// - Returns: what may keep packets from passing all the same.
    func apply(_ request: KernelTranslatorRequest) async throws(BackendFailure) -> [String]
    func undo() async throws(BackendFailure)
    func recover() async throws(BackendFailure) -> [String]
    /// Whether this host has a way to the IPv4 Internet; nil: not known.
    func hasIPv4Route() -> Bool?
}
