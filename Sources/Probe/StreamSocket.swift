// A TCP connection of this host's own, with a limit on every wait. For threads that may wait.

internal import Glibc
internal import LinuxIO
internal import NetAddress

struct StreamSocket: ~Copyable {
    private let socket: OwnedDescriptor

    /// Connects. ETIMEDOUT: not until `deadline`.
    init(to server: SocketAddress, from source: IPAddress? = nil, until deadline: ContinuousClock.Instant)
        throws(Errno)
    {
        let family = server.address.bitWidth == 32 ? AF_INET : AF_INET6
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let raw = Glibc.socket(family, type, 0)
        guard raw >= 0 else { throw Errno(code: errno) }
        let socket = OwnedDescriptor(adopting: raw)
        if let source {
            let local = SocketAddress(source, port: 0, scope: server.scope)
            guard SocketName.lend(local, to: { bind(raw, $0, $1) }) == 0 else { throw Errno(code: errno) }
        }
        if SocketName.lend(server, to: { connect(raw, $0, $1) }) != 0 {
            let code = errno
            guard code == EINPROGRESS || code == EINTR else { throw Errno(code: code) }
            guard try Readiness.wait(raw, for: .output, until: deadline) else { throw .timedOut }
            try Self.check(raw)
        }
        self.socket = socket
    }

    /// What became of a connect(2) that took its time.
    private static func check(_ raw: Int32) throws(Errno) {
        var code: Int32 = 0
        var size: socklen_t = 4
        guard getsockopt(raw, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else { throw Errno(code: errno) }
        if code != 0 { throw Errno(code: code) }
    }

    /// Sends all of it.
    borrowing func write(_ bytes: [UInt8], until deadline: ContinuousClock.Instant) throws(Errno) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(socket.raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else {
                try Self.pause(socket.raw, for: .output, until: deadline)
            }
        }
    }

    /// Exactly `count` octets. ECONNRESET: the connection ended before.
    borrowing func read(_ count: Int, until deadline: ContinuousClock.Instant) throws(Errno) -> [UInt8] {
        var bytes: [UInt8] = []
        var room = [UInt8](repeating: 0, count: max(count, 1))
        while bytes.count < count {
            let got = recv(socket.raw, &room, count - bytes.count, 0)
            if got == 0 { throw .connectionReset }
            if got > 0 {
                bytes += room[..<got]
            } else {
                try Self.pause(socket.raw, for: .input, until: deadline)
            }
        }
        return bytes
    }

    /// After a call that failed: waits if that was for want of bytes or room.
    private static func pause(_ raw: Int32, for side: Readiness.Side, until deadline: ContinuousClock.Instant)
        throws(Errno)
    {
        let code = errno
        if code == EINTR { return }
        guard code == EWOULDBLOCK else { throw Errno(code: code) }
        guard try Readiness.wait(raw, for: side, until: deadline) else { throw .timedOut }
    }
}

/// sockaddr_in and sockaddr_in6 (RFC 3493 section 3.3).
enum SocketName {
    static func lend<Result>(_ address: SocketAddress, to body: (UnsafePointer<sockaddr>, socklen_t) -> Result)
        -> Result
    {
        switch address.address {
        case .v4(let v4):
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = address.port.bigEndian
            name.sin_addr.s_addr = v4.rawValue.bigEndian
            return lend(name, to: body)
        case .v6(let v6):
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            name.sin6_port = address.port.bigEndian
            withUnsafeMutableBytes(of: &name.sin6_addr) { bytes in
                bytes.storeBytes(of: v6.high.bigEndian, as: UInt64.self)
                bytes.storeBytes(of: v6.low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            name.sin6_scope_id = v6.isLinkLocal ? address.scope : 0
            return lend(name, to: body)
        }
    }

    private static func lend<Name, Result>(_ name: Name, to body: (UnsafePointer<sockaddr>, socklen_t) -> Result)
        -> Result
    {
        withUnsafePointer(to: name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<Name>.size))
            }
        }
    }
}

extension Errno {
    static let timedOut = Errno(code: ETIMEDOUT)
    static let connectionReset = Errno(code: ECONNRESET)
    static let brokenPipe = Errno(code: EPIPE)
}
