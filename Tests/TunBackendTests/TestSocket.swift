import Glibc
import Testing

/// A blocking socket that gives up after two seconds.
final class TestSocket {
    let raw: Int32

    init(_ family: Int32, _ type: __socket_type) throws {
        raw = Glibc.socket(family, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        try #require(raw >= 0)
        limit()
    }

    init(adopting raw: Int32) {
        self.raw = raw
        limit()
    }

    deinit { close(raw) }

    private func limit() {
        var span = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &span, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(raw, SOL_SOCKET, SO_SNDTIMEO, &span, socklen_t(MemoryLayout<timeval>.size))
    }

    /// A client of the NAT64's, at the device's own IPv6 address.
    static func client(_ type: __socket_type, to address: String, _ port: UInt16) throws -> TestSocket {
        let socket = try TestSocket(AF_INET6, type)
        try #require(socket.connect(address, port) == 0, "connect to \(address): \(errno)")
        return socket
    }

    static func server(_ type: __socket_type, at address: String, _ port: UInt16) throws -> TestSocket {
        let socket = try TestSocket(address.contains(":") ? AF_INET6 : AF_INET, type)
        try #require(withAddress(address, port) { Glibc.bind(socket.raw, $0, $1) } == 0, "bind: \(errno)")
        if type == SOCK_STREAM { try #require(listen(socket.raw, 10) == 0) }
        return socket
    }

    func connect(_ address: String, _ port: UInt16) -> Int32 {
        Self.withAddress(address, port) { Glibc.connect(raw, $0, $1) }
    }

    func send(_ payload: [UInt8]) throws {
        try #require(Glibc.send(raw, payload, payload.count, Int32(MSG_NOSIGNAL)) == payload.count)
    }

    func receive() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = recv(raw, &bytes, bytes.count, 0)
        return count < 0 ? nil : Array(bytes.prefix(count))
    }

    /// Takes a datagram and sends it back; the IPv4 address that it came from.
    func echo() throws -> String {
        var bytes = [UInt8](repeating: 0, count: 65536)
        var name = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let raw = raw
        let count = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { recvfrom(raw, &bytes, bytes.count, 0, $0, &size) }
        }
        try #require(count >= 0, "nothing came: \(errno)")
        let sent = withUnsafePointer(to: name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { sendto(raw, bytes, count, 0, $0, size) }
        }
        try #require(sent == count)
        return withUnsafeBytes(of: name.sin_addr.s_addr) { $0.map(String.init).joined(separator: ".") }
    }

    func accept() throws -> TestSocket {
        let peer = Glibc.accept(raw, nil, nil)
        try #require(peer >= 0, "nobody came: \(errno)")
        return TestSocket(adopting: peer)
    }

    private static func withAddress(
        _ text: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var v4 = sockaddr_in()
        if inet_pton(AF_INET, text, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            return withUnsafePointer(to: v4) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, 16) }
            }
        }
        var v6 = sockaddr_in6()
        inet_pton(AF_INET6, text, &v6.sin6_addr)
        v6.sin6_family = sa_family_t(AF_INET6)
        v6.sin6_port = port.bigEndian
        return withUnsafePointer(to: v6) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, 28) }
        }
    }
}
