// Sockets of the tests' own on the machines of a NAT64's world: UDP with many peers, TCP that listens.

import Foundation
import Testing

extension Socket {
    /// A bound UDP socket.
    static func datagram(_ place: Namespace, _ address: String, port: UInt16 = 0) throws -> Socket {
        try place.enter {
            let socket = try Socket(SOCK_DGRAM, Endpoint(address, port).family)
            try socket.bind(Endpoint(address, port))
            return socket
        }
    }

    /// A TCP socket that listens.
    static func listening(_ place: Namespace, _ address: String, port: UInt16) throws -> Socket {
        try place.enter {
            let socket = try Socket(SOCK_STREAM, Endpoint(address, port).family)
            socket.set(SOL_SOCKET, SO_REUSEADDR, 1)
            try socket.bind(Endpoint(address, port))
            guard listen(socket.descriptor, 64) == 0 else { throw failure("listen") }
            return socket
        }
    }

    /// A TCP connection from an address, within the time.
    static func connected(
        _ place: Namespace, _ address: String, to endpoint: Endpoint, within seconds: Int = 20
    ) throws -> Socket {
        try place.enter {
            let socket = try Socket(SOCK_STREAM, endpoint.family)
            // The system call waits no longer than this.
            var time = timeval(tv_sec: seconds, tv_usec: 0)
            setsockopt(socket.descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
            try socket.bind(Endpoint(address, 0))
            try socket.connect(endpoint)
            return socket
        }
    }

    func accept(within seconds: Double = 20) throws -> Socket {
        guard isReadable(within: seconds) else { throw HarnessError("nobody connected") }
        let descriptor = Glibc.accept(self.descriptor, nil, nil)
        guard descriptor >= 0 else { throw Self.failure("accept") }
        return Socket(adopting: descriptor)
    }

    @discardableResult
    func send(_ bytes: [UInt8], to endpoint: Endpoint) -> Bool {
        endpoint.with { sendto(descriptor, bytes, bytes.count, 0, $0, $1) } == bytes.count
    }

    /// One datagram and where it came from.
    func receiveWithSource(within seconds: Double = 20) -> (bytes: [UInt8], source: Endpoint)? {
        guard isReadable(within: seconds) else { return nil }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let count = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                recvfrom(descriptor, &buffer, buffer.count, 0, $0, &length)
            }
        }
        guard count >= 0 else { return nil }
        return (Array(buffer[0..<count]), Endpoint(storage))
    }

    /// Its own address and port.
    var name: Endpoint {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return Endpoint(storage)
    }

    /// Who is on the other side.
    var peer: Endpoint {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) }
        }
        return Endpoint(storage)
    }

    /// ICMPv6 errors of every kind are told to this connected UDP socket (IPV6_RECVERR).
    func tellErrors() { set(Int32(IPPROTO_IPV6), 25, 1) }

    /// The error that came for this socket, within the time; 0 if none did.
    func error(within seconds: Double) -> Int32 {
        var value: Int32 = 0
        _ = eventually(within: seconds) {
            var length = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &length)
            return value != 0
        }
        return value
    }
}

extension Endpoint {
    init(_ storage: sockaddr_storage) {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let port: UInt16 = withUnsafeBytes(of: storage) { raw in
            if storage.ss_family == sa_family_t(AF_INET6) {
                var address = raw.loadUnaligned(as: sockaddr_in6.self)
                inet_ntop(AF_INET6, &address.sin6_addr, &text, socklen_t(text.count))
                return UInt16(bigEndian: address.sin6_port)
            }
            var address = raw.loadUnaligned(as: sockaddr_in.self)
            inet_ntop(AF_INET, &address.sin_addr, &text, socklen_t(text.count))
            return UInt16(bigEndian: address.sin_port)
        }
        self.init(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self), port)
    }
}

/// A connection through the translator that lives for a whole test and is asked now and then.
struct LivingFlow {
    let near: Socket
    let far: Socket

    /// From the client to a port of the server.
    init(_ world: NAT64World, _ place: Namespace, _ address: String, port: UInt16) throws {
        let listener = try Socket.listening(world.server, NAT64World.serverAddress, port: port)
        near = try Socket.connected(place, address, to: Endpoint(NAT64World.server6, port))
        far = try listener.accept()
    }

    /// Whether a line goes there and another comes back.
    func lives(_ word: String, within seconds: Double = 20) -> Bool {
        let (there, back) = (Array("\(word) there\n".utf8), Array("\(word) back\n".utf8))
        guard near.send(there), far.receive(exactly: there.count, within: seconds) == there else { return false }
        return far.send(back) && near.receive(exactly: back.count, within: seconds) == back
    }
}
