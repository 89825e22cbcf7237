// Tests with real devices run in a network namespace of their own, which goes away with what is in it.

import Glibc
import Testing

@testable import TunDevice

/// Says that a test did not run.
func notRun(_ why: String) {
    print(why)
    #expect(getenv("CI").map { String(cString: $0) } != "true", "\(why)")
}

enum Namespace {
    /// Runs `body` in a new network namespace with `lo` up; the thread comes back to where it was. `body` must not
    /// leave its thread.
    static func run(_ test: String = #function, _ body: () throws -> Void) throws {
        guard geteuid() == 0, access("/dev/net/tun", R_OK | W_OK) == 0 else {
            notRun("\(test): not run, needs root and /dev/net/tun")
            return
        }
        let before = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
        try #require(before >= 0)
        defer { close(before) }
        try #require(call("unshare", CLONE_NEWNET, 0) == 0)
        defer { if call("setns", before, CLONE_NEWNET) != 0 { abort() } }
        try ip("link set lo up")
        try body()
    }

    /// ip(8), in this thread's namespace.
    static func ip(_ arguments: String) throws {
        let words = ["ip"] + arguments.split(separator: " ").map(String.init)
        var pointers = words.map { strdup($0) } + [nil]
        defer { pointers.forEach { free($0) } }
        var child = pid_t()
        try #require(posix_spawnp(&child, "ip", nil, nil, &pointers, environ) == 0)
        var status: Int32 = 0
        try #require(waitpid(child, &status, 0) == child)
        try #require(status == 0, "ip \(arguments): \(status)")
    }

    /// The kernel leads packets to a new IPv6 address of this host a moment after `ip` has returned.
    ///
    /// - Parameter digits: all 32 of the address.
    static func awaitAddress(_ digits: String) throws {
        for _ in 0..<1000 {
            guard let file = fopen("/proc/thread-self/net/ipv6_route", "r") else { break }
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 512)
            while fgets(&line, Int32(line.count), file) != nil {
                let text = String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if text.hasPrefix("\(digits) 80 ") { return }
            }
            usleep(5000)
        }
        Issue.record("the address \(digits) never came")
    }

    private static let CLONE_NEWNET: Int32 = 0x4000_0000

    /// <sched.h> hides both behind _GNU_SOURCE; a second argument too many does no harm.
    private static func call(_ name: String, _ first: Int32, _ second: Int32) -> Int32 {
        guard let symbol = dlsym(nil, name) else { return -1 }
        typealias Function = @convention(c) (Int32, Int32) -> Int32
        return unsafeBitCast(symbol, to: Function.self)(first, second)
    }
}

/// A bound UDP socket, or a TCP one on its way.
final class TestSocket {
    let raw: Int32

    init(_ family: Int32, _ type: __socket_type) throws {
        raw = Glibc.socket(family, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        try #require(raw >= 0)
        var span = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &span, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(raw) }

    func bind(_ address: String, _ port: UInt16) throws {
        try #require(Self.withAddress(address, port) { Glibc.bind(raw, $0, $1) } == 0, "bind: \(errno)")
    }

    func connect(_ address: String, _ port: UInt16) -> Int32 {
        Self.withAddress(address, port) { Glibc.connect(raw, $0, $1) }
    }

    func send(_ payload: [UInt8]) throws {
        try #require(Glibc.send(raw, payload, payload.count, 0) == payload.count, "send: \(errno)")
    }

    func receive() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = recv(raw, &bytes, bytes.count, 0)
        return count < 0 ? nil : Array(bytes.prefix(count))
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
