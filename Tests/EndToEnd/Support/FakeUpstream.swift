// A DNS server that does as it is told, over UDP and TCP: answers, lies, waits, keeps silent, and counts.

import Foundation
import Synchronization

final class FakeUpstream: @unchecked Sendable {
    enum Transport: Sendable { case udp, tcp }

    /// What to do about one query.
    enum Act: Sendable {
        case reply(DNS)
        case later(Double, DNS)
        /// Any octets; on a stream they get their length.
        case raw([UInt8])
        case silence
        /// Closes the stream; silence over UDP.
        case close
    }

    struct Asked: Sendable {
        let name: String
        let type: UInt16
        let transport: Transport
        /// The client's, where it is known (UDP over IPv4).
        let port: UInt16?
        let at: Double
    }

    typealias Script = @Sendable (DNS, Transport) -> [Act]

    let endpoint: Endpoint
    private let datagrams: Socket
    private let streams: Socket
    private let script: Mutex<Script>
    private let log = Mutex<[Asked]>([])
    private let isEnding = Mutex(false)

    init(_ house: House, address: String = "127.0.0.1", _ script: @escaping Script) throws {
        endpoint = Endpoint(address, try Ports.free())
        self.script = Mutex(script)
        datagrams = try Socket(SOCK_DGRAM, endpoint.family)
        try datagrams.bind(endpoint)
        streams = try Socket(SOCK_STREAM, endpoint.family)
        streams.set(SOL_SOCKET, SO_REUSEADDR, 1)
        try streams.bind(endpoint)
        listen(streams.descriptor, 64)
        Thread.detachNewThread { self.serveDatagrams() }
        Thread.detachNewThread { self.serveStreams() }
        house.atEnd { self.isEnding.withLock { $0 = true } }
    }

    /// Answers from now on in another way.
    func become(_ new: @escaping Script) { script.withLock { $0 = new } }

    var asked: [Asked] { log.withLock { $0 } }
    func forget() { log.withLock { $0 = [] } }
    /// How often a name (and type) was asked for, by any letter case.
    func count(_ name: String, _ type: UInt16? = nil) -> Int {
        asked.filter { $0.name.lowercased() == name.lowercased() && (type == nil || $0.type == type) }.count
    }

    private var isOver: Bool { isEnding.withLock { $0 } }

    private func acts(_ query: DNS, _ transport: Transport, port: UInt16? = nil) -> [Act] {
        log.withLock {
            $0.append(Asked(name: query.name, type: query.type, transport: transport, port: port, at: Clock.now))
        }
        return script.withLock { $0 }(query, transport)
    }

    private func serveDatagrams() {
        while !isOver {
            guard datagrams.isReadable(within: 0.2) else { continue }
            var buffer = [UInt8](repeating: 0, count: 65_536)
            var from = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let count = withUnsafeMutablePointer(to: &from) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(datagrams.descriptor, &buffer, buffer.count, 0, $0, &length)
                }
            }
            guard count > 0, let query = DNS(Array(buffer[0..<count])) else { continue }
            let (client, size) = (from, length)
            let port = withUnsafeBytes(of: &from) { UInt16($0[2]) << 8 | UInt16($0[3]) }
            perform(acts(query, .udp, port: port)) { [datagrams] bytes in
                var to = client
                _ = withUnsafePointer(to: &to) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        sendto(datagrams.descriptor, bytes, bytes.count, 0, $0, size)
                    }
                }
            } close: {
            }
        }
    }

    private func serveStreams() {
        while !isOver {
            guard streams.isReadable(within: 0.2) else { continue }
            let descriptor = accept(streams.descriptor, nil, nil)
            if descriptor >= 0 { Thread.detachNewThread { self.serve(Socket(adopting: descriptor)) } }
        }
    }

    private func serve(_ stream: Socket) {
        let closed = Atomic(false)
        while !isOver, !closed.load(ordering: .relaxed) {
            guard stream.isReadable(within: 0.2) else { continue }
            guard let head = stream.receive(exactly: 2, within: 2),
                let body = stream.receive(exactly: Int(head[0]) << 8 | Int(head[1]), within: 2), let query = DNS(body)
            else { return }
            perform(acts(query, .tcp)) {
                stream.send(Wire.framed($0))
            } close: {
                shutdown(stream.descriptor, Int32(SHUT_RDWR))
            }
        }
    }

    private func perform(_ acts: [Act], send: @escaping @Sendable ([UInt8]) -> Void, close: () -> Void) {
        for act in acts {
            switch act {
            case .reply(let message): send(message.bytes)
            case .later(let seconds, let message):
                let bytes = message.bytes
                DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { send(bytes) }
            case .raw(let bytes): send(bytes)
            case .silence: break
            case .close: close()
            }
        }
    }
}

/// What several threads gather.
final class Gathering<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    func add(_ value: Value) { values.withLock { $0.append(value) } }
    var all: [Value] { values.withLock { $0 } }
}

extension FakeUpstream {
    /// A has one address, AAAA is NODATA: any name is IPv4-only.
    static func ipv4Only(_ address: String = "192.0.2.1", ttl: UInt32 = 300) -> Script {
        { query, _ in
            query.type == Kind.a
                ? [.reply(query.reply([.a(query.name, address, ttl: ttl)]))]
                : [.reply(query.reply(authority: [.soa("example.", minimum: ttl, ttl: ttl)]))]
        }
    }

    /// The same after a while.
    static func ipv4Only(after seconds: Double) -> Script {
        { query, transport in
            ipv4Only()(query, transport).map { if case .reply(let reply) = $0 { .later(seconds, reply) } else { $0 } }
        }
    }
}
