// Sockets of the tests' own, for what no client program sends.

import Foundation

/// An IP address and a port.
struct Endpoint: Hashable, Sendable {
    let address: String
    let port: UInt16

    init(_ address: String, _ port: UInt16) { (self.address, self.port) = (address, port) }

    var family: Int32 { address.contains(":") ? AF_INET6 : AF_INET }
    /// As the configuration writes it.
    var text: String { family == AF_INET6 ? "\"[\(address)]:\(port)\"" : "\"\(address):\(port)\"" }

    func with<T>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
        if family == AF_INET6 {
            var socket = sockaddr_in6()
            socket.sin6_family = sa_family_t(AF_INET6)
            socket.sin6_port = port.bigEndian
            inet_pton(AF_INET6, address, &socket.sin6_addr)
            return withUnsafePointer(to: &socket) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        }
        var socket = sockaddr_in()
        socket.sin_family = sa_family_t(AF_INET)
        socket.sin_port = port.bigEndian
        inet_pton(AF_INET, address, &socket.sin_addr)
        return withUnsafePointer(to: &socket) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// One descriptor, closed with this object.
final class Socket: @unchecked Sendable {
    let descriptor: Int32

    init(_ type: __socket_type, _ family: Int32) throws {
        descriptor = socket(family, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Self.failure("socket") }
        if family == AF_INET6 { set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
    }

    init(adopting descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    static func failure(_ what: String) -> HarnessError { HarnessError("\(what): \(String(cString: strerror(errno)))") }

    func set(_ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    func bind(_ endpoint: Endpoint) throws {
        guard endpoint.with({ Glibc.bind(descriptor, $0, $1) }) == 0 else { throw Self.failure("bind \(endpoint)") }
    }

    func connect(_ endpoint: Endpoint) throws {
        guard endpoint.with({ Glibc.connect(descriptor, $0, $1) }) == 0 else {
            throw Self.failure("connect \(endpoint)")
        }
    }

    func connect(path: String) throws {
        guard Self.unixAddress(path, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            throw Self.failure("connect \(path)")
        }
    }

    func bind(path: String) throws {
        guard Self.unixAddress(path, { Glibc.bind(descriptor, $0, $1) }) == 0 else {
            throw Self.failure("bind \(path)")
        }
    }

    private static func unixAddress<T>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// Whether there is something to read (or an end) within the time.
    func isReadable(within seconds: Double) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, Int32(max(0, seconds * 1000))) > 0
    }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// One datagram, or what a stream has; nil after the time, empty at a stream's end.
    func receive(within seconds: Double) -> [UInt8]? {
        guard isReadable(within: seconds) else { return nil }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? nil : Array(buffer[0..<count])
    }

    /// So many octets of a stream.
    func receive(exactly count: Int, within seconds: Double) -> [UInt8]? {
        var bytes: [UInt8] = []
        let end = Clock.now + seconds
        while bytes.count < count {
            guard isReadable(within: end - Clock.now) else { return nil }
            var buffer = [UInt8](repeating: 0, count: count - bytes.count)
            let got = recv(descriptor, &buffer, buffer.count, 0)
            guard got > 0 else { return nil }
            bytes += buffer[0..<got]
        }
        return bytes
    }
}
