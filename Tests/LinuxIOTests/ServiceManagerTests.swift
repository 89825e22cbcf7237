import Glibc
import NetAddress
import Testing

@testable import LinuxIO

/// The service manager's end of NOTIFY_SOCKET.
private struct NotifySocket: ~Copyable {
    let socket: OwnedDescriptor

    /// `name` as in NOTIFY_SOCKET.
    init(_ name: String) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var octets = Array(name.utf8)
        if octets[0] == UInt8(ascii: "@") { octets[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: octets) }
        let size = socklen_t(2 + octets.count + (octets[0] == 0 ? 0 : 1))
        let raw = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        socket = OwnedDescriptor(adopting: raw)
        let bound = withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { bind(raw, $0.baseAddress, size) }
        }
        precondition(bound == 0)
    }

    func next() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(socket.raw, &buffer, buffer.count, 0)
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }
}

@Suite struct ServiceManagerTests {
    @Test(arguments: ["@linuxio-test-\(getpid())", "/tmp/linuxio-test-\(getpid()).sock"])
    func noticesArriveAsLines(name: String) throws {
        let listener = NotifySocket(name)
        defer { unlink(name) }
        let manager = try ServiceManager(environment: ["NOTIFY_SOCKET": name])
        #expect(manager.isPresent)
        try manager.notify(.ready, .status("serving\nwell"))
        try manager.notify(.stopping)
        try manager.notify(.watchdog)
        expectNext(listener, "READY=1\nSTATUS=serving well")
        expectNext(listener, "STOPPING=1")
        expectNext(listener, "WATCHDOG=1")
        try manager.notify(.reloading)
        let notice = listener.next()
        let lines = try #require(notice).split(separator: "\n")
        #expect(lines.first == "RELOADING=1")
        let stamp = try #require(lines.last?.split(separator: "=").last.flatMap { UInt64($0) })
        #expect(lines.last?.hasPrefix("MONOTONIC_USEC=") == true)
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        #expect(abs(Int64(stamp) - Int64(now.tv_sec) * 1_000_000 - Int64(now.tv_nsec) / 1000) < 10_000_000)
    }

    private func expectNext(_ listener: borrowing NotifySocket, _ text: String) {
        let notice = listener.next()
        #expect(notice == text)
    }

    @Test func nobodyListensWithoutTheVariable() throws {
        let manager = try ServiceManager(environment: [:])
        #expect(!manager.isPresent)
        try manager.notify(.ready)
        #expect(manager.watchdogInterval == nil)
    }

    @Test func unusableSocketIsAnError() {
        #expect(throws: Errno.noSuchFile) { try ServiceManager(environment: ["NOTIFY_SOCKET": "/nonexistent/s"]) }
        #expect(throws: Errno.familyNotSupported) { try ServiceManager(environment: ["NOTIFY_SOCKET": "relative"]) }
        let long = "/" + String(repeating: "x", count: 200)
        #expect(throws: Errno.nameTooLong) { try ServiceManager(environment: ["NOTIFY_SOCKET": long]) }
    }

    @Test func watchdogIsOursOnlyIfItSaysSo() throws {
        let usec = "WATCHDOG_USEC"
        let pid = "WATCHDOG_PID"
        #expect(try ServiceManager(environment: [usec: "3000000"]).watchdogInterval == 3_000_000_000)
        #expect(try ServiceManager(environment: [usec: "5", pid: "\(getpid())"]).watchdogInterval == 5000)
        #expect(try ServiceManager(environment: [usec: "5", pid: "1"]).watchdogInterval == nil)
        #expect(try ServiceManager(environment: [usec: "soon"]).watchdogInterval == nil)
        #expect(try ServiceManager(environment: [usec: "0"]).watchdogInterval == nil)
    }

    /// In a process of its own: descriptors 3 to 6 are ours to arrange there.
    @Test func inheritedSocketsAreDescribedAndTheVariablesGone() async {
        await #expect(processExitsWith: .success) {
            let base: Int32 = 200
            let datagram = try DatagramSocket(bind: SocketAddress("127.0.0.1")).release()
            let stream = try ListeningStreamSocket(bind: SocketAddress("::1")).release()
            var ends: [Int32] = [0, 0]
            try #require(pipe(&ends) == 0)
            try #require(dup2(datagram.raw, base) == base)
            try #require(dup2(stream.raw, base + 1) == base + 1)
            try #require(dup2(ends[0], base + 2) == base + 2)
            let list = InheritedSockets.list(count: 4, names: "dns-udp:dns-tcp:", first: base)
            try #require(list.map(\.descriptor) == [base, base + 1, base + 2])
            try #require(list.map(\.name) == ["dns-udp", "dns-tcp", "unknown"])
            try #require(list.map(\.kind) == [.datagram, .listeningStream, .other])
            try #require(list[0].address?.address == IPAddress("127.0.0.1"))
            try #require(list[1].address?.address == IPAddress("::1"))
            try #require(list[2].address == nil)
            for item in list {
                try #require(fcntl(item.descriptor, F_GETFD) & FD_CLOEXEC != 0)
                try #require(fcntl(item.descriptor, F_GETFL) & O_NONBLOCK != 0)
            }
            let adopted = try DatagramSocket(adopting: list[0].take())
            try #require(adopted.localAddress == list[0].address)

            setenv("LISTEN_PID", "1", 1)
            setenv("LISTEN_FDS", "2", 1)
            try #require(InheritedSockets.take().isEmpty)
            try #require(getenv("LISTEN_FDS") == nil && getenv("LISTEN_PID") == nil)
            setenv("LISTEN_PID", "\(getpid())", 1)
            setenv("LISTEN_FDS", "nonsense", 1)
            try #require(InheritedSockets.take().isEmpty)
        }
    }
}
