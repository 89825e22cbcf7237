// What other threads say to a worker.

internal import LinuxIO
internal import Resolver
internal import Upstream

enum WorkerMessage: Sendable {
    /// A question that came on a stream.
    case streamQuery([UInt8], Client)
    /// Between the upstream halves of two workers.
    case upstream(UpstreamMail)
    /// New settings, swapped in between two queries.
    case settings(ResolverSettings, UpstreamSettings)
    /// Listen on a bound UDP socket, which is the worker's from now on.
    case listen(descriptor: Int32, token: UInt64)
    case stopListening(token: UInt64)
    /// Anything else, on the worker's own thread.
    case run(@Sendable (Worker) -> Void)
    /// Take nothing new; say so when nothing waits any more.
    case drain(@Sendable () -> Void)
    case stop
}

/// Where messages for the workers go.
final class Mailboxes: Sendable {
    let boxes: [Mailbox<WorkerMessage>]

    init(count: Int) throws(Errno) {
        var boxes: [Mailbox<WorkerMessage>] = []
        for _ in 0..<count { boxes.append(try Mailbox()) }
        self.boxes = boxes
    }

    func post(_ message: WorkerMessage, to worker: Int) { boxes[worker].post(message) }

    func postToAll(_ message: WorkerMessage) { for box in boxes { box.post(message) } }
}
