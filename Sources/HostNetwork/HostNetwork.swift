// What a translator on a TUN device needs of the host it runs on: an address and routes for the device, forwarding, and
// masquerading where the host's own IPv4 address is shared. Shown first, done as a whole, undone.
//
// Nothing is changed that is there without us: a route that is there already is a conflict, a setting that is as it should
// be is left alone, then and when we undo. Each change is written to the state file before it is made.

internal import LinuxIO
public import NAT64Backend
public import NetAddress

/// The host's network, as far as a translator needs it changed.
///
/// Calls are carried out one after the other. Each reads the host's state anew, by `ip -j`, `nft -j` and /proc/sys.
/// A task's cancellation does not end a call half-way.
public actor HostNetwork {
    let machine: any Machine
    let file: RecordFile
    /// The named network namespace that is worked on; nil: the process's own.
    let namespace: String?
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    /// For hosts without a machine ID: the same as long as this process runs.
    private lazy var randomSeed = "\(UInt64.random(in: .min ... .max)) \(UInt64.random(in: .min ... .max))"

    /// - Parameters:
    ///   - stateFile: where to write down what was done; in a folder that is there and goes with a reboot.
    ///   - namespace: the network namespace that all is done in, of those that `ip netns add` makes; nil: the process's
    ///     own. To enter another one takes CAP_SYS_ADMIN.
    public init(stateFile: String, namespace: String? = nil) {
        self.init(stateFile: stateFile, machine: Self.machine(in: namespace))
    }

    init(stateFile: String, machine: any Machine) {
        self.machine = machine
        namespace = machine.namespace
        file = RecordFile(path: stateFile)
    }

    private static func machine(in namespace: String?) -> any Machine {
        if let namespace { NamespaceMachine(name: namespace) } else { LocalMachine() }
    }

    /// What this machine lacks; none if nothing. Changes nothing.
    ///
    /// - Parameter sharing: whether the host's own IPv4 address is to be shared, which takes nftables.
    public func obstacles(sharing: Bool) async -> [Obstacle] { await Obstacles(machine: machine).all(sharing: sharing) }

    /// Addresses that nothing on this host collides with; the same ones each time, as long as they don't collide: the
    /// network comes from /etc/machine-id. What `device` itself has is no collision.
    ///
    /// - Parameter avoided: prefixes that are needed for something else, the translator's for example.
    public func chooseAddresses(device: String, avoiding avoided: [IPPrefix] = []) async throws(BackendFailure)
        -> ChosenAddresses
    {
        try HostRequest.check(device: device)
        try machine.checkPlace()
        let machineID = machine.read("/etc/machine-id")?.filter { !$0.isWhitespace } ?? ""
        let seed = machineID.isEmpty ? randomSeed : machineID
        var scope = StateScope(device: device)
        scope.around =
            AddressChoice.innerCandidates.compactMap { IPPrefix(.v4($0), length: 32) }
            + AddressChoice.networkCandidates(seed: seed)
        scope.within = scope.around
        let state = try await StateReader(machine: machine).read(scope)
        guard let inner = AddressChoice.inner(in: state, device: device, avoiding: avoided) else {
            let candidates = AddressChoice.innerCandidates.map(\.description).joined(separator: ", ")
            throw BackendFailure(.conflict, "no private IPv4 address is free for the translator: not \(candidates)")
        }
        guard let network = AddressChoice.network(seed: seed, in: state, device: device, avoiding: avoided) else {
            throw BackendFailure(.conflict, "no unique local IPv6 network is free for the device \(device)")
        }
        return ChosenAddresses(inner: inner, deviceNetwork: network)
    }

    /// What `apply` would do now. Changes nothing. No steps for a request that was applied: nobody undid a part of it.
    ///
    /// - Parameter deviceIsOpen: whether this program has the device open; else it needn't be there, and a device that
    ///   another program has open is a conflict.
    /// - Throws: `invalid`, `conflict`: as `apply`. `cannotRunHere`, `refused`: the state can't be read.
    public func preview(_ request: HostRequest, deviceIsOpen: Bool = false) async throws(BackendFailure) -> HostPlan {
        await enter()
        defer { leave() }
        try machine.checkPlace()
        let record = try file.load()
        return try await plan(request, record, deviceIsOpen: deviceIsOpen).preview(in: namespace)
    }

    /// Makes the host as asked, as a whole or not at all. The device has to be there, and open.
    ///
    /// After another request, only the difference is changed, unless it was for another device: then that is undone
    /// first. After the same one, what somebody else undid is done again.
    ///
    /// - Returns: warnings, as of `HostPlan`.
    /// - Throws: `invalid`: no host could do it. `conflict`: something of somebody else's is in the way. `refused`: a
    ///   program or the kernel did; `message` holds the command, its exit status and its own words.
    @discardableResult
    public func apply(_ request: HostRequest) async throws(BackendFailure) -> [String] {
        await enter()
        defer { leave() }
        try request.check()
        let before = try await former(for: request.device)
        let plan = try await plan(request, before, deviceIsOpen: true)
        var record = before ?? emptyRecord()
        record.device = request.device
        record.deviceIndex = plan.deviceIndex
        try await carryOut(plan, &record)
        return plan.warnings
    }

    /// Leaves the host as it was found; what is gone already is fine. Does nothing if nothing was done.
    ///
    /// Better called before the device is closed, though it goes either way.
    /// - Throws: `refused`: not everything could be undone. The rest was, and the state file says what is left.
    public func undo() async throws(BackendFailure) {
        await enter()
        defer { leave() }
        guard let record = try ownRecord() else { return }
        _ = try await undo(record)
    }

    /// Undoes what a process left that ended without `undo`. To be called at the start, before anything else.
    ///
    /// - Returns: the commands that were needed; none if nothing was left.
    /// - Throws: `conflict`: that process runs. `refused`: as `undo`.
    public func recover() async throws(BackendFailure) -> [String] {
        await enter()
        defer { leave() }
        guard let record = try ownRecord() else { return [] }
        return try await undo(record)
    }
}

