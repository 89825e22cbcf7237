// Datagrams by the batch: one system call takes up to 32, one sends as many answers. All buffers are allocated once;
// the hot path of the daemon runs through here.

internal import CLinux
internal import Glibc
public import NetAddress

/// Buffers for a batch of datagrams and their answers. Belongs to one thread; use it with one socket at a time.
///
///     let count = try batch.receive(from: socket)
///     for index in 0..<count {
///         let length = answer(batch.bytes(index), batch.path(index), into: batch.replyBuffer(index))
///         batch.queueReply(index, length: length)
///     }
///     let result = batch.flush(to: socket)
public struct DatagramBatch: ~Copyable {
    /// What became of the queued replies.
    public struct FlushResult: Hashable, Sendable {
        public var sent = 0
        /// The kernel refused these; they are gone. `lastError` says why it refused the last of them.
        public var failed = 0
        /// The socket's buffer is full: these stay queued until the next `flush`, or `receive`, which forgets them.
        public var unsent = 0
        public var lastError: Errno?

        public init(sent: Int = 0, failed: Int = 0, unsent: Int = 0, lastError: Errno? = nil) {
            self.sent = sent
            self.failed = failed
            self.unsent = unsent
            self.lastError = lastError
        }
    }

    /// Datagrams a call at most.
    public let capacity: Int
    /// Octets a received datagram may have; what is longer is cut and marked truncated.
    public let receiveSize: Int
    /// Octets a reply may have.
    public let replySize: Int
    /// Datagrams that the last `receive` brought.
    public private(set) var count = 0

    private let batch: OpaquePointer
    private let datagrams: UnsafePointer<clinux_datagram>
    private let received: UnsafeRawPointer
    private let replies: UnsafeMutableRawPointer
    private var bound = IPAddress.v4(IPv4Address(rawValue: 0))

    /// Allocates everything. `capacity` 1 to 1024, sizes 1 to 65535; EINVAL elsewhere, ENOMEM.
    public init(capacity: Int = 32, receiveSize: Int = 4096, replySize: Int = 4096) throws(Errno) {
        guard (1...1024).contains(capacity), (1...65535).contains(receiveSize), (1...65535).contains(replySize) else {
            throw .invalidArgument
        }
        let made = clinux_batch_create(UInt32(capacity), UInt32(receiveSize), UInt32(replySize))
        guard let made, let datagrams = clinux_batch_datagrams(made), let received = clinux_batch_bytes(made),
            let replies = clinux_batch_replies(made)
        else { throw .noMemory }
        batch = made
        self.datagrams = datagrams
        self.received = received
        self.replies = replies
        self.capacity = capacity
        self.receiveSize = receiveSize
        self.replySize = replySize
    }

    deinit { clinux_batch_destroy(batch) }

    /// Takes what waits; 0 if nothing does. Fewer than `capacity` means that the socket was emptied. Replies that are
    /// still queued are forgotten.
    public mutating func receive(from socket: borrowing DatagramSocket) throws(Errno) -> Int {
        let descriptor = socket.descriptor
        count = 0
        bound = socket.localAddress.address
        count = Int(try SystemCall.shimIfReady { clinux_batch_receive(batch, descriptor) } ?? 0)
        return count
    }

    /// The octets of datagram `index`. Valid until the next `receive`.
    public func bytes(_ index: Int) -> UnsafeRawBufferPointer {
        let datagram = datagram(index)
        let length = min(Int(datagram.pointee.length), receiveSize)
        return UnsafeRawBufferPointer(start: received + index * receiveSize, count: length)
    }

    /// Which way datagram `index` came.
    public func path(_ index: Int) -> DatagramPath { DatagramPath(datagram(index).pointee.path, bound: bound) }

    /// Who sent datagram `index`; cheaper than the whole path.
    public func source(_ index: Int) -> SocketAddress { path(index).source }

    /// Whether datagram `index` was longer than `receiveSize`.
    public func isTruncated(_ index: Int) -> Bool { datagram(index).pointee.is_truncated != 0 }

    /// Where the reply to datagram `index` is to be written: `replySize` octets.
    public func replyBuffer(_ index: Int) -> UnsafeMutableRawBufferPointer {
        precondition(index >= 0 && index < capacity, "no such reply buffer")
        return UnsafeMutableRawBufferPointer(start: replies + index * replySize, count: replySize)
    }

    /// Queues the first `length` octets of reply buffer `index`, to leave the way datagram `index` came. Once a
    /// datagram.
    public mutating func queueReply(_ index: Int, length: Int) {
        precondition(index >= 0 && index < count, "no such datagram")
        precondition(length >= 0 && length <= replySize, "longer than a reply buffer")
        clinux_batch_queue(batch, UInt32(index), UInt32(length))
    }

    /// Sends the queued replies. One that the kernel refuses doesn't keep the others back.
    public mutating func flush(to socket: borrowing DatagramSocket) -> FlushResult {
        let descriptor = socket.descriptor
        var result = FlushResult()
        while clinux_batch_queued(batch) > 0 {
            do throws(Errno) {
                guard let sent = try SystemCall.shimIfReady({ clinux_batch_send(batch, descriptor) }) else { break }
                result.sent += Int(sent)
            } catch {
                // sendmmsg reports an error only for its first datagram: that one is to blame.
                clinux_batch_skip(batch)
                result.failed += 1
                result.lastError = error
            }
        }
        result.unsent = Int(clinux_batch_queued(batch))
        return result
    }

    @inline(__always)
    private func datagram(_ index: Int) -> UnsafePointer<clinux_datagram> {
        precondition(index >= 0 && index < count, "no such datagram")
        return datagrams + index
    }
}
