// What the daemon opens and watches when it starts.

internal import DaemonConfig
internal import Glibc
internal import LinuxIO
internal import Listeners
internal import NetAddress
internal import Telemetry

extension Daemon {
    func openSockets() throws -> [String] {
        let inherited = InheritedSockets.take()
        if !inherited.isEmpty {
            sockets.adopt(inherited)
            return []
        }
        let interfaces = (try? InterfaceAddresses.list()) ?? []
        let problems = sockets.update(settings.configuration.server.listen, interfaces)
        let waits = settings.configuration.server.listen.contains { if case .address = $0 { false } else { true } }
        if sockets.addresses.isEmpty, !waits {
            throw StartFailure(description: problems.map { "dns64d: \($0)" }.joined(separator: "\n"))
        }
        // A fixed address that can't be had at the start is a mistake to mend, not to live with.
        if let first = problems.first(where: { $0.hasPrefix("can't listen") }) {
            throw StartFailure(description: "dns64d: \(first)")
        }
        return problems
    }

    func watch() throws {
        registrations.append(try mailbox.attach(to: loop) { [unowned self] message in message(self) })
        keep.append(try SignalWatch(loop: loop) { [unowned self] signal in received(signal) })
        keep.append(
            try AddressMonitor(loop: loop) { [unowned self] in environmentChanged("this machine's addresses changed") })
        // Also where no zone says `system` yet: a reload may bring one.
        keep.append(
            try FileWatch(path: Self.resolvConf, loop: loop) { [unowned self] in
                if usesSystemServers { environmentChanged("\(Self.resolvConf) changed") }
            })
        if let interval = serviceManager.watchdogInterval { watchdog(every: interval / 2) }
        refreshUnixTime()
        setQueryLog()
    }

    func setQueryLog() {
        let log = settings.configuration.log.queries ? log : nil
        mailboxes.postToAll(.run { $0.setQueryLog(log) })
    }

    static let resolvConf = "/etc/resolv.conf"

    private var usesSystemServers: Bool {
        settings.configuration.upstream.contains { $0.servers.contains(.system) }
    }

    private func watchdog(every span: UInt64) {
        // A sign of life from the workers, not from this thread alone: each has to answer before the manager is told.
        let waiting = Atomic64(mailboxes.boxes.count)
        for worker in mailboxes.boxes.indices {
            mailboxes.post(
                .run { [serviceManager] _ in if waiting.decrement() == 0 { try? serviceManager.notify(.watchdog) } },
                to: worker)
        }
        _ = loop.schedule(at: loop.now.advanced(byNanoseconds: span)) { [unowned self] in watchdog(every: span) }
    }

    /// The clock may be set while we run; cookies carry the time of day.
    private func refreshUnixTime() {
        mailboxes.postToAll(.run { $0.setUnixTime() })
        _ = loop.schedule(at: loop.now.advanced(byMilliseconds: 60_000)) { [unowned self] in refreshUnixTime() }
    }
}
