// Puts what the backend is asked into an order, and carries it out: first what may be refused, then what can be taken
// back, so that a plan holds as a whole or not at all.

internal import HostNetwork
internal import LinuxIO
internal import NAT64Backend
internal import NetAddress
internal import Telemetry
internal import Translator
internal import TunDevice

actor Supervisor {
    let options: TunBackend.Options
    let host: any Host
    let board: HealthBoard
    var running: Running?
    private var watch: Task<Void, Never>?
    private let turns = Turns()
    /// Repairs that failed are tried again after this moment.
    var nextRepair = MonotonicTime(nanoseconds: 0)
    var hostWatch = HostWatch()

    init(_ options: TunBackend.Options, _ host: any Host, _ board: HealthBoard) {
        self.options = options
        self.host = host
        self.board = board
    }

    /// Changes of the plan come one after the other, whole: an actor alone would let others in at each `await`.
    func inTurn<Result: Sendable>(
        _ body: (isolated Supervisor) async throws(BackendFailure) -> Result
    ) async throws(BackendFailure) -> Result {
        await turns.enter()
        defer { turns.leave() }
        return try await body(self)
    }

    var isBusy: Bool { turns.isTaken }

    // MARK: plans

    func obstacles(to plan: NAT64Plan) async -> [Obstacle] {
        var obstacles = running == nil ? TunDevice.obstacles(options) : []
        do throws(BackendFailure) {
            obstacles += await host.obstacles(to: try await derivation(plan).request)
        } catch {
            obstacles.append(Obstacle(missing: error.message, remedy: error.remedy ?? "see the message"))
        }
        return obstacles
    }

    func preview(_ plan: NAT64Plan) async throws(BackendFailure) -> [PlannedStep] {
        let derivation = try await derivation(plan)
        let steps = try await host.plan(derivation.request, deviceIsOpen: running != nil).steps
        // Where nothing is to be done to the host, a process that runs has the device open.
        if running != nil || steps.isEmpty { return steps }
        return [
            PlannedStep(
                command: "ip tuntap add \(options.device) mode tun vnet_hdr", reason: "the translator's device")
        ] + steps
    }

    func apply(_ plan: NAT64Plan) async throws(BackendFailure) {
        try await inTurn { supervisor async throws(BackendFailure) in
            if let running = supervisor.running {
                try await supervisor.change(running, to: plan)
            } else {
                try await supervisor.start(plan)
            }
        }
        await look()
    }

    private func derivation(_ plan: NAT64Plan) async throws(BackendFailure) -> Derivation {
        let addresses: ChosenAddresses
        if let running {
            addresses = running.addresses
        } else {
            addresses = try await host.chooseAddresses(avoiding: plan.allPrefixes)
        }
        return try Derivation(plan, options, addresses, LinkFacts.read(except: options.device))
    }

    private func start(_ plan: NAT64Plan) async throws(BackendFailure) {
        for command in try await host.recover() { options.report("undone, of a process that ended early: \(command)") }
        let addresses = try await host.chooseAddresses(avoiding: plan.allPrefixes)
        let links = LinkFacts.read(except: options.device)
        let derivation = try Derivation(plan, options, addresses, links)
        let log = try openLog(plan)
        do throws(BackendFailure) {
            let device = try openDevice()
            let lanes: [TranslatorLane]
            do throws(BackendFailure) {
                lanes = try await Running.startLanes(device, derivation, log)
            } catch {
                try? device.delete()
                throw error
            }
            do throws(BackendFailure) {
                let warnings = try await host.apply(derivation.request)
                running = Running(
                    plan: plan, derivation: derivation, addresses: addresses, links: links, device: device,
                    lanes: lanes, log: log, appliedAt: .read(), warnings: warnings)
                for warning in warnings { options.report(warning) }
            } catch {
                await Running.stop(lanes)
                try? device.delete()
                throw error
            }
        } catch {
            await Running.stop(log)
            throw error
        }
        listen(for: derivation.request)
        keepWatch()
    }

    private func openDevice() throws(BackendFailure) -> TunDevice {
        do throws(TunFailure) {
            let device = try TunDevice.open(
                name: options.device, queues: options.queues, offload: options.offload, from: options.reserve)
            // A burst has to wait while the translator's thread has not got its turn.
            try? device.interface.set(queueLength: 1000)
            return device
        } catch { throw BackendFailure(error) }
    }

    func openLog(_ plan: NAT64Plan) throws(BackendFailure) -> BindingLogWriter? {
        guard plan.log.detail != .none else { return nil }
        return try BindingLogWriter(
            plan.log.file.map { .file($0) } ?? .lines(options.bindingLines),
            subscriberPrefixLength: plan.quota.subscriberPrefixLength, report: options.report)
    }

    // MARK: the end

    func stop() async throws(BackendFailure) {
        try await inTurn { supervisor async throws(BackendFailure) in
            supervisor.watch?.cancel()
            supervisor.watch = nil
            let running = supervisor.running
            supervisor.running = nil
            supervisor.hostWatch = HostWatch()
            if let running { await Running.stop(running.lanes) }
            var failure: BackendFailure?
            do throws(BackendFailure) { try await supervisor.host.undo() } catch { failure = error }
            if let running {
                try? running.device.delete()
                await Running.stop(running.log)
            }
            supervisor.board.set(.bad([.notStarted]))
            supervisor.board.dismissObservers()
            if let failure { throw failure }
        }
    }

    /// The backend is gone without `stop`: the threads end, the host stays as it is.
    nonisolated func abandon() {
        Task {
            await cancelWatch()
            if let running = await running {
                await Running.stop(running.lanes)
                await Running.stop(running.log)
            }
        }
    }

    private func cancelWatch() {
        watch?.cancel()
        watch = nil
    }

    private func keepWatch() {
        watch?.cancel()
        watch = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(1))
                if Task.isCancelled { return }
                await self?.look()
            }
        }
    }
}

extension TunDevice {
    /// What would keep `open` from working, as far as it shows without trying.
    static func obstacles(_ options: TunBackend.Options) -> [Obstacle] {
        guard options.reserve == nil else { return [] }
        do throws(TunFailure) {
            _ = try TunReserve()
            return []
        } catch {
            return [Obstacle(missing: error.message, remedy: error.remedy ?? "see the message")]
        }
    }
}
