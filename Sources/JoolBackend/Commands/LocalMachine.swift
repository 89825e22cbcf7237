// This machine: programs by way of HostNetwork, the module by way of /sys.

internal import Glibc
internal import HostNetwork
internal import LinuxIO
internal import NAT64Backend
internal import NetAddress

struct LocalMachine: Machine {
    private let network: HostNetwork
    private let namespace: String?
    private let instance: String
    /// Octets that a listing of sessions or of bindings may have: two million sessions.
    private static let tableLimit = 256 << 20
    /// That anything else may have. A client that never stops must not cost more, several times at once.
    private static let outputLimit = 16 << 20

    init(_ options: JoolBackend.Options) {
        namespace = options.networkNamespace
        instance = options.instance.description
        network = HostNetwork(stateFile: options.stateFile, namespace: options.networkNamespace)
    }

    func call(_ program: String, _ arguments: [String], limit: Duration) async -> ProgramResult {
        let isTable = arguments.contains("session") || arguments.contains("bib")
        return await Programs.run(
            program: Self.found(program), arguments: arguments, namespace: namespace, timeLimit: limit,
            outputLimit: isTable ? Self.tableLimit : Self.outputLimit)
    }

    func typed(_ program: String, _ arguments: [String]) -> String {
        Programs.typed(program: program, arguments: arguments, namespace: namespace)
    }

    /// Who builds Jool from its sources has it below /usr/local.
    private static func found(_ program: String) -> String {
        if program.contains("/") || Programs.isThere(program) { return program }
        return ["/usr/local/sbin", "/usr/local/bin"].map { "\($0)/\(program)" }.first(where: Programs.isThere)
            ?? program
    }

    func loadModule() async -> ProgramResult? {
        // Modules are the kernel's, whatever the network namespace.
        let result = await Programs.run(
            program: "modprobe", arguments: ["jool"], namespace: nil, timeLimit: .seconds(20), outputLimit: 4096)
        if case .exited(0) = result.termination { return nil }
        return result
    }

    func moduleVersion() -> JoolVersion? { KernelModule(name: "jool").version.flatMap { JoolVersion($0) } }

    // MARK: the host

    func facts() async throws(BackendFailure) -> HostFacts {
        let ports = try await network.ports()
        var facts = HostFacts()
        facts.localPorts = ports.localRange
        facts.reserved = PortSet(ports.reserved)
        facts.addresses = Set(ports.addresses)
        facts.primary = ports.primary
        return facts
    }

    func settings() -> HostSettings { HostSettings.read(namespace: namespace) }

    func obstacles() async -> [Obstacle] {
        await network.obstacles(forKernelTranslator: KernelTranslatorRequest(name: instance, prefixes: []))
    }

    func preview(_ request: KernelTranslatorRequest) async throws(BackendFailure) -> HostPlan {
        try await network.preview(request)
    }

    func apply(_ request: KernelTranslatorRequest) async throws(BackendFailure) -> [String] {
        try await network.apply(request)
    }

    func undo() async throws(BackendFailure) { try await network.undo() }

    func recover() async throws(BackendFailure) -> [String] { try await network.recover() }

    func hasIPv4Route() -> Bool? {
        // The lookup is of this process's own namespace.
        if namespace != nil { return nil }
        return (try? RouteLookup.interface(towards: .v4(Self.somewhere))) != nil
    }

    /// An address of the Internet that is nobody's (RFC 5737, TEST-NET-1).
    private static let somewhere = IPv4Address(192, 0, 2, 1)
}
