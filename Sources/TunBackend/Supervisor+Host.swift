// Looks whether the host's part still holds, and does again what somebody undid: a firewall that is loaded anew takes the
// masquerading with it, and no route or address shows that.

internal import HostNetwork
internal import LinuxIO
internal import NAT64Backend
internal import Telemetry
internal import TunDevice

extension Supervisor {
    /// Hears of changes to the table of `request` from now on.
    func listen(for request: HostRequest) {
        var monitor: NetfilterMonitor?
        do throws(Errno) { monitor = try NetfilterMonitor(table: request.tableName) } catch {
            options.report("changes to nftables can't be heard of (\(error)): they are looked for once a minute")
        }
        hostWatch = HostWatch(monitor, interval: options.hostInterval)
    }

    /// Compares the host with what was asked of it, and mends the difference.
    func tend() async {
        hostWatch.begin(.read())
        do throws(BackendFailure) {
            let steps = try await inTurn { supervisor async throws(BackendFailure) in
                try await supervisor.doAgain()
            }
            hostWatch.end(steps.isEmpty ? .untouched : .mended, .read())
            if !steps.isEmpty { options.report("what somebody undid was done again: \(Self.reasons(steps))") }
        } catch {
            hostWatch.end(.failed, .read())
            // A program that was too slow once says nothing about packets.
            if hostWatch.failures < 2 { return }
            let reason = HealthReason.undone(error)
            guard running != nil, running?.undone != reason else { return }
            running?.undone = reason
            options.report(reason.message)
        }
    }

    private func doAgain() async throws(BackendFailure) -> [PlannedStep] {
        guard let request = running?.derivation.request else { return [] }
        let plan = try await host.plan(request, deviceIsOpen: true)
        let warnings = plan.steps.isEmpty ? plan.warnings : try await host.apply(request)
        for warning in warnings where running?.warnings.contains(warning) == false { options.report(warning) }
        running?.warnings = warnings
        running?.undone = nil
        return plan.steps
    }

    private static func reasons(_ steps: [PlannedStep]) -> String {
        var reasons: [String] = []
        for step in steps where !reasons.contains(step.reason) { reasons.append(step.reason) }
        return reasons.joined(separator: "; ")
    }
}

extension HealthReason {
    static func undone(_ failure: BackendFailure) -> HealthReason {
        HealthReason(
            code: "host-changed",
            message: "what the translator needs of this host's network could not be kept as it was: \(failure.message)",
            remedy: failure.remedy ?? "it is tried again every 10 seconds; else restart dns64d")
    }
}
