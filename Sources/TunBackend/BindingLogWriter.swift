// The log of bindings: RFC 6888 section 4, "a CGN should log ... transport protocol, subscriber identifier, external
// source address and port, timestamp". Lines of JSON, written by a thread of their own, so that no packet waits for a
// disk.

internal import Glibc
internal import LinuxIO
internal import NAT64Backend
internal import Synchronization
internal import Translator

/// Takes events from the translators' threads and writes them to a file, or to whoever takes lines.
final class BindingLogWriter: Sendable {
    /// Where lines go.
    enum Sink: Sendable {
        /// Appended to; opened again when it was moved away.
        case file(String)
        case lines(@Sendable (String) -> Void)
    }

    private struct Batch: Sendable {
        var events: [BindingEvent]
        var time: WallTime
    }

    private enum Message: Sendable {
        case batch(Batch)
        case stop
    }

    private let mailbox: Mailbox<Message>
    private let thread: WorkerThread
    private let waiting: Waiting
    private let subscriberPrefixLength: Int

    /// Events that may wait for a slow disk.
    private static let limit = 200_000

    /// Fails if the file can't be opened.
    ///
    /// - Parameter report: told what goes wrong later, a sentence.
    init(_ sink: Sink, subscriberPrefixLength: Int, report: @escaping @Sendable (String) -> Void) throws(BackendFailure)
    {
        self.subscriberPrefixLength = subscriberPrefixLength
        let waiting = Waiting()
        self.waiting = waiting
        do throws(Errno) {
            let mailbox = try Mailbox<Message>()
            let output = try LogOutput(sink, report: report)
            self.mailbox = mailbox
            thread = try WorkerThread(name: "nat64-log") {
                Self.run(mailbox, output, waiting, subscriberPrefixLength)
            }
        } catch {
            throw BackendFailure(
                .refused, "the binding log cannot be opened: \(error)",
                remedy: "let dns64d write there: `nat64: { log: { file: ... } }`")
        }
    }

    /// Lines that were never written.
    var lostLines: UInt64 { waiting.lost.load(ordering: .relaxed) }

    /// Any thread. Returns at once.
    func write(_ events: [BindingEvent]) {
        guard !events.isEmpty else { return }
        let count = waiting.count.add(events.count, ordering: .relaxed).newValue
        guard count <= Self.limit, mailbox.post(.batch(Batch(events: events, time: .now()))) else {
            waiting.count.subtract(events.count, ordering: .relaxed)
            waiting.lost.add(UInt64(events.count), ordering: .relaxed)
            return
        }
    }

    /// Writes what waits and ends the thread.
    func stop() {
        mailbox.post(.stop)
        thread.join()
    }

    private final class Waiting: Sendable {
        let count = Atomic<Int>(0)
        let lost = Atomic<UInt64>(0)
    }

    private static func run(
        _ mailbox: Mailbox<Message>, _ output: LogOutput, _ waiting: Waiting, _ prefixLength: Int
    ) {
        do throws(Errno) {
            let loop = try EventLoop()
            let registration = try mailbox.attach(to: loop) { message in
                switch message {
                case .stop: loop.stop()
                case .batch(let batch):
                    let stamp = batch.time.description
                    let lines = batch.events.map { $0.line(stamp, subscriberPrefixLength: prefixLength) }
                    if !output.write(lines) { waiting.lost.add(UInt64(lines.count), ordering: .relaxed) }
                    waiting.count.subtract(lines.count, ordering: .relaxed)
                }
            }
            try loop.run()
            loop.deregister(registration)
        } catch { output.report("the binding log's thread ended: \(error)") }
        mailbox.close()
    }
}
