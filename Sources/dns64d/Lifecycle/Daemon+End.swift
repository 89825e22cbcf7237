// How the daemon ends, and what it says of itself.

internal import DaemonConfig
internal import Glibc
internal import LinuxIO
internal import Logging
internal import NetAddress
internal import Telemetry

extension Daemon {
    // MARK: signals, and the end

    func received(_ signal: LinuxIO.Signal) {
        switch signal {
        case .hangup: reload { _ in }
        case .user1: log.notice("\(statusLine)")
        default:
            log.notice("ending")
            end(0)
        }
    }

    /// Takes nothing new, lets what waits be answered, and ends within two seconds.
    func end(_ status: Int32) {
        guard !isEnding else { return }
        isEnding = true
        try? serviceManager.notify(.stopping)
        control?.close()
        let waiting = Atomic64(mailboxes.boxes.count)
        let mailbox = mailbox
        mailboxes.postToAll(
            .drain {
                if waiting.decrement() == 0 { mailbox.post { daemon in daemon.stopTranslator { $0.exitSoon(status) } } }
            })
        _ = loop.schedule(at: loop.now.advanced(byMilliseconds: 1_500)) { [unowned self] in
            stopTranslator { $0.exitNow(status) }
        }
        // Programs of others are run to undo what was done to this machine: they get longer, but not for ever.
        _ = loop.schedule(at: loop.now.advanced(byMilliseconds: 15_000)) { [unowned self] in exitNow(status) }
    }

    /// Replies on streams are on their way through another thread's loop: a moment for them.
    private func exitSoon(_ status: Int32) {
        _ = loop.schedule(at: loop.now.advanced(byMilliseconds: 50)) { [unowned self] in exitNow(status) }
    }

    private func exitNow(_ status: Int32) -> Never {
        exit(status)
    }

    // MARK: words

    var statusLine: String {
        let where_ = sockets.addresses.map(\.description).joined(separator: ", ")
        return "\(mailboxes.boxes.count) workers on \(where_.isEmpty ? "no address" : where_)"
    }

    /// A line to try, where there is a name of our own to try it with.
    var example: String? {
        guard let zone = settings.configuration.zones.first(where: { $0.name == "demo.home.arpa" }),
            let address = sockets.addresses.last
        else { return nil }
        let host = address.address.description
        return "Try: dig @\(host) -p \(address.port) v4only.\(zone.name) AAAA"
    }

    func report(_ problems: [String]) {
        listenProblems = problems
        for problem in problems + settings.warnings { log.warning("\(problem)") }
    }
}
