// DNS over UDP (RFC 1035 section 4.2.1): datagrams in by the batch, replies out by the batch, each from the address
// that was asked.

public import LinuxIO
internal import NetAddress
public import Resolver
public import Telemetry

/// Takes queries from listeners. The worker is one.
public protocol QueryHandler: AnyObject {
    /// Writes the reply into `out` and returns its length; nil where there is none, or none yet.
    func handle(
        _ query: UnsafeRawBufferPointer, from client: Client, now: MonotonicTime,
        into out: UnsafeMutableRawBufferPointer
    ) -> Int?
    /// A batch is done: time for what else there is to do.
    func batchEnded()
}

/// One UDP socket of one worker.
public final class DatagramListener: EventHandler {
    private let socket: DatagramSocket
    private let loop: EventLoop
    private let counters: Counters
    private let token: UInt64
    // The handler is the worker that owns this listener, so that it is there as long as this is; and each datagram
    // would pay for
    // counting references to it.
    private unowned(unsafe) let handler: any QueryHandler
    // Behind a pointer, so that each use is not checked for overlapping access: only this object's thread comes here.
    private let batch: UnsafeMutablePointer<DatagramBatch>
    private var registration: Registration?

    /// So many batches are taken before other descriptors get their turn.
    private static let batchesAtOnce = 4

    /// - Parameter token: goes into `Client.token`, so that late replies find this socket again.
    public init(
        socket: consuming DatagramSocket, loop: EventLoop, counters: Counters, token: UInt64, handler: any QueryHandler
    ) throws(Errno) {
        self.socket = socket
        self.loop = loop
        self.counters = counters
        self.token = token
        self.handler = handler
        let made = try DatagramBatch()
        batch = .allocate(capacity: 1)
        batch.initialize(to: made)
        registration = try loop.register(self.socket.descriptor, for: .readable, handler: self)
    }

    deinit {
        batch.deinitialize(count: 1)
        batch.deallocate()
    }

    /// Stops listening; the socket is closed when this object goes.
    public func close() {
        if let registration { loop.deregister(registration) }
        registration = nil
    }

    public func handle(_ readiness: Readiness) {
        for _ in 0..<Self.batchesAtOnce {
            // An error here is an old ICMP message about some client of ours: the next call succeeds.
            guard let count = try? batch.pointee.receive(from: socket), count > 0 else { break }
            let now = loop.now
            for index in 0..<count { answer(index, now) }
            note(batch.pointee.flush(to: socket))
            if count < batch.pointee.capacity { break }
        }
        handler.batchEnded()
    }

    private func answer(_ index: Int, _ now: MonotonicTime) {
        if batch.pointee.isTruncated(index) { return counters.add(.dropTruncatedDatagram) }
        let path = batch.pointee.path(index)
        let client = Client(path.source, .udp, local: path.local, interface: path.interfaceIndex, token: token)
        if let length = handler.handle(
            batch.pointee.bytes(index), from: client, now: now, into: batch.pointee.replyBuffer(index))
        {
            batch.pointee.queueReply(index, length: length)
        }
    }

    private func note(_ result: DatagramBatch.FlushResult) {
        counters.add(.repliesSent, UInt64(result.sent))
        // A full socket buffer is as final as a refusal: the client asks again.
        counters.add(.repliesSendFailed, UInt64(result.failed + result.unsent))
    }

    /// Sends a reply that had to wait.
    public func send(_ reply: [UInt8], to client: Client) {
        guard let local = client.local else { return }
        let path = DatagramPath(source: client.source, local: local, interfaceIndex: client.interface)
        let isSent = reply.withUnsafeBytes { bytes in (try? socket.send(bytes, along: path)) ?? false }
        counters.add(isSent ? .repliesSent : .repliesSendFailed)
    }
}
