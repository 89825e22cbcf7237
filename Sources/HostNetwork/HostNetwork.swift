// What a translator on a TUN device needs of the host it runs on: an address and routes for the device, forwarding, and
// masquerading where the host's own IPv4 address is shared. Shown first, done as a whole, undone.
//
// Nothing is changed that is there without us: a route that is there already is a conflict, a setting that is as it should
// be is left alone, then and when we undo. Each change is written to the state file before it is made.

public import NAT64Backend
public import NetAddress

/// The host's network, as far as a translator needs it changed.
///
/// Calls are carried out one after the other. Each reads the host's state anew, by `ip -j`, `nft -j` and /proc/sys.
/// A task's cancellation does not end a call half-way.
public actor HostNetwork {
    private let machine: any Machine
    private let file: RecordFile
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    /// For hosts without a machine ID: the same as long as this process runs.
    private lazy var randomSeed = "\(UInt64.random(in: .min ... .max)) \(UInt64.random(in: .min ... .max))"

    /// - Parameter stateFile: where to write down what was done; in a folder that is there and goes with a reboot.
    public init(stateFile: String) { self.init(stateFile: stateFile, machine: LocalMachine()) }

    init(stateFile: String, machine: any Machine) {
        self.machine = machine
        file = RecordFile(path: stateFile)
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
        let record = try file.load()
        return try await plan(request, record, deviceIsOpen: deviceIsOpen).preview
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
        var before = try ownRecord()
        if let record = before, record.device != request.device {
            _ = try await undo(record)
            before = nil
        }
        let plan = try await plan(request, before, deviceIsOpen: true)
        let owner = Record.Owner.current(machine)
        var record = before ?? Record(owner: owner, device: request.device)
        record.owner = owner
        record.deviceIndex = plan.deviceIndex
        do throws(BackendFailure) {
            try await Applier(machine: machine, file: file).apply(plan, to: &record)
        } catch {
            if record.deeds.isEmpty { try? file.remove() }
            throw error
        }
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
        let recorded = record?.device == request.device ? record?.deeds ?? [] : []
        return try Planner(request: request, state: state, recorded: recorded, deviceIsOpen: deviceIsOpen).plan()
    }

    private func undo(_ record: Record) async throws(BackendFailure) -> [String] {
        var record = record
        record.owner = .current(machine)
        let lines = try await Undoer(machine: machine, file: file).undo(record.deeds.reversed(), of: &record)
        try file.remove()
        return lines
    }

    /// What this process did, or one before it that runs no more.
    private func ownRecord() throws(BackendFailure) -> Record? {
        guard let record = try file.load() else { return nil }
        if record.owner.isSomebodyElse(machine) {
            throw BackendFailure(
                .conflict,
                "process \(record.owner.pid) looks after this host's network for \(record.device) (\(file.path))",
                remedy: "stop it first")
        }
        return record
    }

    /// An actor lets others in while it waits; changes to the host must not mix.
    private func enter() async {
        if isBusy { await withCheckedContinuation { waiting.append($0) } } else { isBusy = true }
    }

    /// Hands over to the next, or leaves the door open.
    private func leave() {
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }
}
