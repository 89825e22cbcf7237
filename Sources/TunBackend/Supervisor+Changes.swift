// Changes to a running translator: another plan, static bindings, sessions to drop.

internal import HostNetwork
internal import LinuxIO
internal import NAT64Backend
internal import NetAddress
internal import Telemetry
internal import Translator

extension Supervisor {
    /// From one plan to another; what both have in common stays.
    func change(_ old: Running, to plan: NAT64Plan) async throws(BackendFailure) {
        let links = LinkFacts.read(except: options.device)
        let derivation = try Derivation(plan, options, old.addresses, links)
        var new = old
        new.plan = plan
        new.derivation = derivation
        new.links = links
        let isLogNew =
            plan.log.detail != old.plan.log.detail || plan.log.file != old.plan.log.file
            || plan.quota.subscriberPrefixLength != old.plan.quota.subscriberPrefixLength
        if isLogNew { new.log = try openLog(plan) }
        do throws(BackendFailure) {
            new.warnings = try await host.apply(derivation.request)
            new.undone = nil
            do throws(BackendFailure) { try await retune(&new, from: old) } catch {
                _ = try? await host.apply(old.derivation.request)
                throw error
            }
        } catch {
            if isLogNew { await Running.stop(new.log) }
            throw error
        }
        if isLogNew {
            new.lostLogLines &+= old.log?.lostLines ?? 0
            await Running.stop(old.log)
        }
        for warning in new.warnings where !old.warnings.contains(warning) { options.report(warning) }
        new.appliedAt = .read()
        running = new
    }

    /// The lanes' part. Only other port blocks, or other subscribers, take the sessions with them.
    private func retune(_ new: inout Running, from old: Running) async throws(BackendFailure) {
        let (settings, before) = (new.derivation.settings, old.derivation.settings)
        if settings.portBlockSize != before.portBlockSize
            || settings.quota.subscriberPrefixLength != before.quota.subscriberPrefixLength
        {
            await Running.stop(old.lanes)
            do throws(BackendFailure) {
                new.lanes = try await Running.startLanes(new.device, new.derivation, new.log)
            } catch {
                let lanes = (try? await Running.startLanes(old.device, old.derivation, old.log)) ?? []
                running?.lanes = lanes
                throw error
            }
            return
        }
        let log = new.log
        for lane in new.lanes {
            let own = new.derivation.settings(slice: lane.shared.slice)
            try await lane.ask(within: TranslatorLane.longTimeLimit) { $0.take(own, log) }
        }
    }

    /// MTU and MSS follow the host's links.
    func follow(_ links: LinkFacts) async throws(BackendFailure) {
        try await inTurn { supervisor async throws(BackendFailure) in
            guard let running = supervisor.running, links != running.links else { return }
            try await supervisor.change(running, to: running.plan)
        }
    }

    // MARK: static bindings

    func bind(_ binding: StaticBinding) async throws(BackendFailure) {
        try await inTurn { supervisor async throws(BackendFailure) in
            guard let old = supervisor.running else { throw .notStarted }
            var plan = old.plan
            let isTaken = plan.staticBindings.contains {
                $0.proto == binding.proto && ($0.public == binding.public || $0.client == binding.client)
            }
            if isTaken { throw .taken(binding) }
            plan.staticBindings.append(binding)
            let derivation = try Derivation(plan, supervisor.options, old.addresses, old.links)
            guard let inside = derivation.inner[binding], let lane = old.lanes.first else { throw .notStarted }
            let settings = StaticBindingSettings(binding, inside: inside)
            guard try await lane.ask({ $0.translator.bind(settings) }) else { throw .taken(binding) }
            do throws(BackendFailure) { try await supervisor.change(old, to: plan) } catch {
                _ = try? await lane.ask {
                    $0.translator.unbind(settings.proto, settings.publicAddress, settings.publicPort)
                }
                throw error
            }
        }
    }

    func unbind(_ proto: TransportProtocol, _ outside: TransportAddress4) async throws(BackendFailure) {
        try await inTurn { supervisor async throws(BackendFailure) in
            guard let old = supervisor.running else { throw .notStarted }
            var plan = old.plan
            guard let index = plan.staticBindings.firstIndex(where: { $0.proto == proto && $0.public == outside })
            else { throw BackendFailure(.invalid, "there is no static binding of \(proto.rawValue) \(outside)") }
            plan.staticBindings.remove(at: index)
            try await supervisor.change(old, to: plan)
        }
    }

    // MARK: sessions

    func drop(_ selection: EntrySelection) async throws(BackendFailure) -> Int {
        guard let running else { throw .notStarted }
        let names = running.derivation.names
        var sum = 0
        for lane in running.lanes {
            var cursor: UInt32? = 0
            while let from = cursor {
                let (dropped, next) = try await lane.ask { loop in
                    loop.translator.drop(from: from, visits: Self.visits, now: loop.now) {
                        selection.matches(names.named($0))
                    }
                }
                sum += dropped
                cursor = next
            }
        }
        return sum
    }
}
