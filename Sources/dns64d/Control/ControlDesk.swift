// What dns64ctl asks, and who answers it: a table of contents.

internal import ControlProtocol
internal import Glibc
internal import LinuxIO
internal import Logging
internal import NetAddress
internal import Telemetry

extension Daemon {
    /// Answers one request; `reply` is called once, now or later.
    func answer(_ request: ControlRequest, _ reply: @escaping @Sendable (ControlResponse) -> Void) {
        switch request {
        case .status: statusReport { reply(.status($0)) }
        case .stats: reply(.stats(statisticsReport))
        case .flush(let what): reply(flush(what))
        case .lookup(let what): reply(lookup(what))
        case .explain(let what): explain(what, reply)
        case .upstreams: upstreamsReport { reply(.upstreams($0)) }
        case .policies: reply(.policies(policiesReport))
        case .dump(let what): reply(dump(what))
        case .load(let what): reply(load(what))
        case .reload: reload(reply)
        case .logLevel(let change):
            let old = LogThreshold.level
            LogThreshold.level = Logger.Level(rawValue: change.level.rawValue) ?? old
            log.notice("log level \(old) -> \(change.level.rawValue)")
            reply(.logLevel(LogLevelReport(old: LogLevel(rawValue: old.rawValue) ?? .info, new: change.level)))
        case .announce(let what): announce(what, reply)
        case .doctor(let what): examine(what, reply)
        case .nat64(.test(let what)): test(what, reply)
        case .nat64(let request): answer(request, reply)
        case .top(let what): topSnapshot(rows: what.rows) { reply(.top($0)) }
        }
    }

    /// Asks each worker for something on its own thread; `done` runs on the main thread with what they said, in their
    /// order.
    func collect<Value: Sendable>(
        _ body: @escaping @Sendable (Worker) -> Value, _ done: @escaping @Sendable (Daemon, [Value]) -> Void
    ) {
        let gathered = Gathered<Value>(count: mailboxes.boxes.count)
        let mailbox = mailbox
        for index in mailboxes.boxes.indices {
            mailboxes.post(
                .run { worker in
                    guard let all = gathered.put(body(worker), at: index) else { return }
                    mailbox.post { daemon in done(daemon, all) }
                }, to: index)
        }
    }

    var uptimeSeconds: UInt64 { MonotonicTime.read().since(started) / 1_000_000_000 }
}
