// The sockets of one worker's transmissions: a fresh one on a random port for each (RFC 5452 section 9.2), closed at
// its end.

internal import Glibc
internal import LinuxIO
internal import NetAddress

/// Open sockets by transmission. Belongs to its loop's thread.
final class DatagramExchanges {
    enum Event {
        case datagram([UInt8])
        case failure(ExchangeFailure)
    }

    /// Told what came. May close any of the sockets.
    var handler: (ExchangeID, Event) -> Void = { _, _ in }

    private let loop: EventLoop
    private let random: RandomSource
    private var open: [ExchangeID: DatagramExchange] = [:]
    /// The largest datagram, shared: what came is copied out at once.
    fileprivate let buffer: UnsafeMutableRawBufferPointer

    init(loop: EventLoop, random: RandomSource) {
        self.loop = loop
        self.random = random
        buffer = .allocate(byteCount: 65536, alignment: 16)
    }

    deinit {
        closeAll()
        buffer.deallocate()
    }

    /// nil if the datagram is on its way.
    func send(_ exchange: ExchangeID, _ server: SocketAddress, _ bytes: [UInt8]) -> ExchangeFailure? {
        do throws(Errno) {
            let datagram = try DatagramExchange(exchange, to: server, random: random, owner: self)
            datagram.registration = try loop.register(datagram.descriptor, for: .readable, handler: datagram)
            open[exchange] = datagram
            try datagram.send(bytes)
            return nil
        } catch {
            // Should it be open already, the core closes it.
            return Self.failure(error)
        }
    }

    /// False if there is no such socket.
    func close(_ exchange: ExchangeID) -> Bool {
        guard let datagram = open.removeValue(forKey: exchange) else { return false }
        if let registration = datagram.registration { loop.deregister(registration) }
        datagram.isClosed = true
        return true
    }

    func closeAll() {
        for exchange in Array(open.keys) { _ = close(exchange) }
    }

    /// Running out of descriptors or memory is ours; all else is the way or the server.
    static func failure(_ error: Errno) -> ExchangeFailure {
        switch error.code {
        case EMFILE, ENFILE, ENOMEM, ENOBUFS: .local(error.message)
        default: .unreachable(error.message)
        }
    }
}

/// One socket, connected to the one server that may answer on it.
final class DatagramExchange: EventHandler {
    var registration: Registration?
    var isClosed = false
    private let exchange: ExchangeID
    private let socket: ConnectedDatagram
    private unowned let owner: DatagramExchanges

    /// Datagrams taken in one go, so that a flood on one socket can't starve the others.
    private static let datagramsAtOnce = 16

    init(_ exchange: ExchangeID, to server: SocketAddress, random: RandomSource, owner: DatagramExchanges)
        throws(Errno)
    {
        self.exchange = exchange
        self.owner = owner
        socket = try ConnectedDatagram(to: server, random: random)
    }

    var descriptor: Int32 { socket.descriptor }

    /// A full send buffer is a lost datagram like any other: it is repeated in time.
    func send(_ bytes: [UInt8]) throws(Errno) {
        let result: Result<Bool, Errno> = bytes.withUnsafeBytes { buffer in
            do throws(Errno) { return .success(try socket.send(buffer)) } catch { return .failure(error) }
        }
        _ = try result.get()
    }

    func handle(_ readiness: Readiness) {
        for _ in 0..<Self.datagramsAtOnce where !isClosed {
            do throws(Errno) {
                guard let length = try socket.receive(into: owner.buffer) else { return }
                let bytes = Array(owner.buffer.prefix(min(length, owner.buffer.count)))
                owner.handler(exchange, .datagram(bytes))
            } catch {
                owner.handler(exchange, .failure(DatagramExchanges.failure(error)))
            }
        }
    }
}
