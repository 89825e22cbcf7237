// Carries a plan out: all of it, or none.

internal import NAT64Backend

struct Applier: Sendable {
    let machine: any Machine
    let file: RecordFile

    /// Does the steps of `plan` in order, then takes back what it no longer wants. After a step fails, those before it
    /// are taken back, and what was replaced is put back.
    func apply(_ plan: Plan, to record: inout Record) async throws(BackendFailure) {
        let hand = Hand(machine: machine)
        var done: [Plan.Step] = []
        for step in plan.steps {
            do throws(ActionFailure) {
                record.put(step.deed)
                try save(record)
                try await hand.perform(step.action)
                done.append(step)
            } catch {
                var failure = error.failure
                // Who can't say whether it was done has to undo it as well; who says that it wasn't done may have met
                // something of somebody else's.
                if error.changedNothing { restore(step, in: &record) } else { done.append(step) }
                do throws(BackendFailure) { try await takeBack(done, in: &record) } catch {
                    failure.message += "\nwhat was done before could not all be undone: \(error.message)"
                }
                throw failure
            }
        }
        try settle(done, in: &record)
        if plan.removals.isEmpty { return }
        _ = try await Undoer(machine: machine, file: file).undo(plan.removals, of: &record)
    }

    /// What was left of deeds before these is gone now. If that can't be written down, undoing looks for it once more.
    private func settle(_ done: [Plan.Step], in record: inout Record) throws(BackendFailure) {
        let changed = done.map(\.deed).filter { $0.settled != $0 }
        if changed.isEmpty { return }
        for deed in changed { record.put(deed.settled) }
        try file.save(record)
    }

    private func save(_ record: Record) throws(ActionFailure) {
        do throws(BackendFailure) { try file.save(record) } catch {
            throw ActionFailure(failure: error, changedNothing: true)
        }
    }

    private func restore(_ step: Plan.Step, in record: inout Record) {
        if let replaced = step.replaced { record.put(replaced) } else { record.remove(step.deed.identity) }
    }

    private func takeBack(_ done: [Plan.Step], in record: inout Record) async throws(BackendFailure) {
        var failures: [BackendFailure] = []
        for step in done.reversed() {
            do throws(BackendFailure) {
                if let replaced = step.replaced {
                    do throws(ActionFailure) {
                        try await Hand(machine: machine).perform(replaced.replacingAction)
                    } catch { throw error.failure }
                    record.put(replaced)
                } else {
                    _ = try await Undoer(machine: machine, file: file).undo([step.deed], of: &record)
                }
            } catch { failures.append(error) }
        }
        do throws(BackendFailure) { try file.save(record) } catch { failures.append(error) }
        if let failure = BackendFailure.joined(failures) { throw failure }
    }
}
