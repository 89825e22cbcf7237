// Watches over a running translator, and mends what can be mended: a device that was deleted, or set down and up again.

internal import LinuxIO
internal import NAT64Backend
internal import Telemetry
internal import TunDevice

extension Supervisor {
    /// After a repair that failed: nanoseconds until the next one.
    private static let repairPause: UInt64 = 10_000_000_000

    /// Looks once, mends, and tells of what is left.
    func look() async {
        guard let before = running else { return }
        var check = before.check(.read())
        if needsRepair(check) {
            board.set(check.health)
            await repair()
            guard let running else { return }
            check = running.check(.read())
        }
        guard let index = running?.device.index else { return }
        let isCurrent = isCurrent(check)
        if index == before.device.index { running?.isHostCurrent = isCurrent }
        // What changes right now is neither good nor bad; whoever changes it looks afterwards.
        if isBusy { return }
        hostWatch.note(isMissing: check.lacksWhatIsOurs, .read())
        if hostWatch.isDue(.read(), deviceIsUp: check.isDeviceUp) {
            await tend()
            guard let running, !isBusy else { return }
            check = running.check(.read())
        }
        board.set(check.health)
        let links = LinkFacts.read(except: options.device)
        if links != running?.links, MonotonicTime.read() >= nextRepair {
            do throws(BackendFailure) { try await follow(links) } catch {
                nextRepair = MonotonicTime.read().advanced(byNanoseconds: Self.repairPause)
                options.report("MTU and MSS could not follow the host's links: \(error)")
            }
        }
    }

    /// A device that goes down loses its IPv4 routes and its IPv6 addresses: when it comes back up they are due.
    private func isCurrent(_ check: HealthCheck) -> Bool {
        guard let running else { return false }
        return check.isDeviceUp && (running.isHostCurrent || check.hasRoutes)
    }

    private func needsRepair(_ check: HealthCheck) -> Bool {
        guard let running, !isBusy, MonotonicTime.read() >= nextRepair else { return false }
        if check.isDeviceMissing { return true }
        // A route that somebody took away from a device that stayed up is told first, and brought back by `tend` after ten
        // seconds, and so is forwarding.
        return check.isDeviceUp && !check.hasRoutes && (!running.isHostCurrent || !check.hasOwnNetwork)
    }

    private func repair() async {
        do throws(BackendFailure) {
            try await inTurn { supervisor async throws(BackendFailure) in
                guard var running = supervisor.running else { return }
                if !running.device.isPresent { try await supervisor.reopen(&running) }
                running.warnings = try await supervisor.host.apply(running.derivation.request)
                running.isHostCurrent = true
                running.undone = nil
                supervisor.running = running
            }
            options.report("the device \(options.device) works again")
        } catch {
            nextRepair = MonotonicTime.read().advanced(byNanoseconds: Self.repairPause)
            options.report("the device \(options.device) could not be mended: \(error)")
        }
    }

    /// Makes the device anew with the queues that the lanes hold already.
    private func reopen(_ running: inout Running) async throws(BackendFailure) {
        do throws(TunFailure) { running.device = try running.device.reopen() } catch { throw BackendFailure(error) }
        try? running.device.interface.set(queueLength: 1000)
        // The host's part may fail: the next look must not take the device for missing.
        running.isHostCurrent = false
        self.running = running
        for lane in running.lanes {
            let failure = try await lane.ask { loop -> Errno? in
                do throws(Errno) {
                    try loop.attach()
                    return nil
                } catch { return error }
            }
            if let failure { throw BackendFailure(.refused, "the new device cannot be read: \(failure)") }
        }
    }
}
