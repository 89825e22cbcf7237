// Puts what the backend is asked into an order, and carries it out: reads what stands, makes the difference true as a
// whole, or takes it back.

internal import HostNetwork
internal import LinuxIO
internal import NAT64Backend
internal import NetAddress
internal import Telemetry

/// A plan that holds.
struct Running: Sendable {
    var plan: NAT64Plan
    var wishes: Wishes
    var request: KernelTranslatorRequest
    /// What pool4 was shared by.
    var facts: HostFacts
    var appliedAt: MonotonicTime
    /// What an operator should know of it.
    var warnings: [String]
    var versions: Versions

    struct Versions: Hashable, Sendable {
        var client: JoolVersion
        /// nil: the module does not say.
        var module: JoolVersion?
    }
}

actor Supervisor {
    let options: JoolBackend.Options
    let machine: any Machine
    let client: Client
    let board: HealthBoard
    let file: OwnInstancesFile
    var running: Running?
    var trouble = TroubleHistory()
    var losses = Losses()
    var sessionListings = Listings<SessionEntry>()
    var bindingListings = Listings<BindingEntry>()
    private var watch: Task<Void, Never>?
    private let turns = Turns()

    init(_ options: JoolBackend.Options, _ machine: any Machine, _ board: HealthBoard) {
        self.options = options
        self.machine = machine
        self.board = board
        client = Client(machine: machine, program: options.program)
        file = OwnInstancesFile(path: options.instancesFile)
    }

    /// Changes come one after the other, whole: an actor alone would let others in at each `await`.
    func inTurn<Result: Sendable>(
        _ body: (isolated Supervisor) async throws(BackendFailure) -> Result
    ) async throws(BackendFailure) -> Result {
        await turns.enter()
        defer { turns.leave() }
        return try await body(self)
    }

    var isBusy: Bool { turns.isTaken }

    func apply(_ plan: NAT64Plan) async throws(BackendFailure) {
        try await inTurn { supervisor async throws(BackendFailure) in
            try await supervisor.bring(plan)
            supervisor.trouble = TroubleHistory()
        }
        await look()
        if watch == nil { keepWatch() }
    }

    /// Makes `plan` true, or leaves all as it was.
    func bring(_ plan: NAT64Plan) async throws(BackendFailure) {
        let versions = try await ready()
        let before = try await picture(plan)
        try check(before)
        let planner = before.planner
        let request = before.request
        try note(before.wishes.instances.map(\.name), besides: before.own)
        let warnings: [String]
        do throws(BackendFailure) { warnings = try await machine.apply(request) } catch {
            restoreNote(before)
            throw error
        }
        do throws(JoolFailure) { try await run(planner.changes) } catch {
            await goBack(to: before)
            throw failure(error)
        }
        try note(before.wishes.instances.map(\.name), besides: nil)
        let all = before.wishes.reports + warnings
        for warning in all where running?.warnings.contains(warning) != true { options.report(warning) }
        running = Running(
            plan: plan, wishes: before.wishes, request: request, facts: before.facts, appliedAt: .read(), warnings: all,
            versions: versions)
    }

    private func run(_ changes: [Change]) async throws(JoolFailure) {
        for change in changes {
            let lost = await loss(change)
            try await client.change(change.command)
            if let lost { count(lost, change) }
        }
    }

    /// What was begun is undone as far as it goes; what was not reached is not touched.
    private func goBack(to before: Picture) async {
        do throws(JoolFailure) {
            let names = before.names
            let now = try await StateReader(client: client).read(names, before.wishes.instances)
            let back = Planner(
                wishes: before.states.map { InstanceWish($0) }, actual: now, localPorts: before.facts.localPorts)
            for change in back.changes { try await client.change(change.command) }
            restoreNote(before)
        } catch {
            // What still stands is ours, and stays noted as such.
            options.report("what was changed of Jool could not all be taken back: \(failure(error))")
        }
        do throws(BackendFailure) {
            if let request = running?.request {
                _ = try await machine.apply(request)
            } else if before.own == nil {
                try await machine.undo()
            }
        } catch {
            options.report("what was changed of this host could not all be taken back: \(error)")
        }
    }

    private func restoreNote(_ before: Picture) {
        guard let own = before.own else { return file.remove() }
        do throws(BackendFailure) { try file.save(own) } catch { options.report(error.message) }
    }

    /// Before instances are made: what is ours from here on.
    private func note(_ names: [String], besides own: OwnInstances?) throws(BackendFailure) {
        if options.adopts { return own == nil ? file.remove() : () }
        var new = OwnInstances(
            boot: OwnInstances.currentBoot(), networkNamespace: options.networkNamespace, program: options.program)
        new.names = Set(names).union(own?.names ?? [])
        try file.save(new)
    }

    /// For a person, with what Jool said kept in the log.
    func failure(_ failure: JoolFailure) -> BackendFailure {
        if !failure.words.isEmpty {
            options.report(
                "`\(failure.command)` said: \(failure.words.split(separator: "\n").joined(separator: " | "))")
        }
        return failure.backendFailure
    }

    // MARK: the watch

    private func keepWatch() {
        let interval = options.watchInterval
        watch = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: interval)
                if Task.isCancelled { return }
                await self?.look()
            }
        }
    }

    func endWatch() {
        watch?.cancel()
        watch = nil
    }

    /// The backend is gone without `stop`: all stays as it is.
    nonisolated func abandon() {
        Task { await endWatch() }
    }
}
