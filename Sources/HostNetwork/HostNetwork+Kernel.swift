// The host's network for a translator in the kernel: the same promises as for one on a TUN device, and facts that its
// settings are made of.

internal import LinuxIO
public import NAT64Backend
internal import NetAddress

extension HostNetwork {
    /// What this machine, or the network namespace, lacks for `request`; none if nothing. Changes nothing.
    public func obstacles(forKernelTranslator request: KernelTranslatorRequest) -> [Obstacle] {
        Obstacles(machine: machine).all(forKernelTranslator: request)
    }

    /// What `apply` would do now. Changes nothing. No steps for a request that was applied: nobody undid a part of it.
    ///
    /// - Throws: as for a `HostRequest`.
    public func preview(_ request: KernelTranslatorRequest) async throws(BackendFailure) -> HostPlan {
        await enter()
        defer { leave() }
        try machine.checkPlace()
        return try await plan(request, try file.load()).preview(in: namespace)
    }

    /// Makes the host as asked, as a whole or not at all. After another request only the difference is changed; after
    /// the same one, what somebody else undid is done again. What was done for a TUN device is undone first.
    ///
    /// - Returns: warnings, as of `HostPlan`.
    /// - Throws: as for a `HostRequest`; `cannotRunHere` also: there is no such network namespace.
    @discardableResult
    public func apply(_ request: KernelTranslatorRequest) async throws(BackendFailure) -> [String] {
        await enter()
        defer { leave() }
        try request.check()
        let before = try await former(for: "")
        let plan = try await plan(request, before)
        var record = before ?? emptyRecord()
        record.name = request.name
        try await carryOut(plan, &record)
        return plan.warnings
    }

    private func plan(_ request: KernelTranslatorRequest, _ record: Record?) async throws(BackendFailure) -> Plan {
        try request.check()
        let state = try await StateReader(machine: machine).read(StateScope(request))
        let recorded = record.map { isOfHere($0, device: "") } == true ? record?.deeds ?? [] : []
        return try KernelPlanner(request: request, state: state, recorded: recorded).plan()
    }

    /// What ports and addresses this host has for its own programs.
    ///
    /// - Throws: `cannotRunHere`, `refused`: they can't be read.
    public func ports() async throws(BackendFailure) -> HostPorts {
        await enter()
        defer { leave() }
        try machine.checkPlace()
        let settings = HostSettings(machine)
        guard let localRange = settings.localPorts else {
            throw BackendFailure(.cannotRunHere, "\(Sysctl.name(Sysctl.localPorts)) can't be read")
        }
        let reader = StateReader(machine: machine)
        let addresses = try await reader.addresses()
        let ours = try oursAdded()
        let own = addresses.filter { $0.scope == "global" && !ours.contains(.address($0.device, $0.address)) }
        var ports = HostPorts(localRange: localRange, reserved: settings.reserved)
        ports.addresses = own.compactMap { if case .v4(let address) = $0.address { address } else { nil } }.uniqued
        if let source = try await reader.source(towards: HostPorts.somewhere) {
            let chosen = source.prefsrc.flatMap { IPv4Address($0) }
            // The kernel may prefer one that we added.
            ports.primary =
                chosen.flatMap { ports.addresses.contains($0) ? $0 : nil }
                ?? own.lazy.filter { $0.device == source.dev }.compactMap { entry in
                    if case .v4(let address) = entry.address { address } else { nil }
                }.first
        }
        return ports
    }

    private func oursAdded() throws(BackendFailure) -> Set<Deed.Identity> {
        guard let record = try file.load(), isOfHere(record, device: "") else { return [] }
        return Set(record.deeds.map(\.identity))
    }
}
