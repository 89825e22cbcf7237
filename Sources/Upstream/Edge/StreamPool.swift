// Questions over TCP, for all workers: one thread of SwiftNIO that keeps connections open for a while (RFC 7766 section
// 6.2).

internal import NIOCore
internal import NIOPosix
internal import NetAddress

/// A question for a stream. `bytes` is the message without its length.
struct StreamQuestion: Sendable {
    let worker: Int
    let exchange: ExchangeID
    let server: NetAddress.SocketAddress
    let bytes: [UInt8]

    var key: StreamKey { StreamKey(worker: worker, exchange: exchange) }
}

/// Transmissions are numbered by each worker for itself.
struct StreamKey: Hashable, Sendable {
    let worker: Int
    let exchange: ExchangeID
}

/// How many and how long.
public struct StreamLimits: Hashable, Sendable {
    public var connectMilliseconds: Int64 = 2000
    /// How long a connection without questions stays open.
    public var idleMilliseconds: Int64 = 10_000
    public var connectionsPerServer = 4
    public var questionsPerConnection = 100

    public init() {}
}

/// The TCP connections to upstream servers, shared by the workers. Any thread may call it.
public final class StreamPool: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let directory: NIOLoopBoundBox<StreamDirectory>

    public init(limits: StreamLimits = StreamLimits()) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        directory = NIOLoopBoundBox.makeBoxSendingValue(StreamDirectory(loop: loop, limits: limits), eventLoop: loop)
    }

    /// `reply` is called at most once, on the pool's thread, with `streamAnswered` or `streamFailed`; never after the
    /// question was abandoned, but for mail that is on its way already.
    func ask(_ question: StreamQuestion, reply: @escaping @Sendable (UpstreamMail) -> Void) {
        directory.eventLoop.execute { [directory] in directory.value.ask(question, reply) }
    }

    /// Nobody waits for the answer. Nothing happens if it came already.
    func abandon(worker: Int, exchange: ExchangeID) {
        let key = StreamKey(worker: worker, exchange: exchange)
        directory.eventLoop.execute { [directory] in directory.value.abandon(key) }
    }

    /// Connections open or being opened. Waits for the pool's thread; for tests and status.
    public func connectionCount() async -> Int {
        (try? await directory.eventLoop.submit { [directory] in directory.value.connectionCount }.get()) ?? 0
    }

    /// Closes all connections and ends the thread. Questions under way get no reply. Call it once, after the workers
    /// ended.
    public func shutdown() async {
        // Both fail only where this was called before.
        try? await directory.eventLoop.submit { [directory] in directory.value.shutDown() }.get()
        try? await group.shutdownGracefully()
    }
}
