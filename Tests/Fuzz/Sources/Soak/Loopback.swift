// Sockets on 127.0.0.1.

internal import Foundation
internal import Glibc

struct SoakError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

enum Loopback {
    /// A UDP and a listening TCP socket on one free port.
    static func bind() throws -> (datagrams: CInt, streams: CInt, port: UInt16) {
        for _ in 0..<50 {
            let datagrams = socket(AF_INET, CInt(SOCK_DGRAM.rawValue), 0)
            let streams = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            if use(address(0), { Glibc.bind(datagrams, $0, $1) }) == 0 {
                let port = port(of: datagrams)
                if use(address(port), { Glibc.bind(streams, $0, $1) }) == 0, listen(streams, 128) == 0 {
                    return (datagrams, streams, port)
                }
            }
            close(datagrams)
            close(streams)
        }
        throw SoakError("no free port")
    }

    /// A port that was free a moment ago.
    static func freePort() throws -> UInt16 {
        let bound = try bind()
        close(bound.datagrams)
        close(bound.streams)
        return bound.port
    }

    /// A socket connected to `port`, whose reads wait `seconds` at most.
    static func connect(_ port: UInt16, isStream: Bool, seconds: Int) throws -> CInt {
        let descriptor = socket(AF_INET, CInt(isStream ? SOCK_STREAM.rawValue : SOCK_DGRAM.rawValue), 0)
        // A timeval: seconds and microseconds.
        let limit = [seconds, 0]
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, limit, socklen_t(2 * MemoryLayout<Int>.size))
        guard descriptor >= 0, use(address(port), { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            let why = String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            throw SoakError("no connection to port \(port): \(why)")
        }
        return descriptor
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    private static func port(of descriptor: CInt) -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func use(_ address: sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// Messages on a stream, each behind its length (RFC 1035 section 4.2.2).
enum StreamFrame {
    static func read(_ stream: CInt) -> [UInt8]? {
        guard let head = exactly(2, stream) else { return nil }
        return exactly(Int(head[0]) << 8 | Int(head[1]), stream)
    }

    static func write(_ message: [UInt8], to stream: CInt) -> Bool {
        let frame = [UInt8(truncatingIfNeeded: message.count >> 8), UInt8(truncatingIfNeeded: message.count)] + message
        return send(stream, frame, frame.count, CInt(MSG_NOSIGNAL)) == frame.count
    }

    private static func exactly(_ count: Int, _ stream: CInt) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var have = 0
        while have < count {
            let got = bytes.withUnsafeMutableBytes { recv(stream, $0.baseAddress.map { $0 + have }, count - have, 0) }
            guard got > 0 else { return nil }
            have += got
        }
        return bytes
    }
}
