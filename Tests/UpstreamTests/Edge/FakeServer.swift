// A DNS server on loopback that says what a test wants, over UDP and TCP, with plain blocking sockets on threads.

import DNSMessage
import Glibc
import NetAddress
import Synchronization

final class FakeServer: Sendable {
    /// What is done with one message: datagrams or stream bytes to send back, in order.
    typealias Datagrams = @Sendable ([UInt8]) -> [[UInt8]]
    /// Is given a connection; may read, write and close as it likes. The connection is closed after it returns.
    typealias Stream = @Sendable (StreamPeer) -> Void

    let address: SocketAddress
    let queriesSeen = Atomic<Int>(0)
    let connectionsSeen = Atomic<Int>(0)
    /// Where datagrams came from.
    let ports = Mutex<Set<UInt16>>([])
    private let udp: Int32
    private let tcp: Int32

    /// Listens on a port of its own, the same for UDP and TCP.
    init(udp datagrams: Datagrams? = nil, tcp stream: Stream? = nil) {
        (udp, tcp, address) = Self.bindBoth()
        if let datagrams { Self.thread { [self] in serveDatagrams(datagrams) } }
        if let stream {
            listen(tcp, 16)
            Self.thread { [self] in serveStreams(stream) }
        }
    }

    /// The threads end when their calls fail.
    func stop() {
        shutdown(udp, Int32(SHUT_RDWR))
        shutdown(tcp, Int32(SHUT_RDWR))
    }

    private func serveDatagrams(_ answers: Datagrams) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            var from = sockaddr_in()
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = Self.with(&from) { recvfrom(udp, &buffer, buffer.count, 0, $0, &size) }
            if count <= 0 { return }
            queriesSeen.add(1, ordering: .relaxed)
            ports.withLock { _ = $0.insert(UInt16(bigEndian: from.sin_port)) }
            for answer in answers(Array(buffer[..<count])) {
                _ = Self.with(&from) { sendto(udp, answer, answer.count, 0, $0, size) }
            }
        }
    }

    private func serveStreams(_ body: @escaping Stream) {
        while true {
            let descriptor = accept(tcp, nil, nil)
            if descriptor < 0 { return }
            connectionsSeen.add(1, ordering: .relaxed)
            Self.thread {
                body(StreamPeer(descriptor: descriptor))
                close(descriptor)
            }
        }
    }

    private static func bindBoth() -> (Int32, Int32, SocketAddress) {
        while true {
            let udp = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
            let tcp = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = with(&name) { bind(tcp, $0, size) } == 0 && with(&name) { getsockname(tcp, $0, &size) } == 0
            if isBound, with(&name, { bind(udp, $0, size) }) == 0 {
                let port = UInt16(bigEndian: name.sin_port)
                return (udp, tcp, SocketAddress(.v4(IPv4Address(127, 0, 0, 1)), port: port))
            }
            close(udp)
            close(tcp)
        }
    }

    private static func with<Result>(_ name: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Result)
        -> Result
    {
        withUnsafeMutablePointer(to: &name) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) } }
    }

    private static func thread(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(body))
        pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }

    private final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}

/// The server's end of one TCP connection.
struct StreamPeer: Sendable {
    let descriptor: Int32

    /// The next message; nil at the end.
    func read() -> [UInt8]? {
        guard let length = read(2), let message = read(Int(length[0]) << 8 | Int(length[1])) else { return nil }
        return message
    }

    func write(_ message: [UInt8]) {
        writeRaw([UInt8(message.count >> 8), UInt8(message.count & 255)] + message)
    }

    func writeRaw(_ bytes: [UInt8]) { _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    private func read(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + done, count - done, 0) }
            if got <= 0 { return nil }
            done += got
        }
        return bytes
    }
}