extension HostNetwork {
    private func plan(_ request: HostRequest, _ record: Record?, deviceIsOpen: Bool) async throws(BackendFailure)
        -> Plan
    {
        try request.check()
        let state = try await StateReader(machine: machine).read(StateScope(request))
        let recorded = record.map { isOfHere($0, device: request.device) } == true ? record?.deeds ?? [] : []
        return try Planner(request: request, state: state, recorded: recorded, deviceIsOpen: deviceIsOpen).plan()
    }

    /// What was done for the same device, and is to be changed; what was done for another one, or elsewhere, is undone.
    func former(for device: String) async throws(BackendFailure) -> Record? {
        try machine.checkPlace()
        guard let record = try ownRecord() else { return nil }
        if isOfHere(record, device: device) { return record }
        _ = try await undo(record)
        return nil
    }

    /// Whether it was done in this namespace, and for this device; an empty one: for a translator that has none.
    func isOfHere(_ record: Record, device: String) -> Bool {
        record.device == device && record.namespace == namespace && record.namespaceNumber == namespaceNumber
    }

    private var namespaceNumber: UInt64? { namespace.flatMap { NetworkNamespaces.number(of: $0) } }

    func emptyRecord() -> Record {
        var record = Record(owner: .current(machine), device: "")
        record.namespace = namespace
        record.namespaceNumber = namespaceNumber
        return record
    }

    func carryOut(_ plan: Plan, _ record: inout Record) async throws(BackendFailure) {
        record.owner = .current(machine)
        do throws(BackendFailure) {
            try await Applier(machine: machine, file: file).apply(plan, to: &record)
        } catch {
            if record.deeds.isEmpty { try? file.remove() }
            throw error
        }
    }

    private func undo(_ record: Record) async throws(BackendFailure) -> [String] {
        var record = record
        record.owner = .current(machine)
        var lines: [String] = []
        if let place = place(of: record) {
            lines = try await Undoer(machine: place, file: file).undo(record.deeds.reversed(), of: &record)
        }
        try file.remove()
        return lines
    }

    /// Where the deeds were done, whatever this is for now; nil: that is gone, and all that was in it.
    private func place(of record: Record) -> (any Machine)? {
        if let name = record.namespace, NetworkNamespaces.number(of: name) != record.namespaceNumber { return nil }
        return record.namespace == namespace ? machine : Self.machine(in: record.namespace)
    }

    /// What this process did, or one before it that runs no more.
    private func ownRecord() throws(BackendFailure) -> Record? {
        guard let record = try file.load() else { return nil }
        if record.owner.isSomebodyElse(machine) {
            throw BackendFailure(
                .conflict,
                "process \(record.owner.pid) looks after this host's network for \(record.subject) (\(file.path))",
                remedy: "stop it first")
        }
        return record
    }

    /// An actor lets others in while it waits; changes to the host must not mix.
    func enter() async {
        if isBusy { await withCheckedContinuation { waiting.append($0) } } else { isBusy = true }
    }

    /// Hands over to the next, or leaves the door open.
    func leave() {
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }
}
