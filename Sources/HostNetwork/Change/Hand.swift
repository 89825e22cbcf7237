// Does and undoes single deeds.

internal import LinuxIO
internal import NAT64Backend

/// A failure, and whether the host may have changed nevertheless.
struct ActionFailure: Error {
    var failure: BackendFailure
    var changedNothing: Bool
}

struct Hand: Sendable {
    let machine: any Machine

    func perform(_ action: Action) async throws(ActionFailure) {
        switch action {
        case .run(let command):
            do throws(ProgramFailure) { _ = try await machine.run(command) } catch {
                throw ActionFailure(failure: error.backendFailure, changedNothing: error.changedNothing)
            }
        case .set(let key, let value):
            do throws(Errno) {
                // An empty write reaches no setting; a line end does.
                try machine.write(Sysctl.path(key), value.isEmpty ? "\n" : value)
            } catch {
                throw ActionFailure(failure: .sysctl(key, value, in: machine.namespace, error), changedNothing: true)
            }
        }
    }

    /// Undoes `deed` as far as `state` still shows it; what there was to undo, nil if it was gone already.
    func undo(_ deed: Deed, in state: HostState) async throws(BackendFailure) -> String? {
        if case .sysctl(let change) = deed { return try await undo(change) }
        if case .reservedPorts(let reservation) = deed { return try await undo(reservation) }
        guard isLeft(deed, in: state) else { return nil }
        do throws(ActionFailure) { try await perform(deed.undo) } catch { throw error.failure }
        return deed.undo.typed(in: machine.namespace)
    }

    /// A link may have another MTU by now, and be down: the rest of it is still ours.
    private func isLeft(_ deed: Deed, in state: HostState) -> Bool {
        guard case .link(let device, _, let before) = deed else { return deed.holds(in: state) }
        return state.link(device).map { $0.mtu != before.mtu || $0.isUp != before.isUp } ?? false
    }

    /// Only if it still is what we set it to: whoever changed it since wants it so.
    private func undo(_ change: SysctlChange) async throws(BackendFailure) -> String? {
        // Written back, it makes the kernel give the device the address that there was not. It goes with the device.
        if change.key.hasSuffix("/addr_gen_mode") { return nil }
        guard isOurs(change) else { return nil }
        try await set(change.key, change.before)
        return Sysctl.typed(change.key, change.before, in: machine.namespace)
    }

    /// Only what we added: others may have changed the list since.
    private func undo(_ reservation: PortReservation) async throws(BackendFailure) -> String? {
        guard let now = machine.sysctl(Sysctl.reservedPorts).flatMap({ PortSet($0) }),
            !reservation.ours.isDisjoint(with: now)
        else { return nil }
        let rest = "\(now.subtracting(reservation.ours))"
        try await set(Sysctl.reservedPorts, rest)
        return Sysctl.typed(Sysctl.reservedPorts, rest, in: machine.namespace)
    }

    private func isOurs(_ change: SysctlChange) -> Bool {
        change.value != change.before && machine.sysctl(change.key) == change.value
    }

    /// What has to be put right after `deed` is undone, for the kernel will have changed it along: as changes that are
    /// undone like others. What somebody changed since is to stay as it is now.
    func aftermath(of deed: Deed) -> [Deed] {
        guard case .sysctl(let change) = deed, isOurs(change) else { return [] }
        return change.alongside.compactMap { companion in
            guard let now = machine.sysctl(companion.key) else { return nil }
            let target = now == companion.caused ? companion.before : now
            // The kernel knows but on and off for these.
            let flipped = companion.caused == "0" ? "1" : "0"
            return target == flipped ? nil : .sysctl(.init(key: companion.key, value: flipped, before: target))
        }
    }

    private func set(_ key: String, _ value: String) async throws(BackendFailure) {
        do throws(ActionFailure) { try await perform(.set(key: key, value: value)) } catch { throw error.failure }
    }
}
