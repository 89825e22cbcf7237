// Changes to a Jool that runs: static bindings, sessions to drop, and the end.

internal import HostNetwork
internal import NAT64Backend
internal import NetAddress

extension Supervisor {
    // MARK: static bindings

    func bind(_ binding: StaticBinding) async throws(BackendFailure) {
        try await inTurn { supervisor async throws(BackendFailure) in
            guard var running = supervisor.running else { throw .notStarted }
            var plan = running.plan
            plan.staticBindings.append(binding)
            let wishes = try Wishes(plan, supervisor.options, try await supervisor.machine.facts())
            guard let wish = wishes.instances.first, let before = running.wishes.instances.first,
                let new = wish.staticBindings?.subtracting(before.staticBindings ?? []).first
            else { throw .taken(binding) }
            do throws(JoolFailure) { try await supervisor.client.change(.addBinding(wish.name, new)) } catch {
                if case .entryExists = error.cause { throw .taken(binding) }
                throw supervisor.failure(error)
            }
            running.plan = plan
            running.wishes = wishes
            supervisor.running = running
        }
    }

    func unbind(_ proto: TransportProtocol, _ outside: TransportAddress4) async throws(BackendFailure) {
        try await inTurn { supervisor async throws(BackendFailure) in
            guard var running = supervisor.running else { throw .notStarted }
            guard
                let index = running.plan.staticBindings.firstIndex(where: { $0.proto == proto && $0.public == outside })
            else { throw BackendFailure(.invalid, "there is no static binding of \(proto.rawValue) \(outside)") }
            var plan = running.plan
            plan.staticBindings.remove(at: index)
            let wishes = try Wishes(plan, supervisor.options, try await supervisor.machine.facts())
            let old = running.wishes.instances.first?.staticBindings ?? []
            if let wish = wishes.instances.first, let gone = old.subtracting(wish.staticBindings ?? []).first {
                do throws(JoolFailure) { try await supervisor.client.change(.removeBinding(wish.name, gone)) } catch {
                    // Somebody was faster.
                    guard case .entryMissing = error.cause else { throw supervisor.failure(error) }
                }
            }
            running.plan = plan
            running.wishes = wishes
            supervisor.running = running
        }
    }

    // MARK: sessions

    func drop(_ selection: EntrySelection) async throws(BackendFailure) -> Int {
        try await inTurn { supervisor async throws(BackendFailure) in
            guard let running = supervisor.running else { throw .notStarted }
            var dropped = 0
            for wish in running.wishes.instances {
                dropped += try await supervisor.drop(selection, of: wish.name)
            }
            return dropped
        }
    }

    /// Jool's client removes bindings, and their sessions with them; it can't remove a session alone.
    private func drop(_ selection: EntrySelection, of instance: String) async throws(BackendFailure) -> Int {
        let selected: Selected
        do throws(JoolFailure) { selected = try await self.selected(selection, of: instance) } catch {
            throw failure(error)
        }
        if let partial = selected.partial { throw .partial(partial) }
        do throws(JoolFailure) {
            for binding in selected.counts.keys {
                do throws(JoolFailure) { try await client.change(.removeBinding(instance, binding)) } catch {
                    // It has expired in the meantime.
                    guard case .entryMissing = error.cause else { throw error }
                }
                if selected.isStatic.contains(binding) { try await client.change(.addBinding(instance, binding)) }
            }
        } catch { throw failure(error) }
        return selected.counts.values.reduce(0, +)
    }

    private struct Selected {
        /// Sessions selected of each binding.
        var counts: [StaticBinding: Int] = [:]
        var isStatic: Set<StaticBinding> = []
        /// A binding of which some sessions are selected, and some are not.
        var partial: StaticBinding?
    }

    private func selected(_ selection: EntrySelection, of instance: String) async throws(JoolFailure) -> Selected {
        var selected = Selected()
        var others: Set<StaticBinding> = []
        for proto in selection.proto.map({ [$0] }) ?? TransportProtocol.allCases {
            let tail = ["--csv", "--numeric", "--\(proto.rawValue)"]
            for session in try await client.read(["-i", instance, "session", "display"] + tail, JoolOutput.sessions) {
                if selection.matches(session) {
                    selected.counts[session.binding, default: 0] += 1
                } else {
                    others.insert(session.binding)
                }
            }
            for row in try await client.read(["-i", instance, "bib", "display"] + tail, JoolOutput.bindings)
            where row.isStatic { selected.isStatic.insert(row.binding) }
        }
        selected.partial = selected.counts.keys.first { others.contains($0) }
        return selected
    }

    // MARK: the end

    /// What is ours goes, unless it is to stay; what was there before us stays.
    func stop() async throws(BackendFailure) {
        try await inTurn { supervisor async throws(BackendFailure) in
            supervisor.endWatch()
            let wasRunning = supervisor.running != nil
            supervisor.running = nil
            var failures: [BackendFailure] = []
            if supervisor.leavesStanding(wasRunning: wasRunning) {
                if wasRunning { supervisor.markKept() }
            } else {
                do throws(BackendFailure) { try await supervisor.removeOwn() } catch { failures.append(error) }
                do throws(BackendFailure) { try await supervisor.machine.undo() } catch { failures.append(error) }
            }
            supervisor.board.set(.bad([.notStarted]))
            supervisor.board.dismissObservers()
            if let failure = failures.first { throw failure }
        }
    }

    /// What was kept by the process before this one is as it was found, also where this one's configuration never held.
    private func leavesStanding(wasRunning: Bool) -> Bool {
        if options.adopts { return false }
        return options.keeps || !wasRunning && (try? file.load())?.isKept == true
    }

    private func markKept() {
        guard var own = try? file.load() else { return }
        own.isKept = true
        try? file.save(own)
    }

    private func removeOwn() async throws(BackendFailure) {
        guard let own = try file.load() else { return }
        do throws(JoolFailure) { try await OwnInstancesRemoval(client: client).remove(own.names) } catch {
            throw failure(error)
        }
        file.remove()
    }
}

/// Takes away instances, and the rules that lead to them.
struct OwnInstancesRemoval: Sendable {
    let client: Client
    /// dns64d has to end in time, whatever Jool does.
    var limit = Duration.seconds(3)

    func remove(_ names: Set<String>) async throws(JoolFailure) {
        do throws(JoolFailure) {
            let rows = try await client.read(["instance", "display", "--csv"], limit: limit, JoolOutput.instances)
            if rows.contains(where: { names.contains($0.name) && $0.framework == .iptables }) {
                for (family, program) in [(4, "iptables"), (6, "ip6tables")] {
                    let listing = try await client.run(program, ["-t", "mangle", "-S", "PREROUTING"], limit: limit)
                    for rule in Rule.read(listing, family: family, instances: names).sorted() {
                        try await client.change(.removeRule(rule))
                    }
                }
            }
            for name in names.sorted() where rows.contains(where: { $0.name == name }) {
                do throws(JoolFailure) {
                    _ = try await client.run(client.program, JoolCommand.removeInstance(name).arguments, limit: limit)
                } catch {
                    guard case .instanceMissing = error.cause else { throw error }
                }
            }
        } catch {
            // With the module, its instances are gone.
            guard case .moduleMissing = error.cause else { throw error }
        }
    }
}

extension BackendFailure {
    fileprivate static func partial(_ binding: StaticBinding) -> BackendFailure {
        BackendFailure(
            .invalid,
            "Jool ends all sessions of a binding together, and the binding \(binding.proto.rawValue) "
                + "\(binding.client) - \(binding.public) has others than those selected; none was ended",
            remedy: "select by client or public address")
    }
}
