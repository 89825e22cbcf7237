// A DNS server on the loopback interface that answers as a test wants.

import DNSMessage
import Glibc
import NetAddress
import Synchronization

/// UDP and TCP on one port of 127.0.0.1, a thread each.
final class FakeServer: Sendable {
    private final class Counts: Sendable {
        let values = Mutex<(udp: Int, tcp: Int)>((0, 0))
    }

    typealias Reaction = @Sendable (Message) -> [[UInt8]]

    let address: SocketAddress
    private let datagrams: Int32
    private let streams: Int32
    private let counts = Counts()

    var questions: (udp: Int, tcp: Int) { counts.values.withLock { $0 } }

    /// `udp` gives the datagrams to send back, `tcp` the octets, lengths included; nil: nobody listens there.
    init(udp: @escaping Reaction, tcp: Reaction? = nil) {
        var port: UInt16 = 0
        datagrams = Self.bound(SOCK_DGRAM, &port)
        streams = tcp == nil ? -1 : Self.bound(SOCK_STREAM, &port)
        address = SocketAddress(.v4(IPv4Address(127, 0, 0, 1)), port: port)
        Self.thread { [datagrams, counts] in
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                var peer = sockaddr_in()
                var size = socklen_t(MemoryLayout<sockaddr_in>.size)
                let count = Self.withSockaddr(&peer) { recvfrom(datagrams, &buffer, buffer.count, 0, $0, &size) }
                guard count > 0, let query = try? Message(parsing: Array(buffer[..<count])) else { break }
                counts.values.withLock { $0.udp += 1 }
                for reply in udp(query) {
                    _ = Self.withSockaddr(&peer) { sendto(datagrams, reply, reply.count, 0, $0, size) }
                }
            }
            close(datagrams)
        }
        guard let tcp else { return }
        listen(streams, 8)
        Self.thread { [streams, counts] in
            while true {
                let connection = accept(streams, nil, nil)
                guard connection >= 0 else { break }
                var buffer = [UInt8](repeating: 0, count: 65536)
                let count = recv(connection, &buffer, buffer.count, 0)
                if count > 2, let query = try? Message(parsing: Array(buffer[2..<count])) {
                    counts.values.withLock { $0.tcp += 1 }
                    for reply in tcp(query) { send(connection, reply, reply.count, Int32(MSG_NOSIGNAL)) }
                }
                close(connection)
            }
            close(streams)
        }
    }

    deinit {
        // Wakes both threads, which close.
        shutdown(datagrams, Int32(SHUT_RDWR))
        if streams >= 0 { shutdown(streams, Int32(SHUT_RDWR)) }
    }

    static func answer(_ query: Message, _ records: [Record] = [], code: ResponseCode = .noError) -> Message {
        var message = query
        message.isResponse = true
        message.responseCode = code
        message.answers = records
        return message
    }

    static func framed(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xff)] + bytes
    }

    private static func bound(_ type: __socket_type, _ port: inout UInt16) -> Int32 {
        let descriptor = socket(AF_INET, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        precondition(withSockaddr(&name) { bind(descriptor, $0, size) } == 0, "bind: \(errno)")
        _ = withSockaddr(&name) { getsockname(descriptor, $0, &size) }
        port = UInt16(bigEndian: name.sin_port)
        return descriptor
    }

    private static func withSockaddr<Result>(
        _ name: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Result
    ) -> Result {
        withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
        }
    }

    private static func thread(_ body: @escaping @Sendable () -> Void) {
        final class Box {
            let body: @Sendable () -> Void; init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(body)).toOpaque()
        pthread_create(
            &thread, nil,
            {
                Unmanaged<Box>.fromOpaque($0!).takeRetainedValue().body(); return nil
            }, box)
        pthread_detach(thread)
    }
}
