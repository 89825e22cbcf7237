// Looks whether packets get through, tells, and makes the plan true again when what was missing is back.

internal import HostNetwork
internal import LinuxIO
internal import NAT64Backend
internal import NetAddress
internal import Telemetry

extension Supervisor {
    /// Between two attempts to apply the plan again, if the first failed: nanoseconds.
    private static let repairPause: UInt64 = 10_000_000_000
    /// Between two looks at the host's part, which take programs: nanoseconds.
    private static let factsInterval: UInt64 = 30_000_000_000

    /// Looks once, tells, and mends what is due.
    func look() async {
        guard let seen = running, !isBusy else { return }
        var troubles = await troubles(seen)
        // What changes right now is neither good nor bad; whoever changes it looks afterwards.
        guard let now = running, now.appliedAt == seen.appliedAt, !isBusy else { return }
        note(troubles)
        if troubles.isEmpty { await followHost(seen) }
        if isRepairDue(troubles) {
            tell(troubles)
            await repair()
            guard let running, !isBusy else { return }
            troubles = await self.troubles(running)
            note(troubles)
        }
        if running != nil, !isBusy { tell(troubles) }
    }

    /// Ports that the host's programs get, and addresses that it has, decide who gets which ports of pool4.
    private func followHost(_ running: Running) async {
        let ports = machine.settings().localPorts
        let now = MonotonicTime.read()
        guard ports.map({ $0 != running.facts.localPorts }) ?? false || now >= trouble.nextFacts else { return }
        trouble.nextFacts = now.advanced(byNanoseconds: Self.factsInterval)
        guard let facts = try? await machine.facts(), let running = self.running else { return }
        if facts.withoutReserved != running.facts.withoutReserved { trouble.isPlanShaken = true }
        // Somebody may have undone a part of it: addresses of pool4, reserved ports.
        if let steps = try? await machine.preview(running.request).steps, !steps.isEmpty { trouble.isPlanShaken = true }
    }

    private func tell(_ troubles: [Trouble]) {
        var all = troubles
        if trouble.isPlanShaken, let failure = trouble.lastFailure { all.append(.notApplied(failure)) }
        if all.isEmpty, trouble.isPlanShaken { return }
        let reasons = all.map { $0.reason(client, options) }
        board.set(reasons.isEmpty ? .good : .bad(reasons))
    }

    private func note(_ troubles: [Trouble]) {
        let words = troubles.compactMap(\.words).first
        if let words, words != trouble.words { options.report(words) }
        trouble.words = words
        let shaking = troubles.contains(where: \.shakesPlan)
        if shaking { trouble.isPlanShaken = true }
        if troubles.contains(where: \.bars) {
            trouble.wasBarred = true
            trouble.firstSeen = nil
        } else if shaking, trouble.firstSeen == nil {
            trouble.firstSeen = .read()
        }
    }

    private func isRepairDue(_ troubles: [Trouble]) -> Bool {
        let now = MonotonicTime.read()
        guard trouble.isPlanShaken, !troubles.contains(where: \.bars), now >= trouble.nextRepair else { return false }
        // What is somebody else's is theirs to make.
        let isGone = troubles.contains {
            switch $0 {
            case .missing, .otherPrefix: true
            default: false
            }
        }
        if !isGone, !troubles.contains(where: \.shakesPlan) { return true }
        if !isGone, troubles.contains(where: { if case .reset = $0 { true } else { false } }) { return true }
        if isGone, options.adopts { return false }
        // Jool itself was gone: of course its instances are.
        if trouble.wasBarred { return true }
        // Whoever removed it may be at work on it.
        guard let firstSeen = trouble.firstSeen else { return true }
        return now.since(firstSeen) >= UInt64(clamping: options.repairDelay.nanoseconds)
    }

    private func repair() async {
        do throws(BackendFailure) {
            try await inTurn { supervisor async throws(BackendFailure) in
                guard let plan = supervisor.running?.plan else { return }
                try await supervisor.bring(plan)
            }
            if running != nil { options.report("the plan was applied to Jool again") }
            trouble = TroubleHistory()
        } catch {
            if error != trouble.lastFailure { options.report("the plan could not be applied to Jool again: \(error)") }
            trouble.lastFailure = error
            trouble.nextRepair = MonotonicTime.read().advanced(byNanoseconds: Self.repairPause)
        }
    }

    // MARK: seeing

    /// All at once: a program that hangs must not keep the others from being seen in time.
    private func troubles(_ running: Running) async -> [Trouble] {
        let (client, limit) = (client, options.lookLimit)
        let answers = await withTaskGroup(of: (Int, Trouble?).self) { group in
            group.addTask { (0, await Self.version(client, limit) { self.machine.moduleVersion() }) }
            for (index, wish) in running.wishes.instances.enumerated() {
                group.addTask { (index + 1, await Self.instance(wish, client, limit)) }
            }
            var answers: [(Int, Trouble?)] = []
            for await answer in group { answers.append(answer) }
            return answers
        }
        // As they were asked, not as they answered: who is first among equals must not change from look to look.
        let found = answers.sorted { $0.0 < $1.0 }.compactMap(\.1)
        // The same cause, seen several times, is told once: the worst, for it explains the others.
        let causes = found.compactMap { if case .client(let failure) = $0 { failure } else { nil } }
        if let worst = causes.min(by: { $0.cause.rank < $1.cause.rank }) { return [.client(worst)] }
        return found.sorted { $0.order < $1.order } + hostTroubles()
    }

    private static func version(
        _ client: Client, _ limit: Duration, _ module: @Sendable () -> JoolVersion?
    ) async -> Trouble? {
        do throws(JoolFailure) {
            let version = try await client.version(limit: limit)
            if !version.isSupported {
                throw JoolFailure(.unsupportedVersion(version), command: client.typed("--version"))
            }
            if let module = module(), !version.speaks(with: module) {
                throw JoolFailure(.versionMismatch(client: version, module: module), command: client.typed("--version"))
            }
            return nil
        } catch { return .client(error) }
    }

    private static func instance(_ wish: InstanceWish, _ client: Client, _ limit: Duration) async -> Trouble? {
        do throws(JoolFailure) {
            let globals = try await client.read(
                ["-i", wish.name, "global", "display", "--csv"], limit: limit, JoolOutput.globals)
            if let pool6 = globals.pool6, pool6 != wish.pool6 { return .otherPrefix(wish, pool6) }
            if wish.isReset(globals.settings) { return .reset(wish) }
            return globals.settings[JoolGlobals.enabled] == "false" ? .disabled(wish.name) : nil
        } catch {
            if case .instanceMissing = error.cause { return .missing(wish, error) }
            return .client(error)
        }
    }

    private func hostTroubles() -> [Trouble] {
        let settings = machine.settings()
        var troubles: [Trouble] = []
        if settings.forwarding4 == false { troubles.append(.forwardingOff("net.ipv4.ip_forward")) }
        if settings.forwarding6 == false { troubles.append(.forwardingOff("net.ipv6.conf.all.forwarding")) }
        if machine.hasIPv4Route() == false { troubles.append(.noIPv4Route) }
        return troubles
    }
}

extension Trouble {
    fileprivate var order: String {
        switch self {
        case .missing(let wish, _), .otherPrefix(let wish, _), .reset(let wish): "1\(wish.name)"
        case .disabled(let name): "2\(name)"
        default: "3"
        }
    }
}

extension JoolFailure.Cause {
    /// Which of several failures of one look explains the others.
    fileprivate var rank: Int {
        switch self {
        case .programMissing: 0
        case .programHung: 1
        case .moduleMissing: 2
        case .versionMismatch, .unsupportedVersion: 3
        default: 4
        }
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
