// Signals, the service manager's protocol (sd_notify), and sockets that come from it (LISTEN_FDS).

import Foundation
import Testing

@Suite(.ownThread) struct LifecycleTests {
    /// The service manager's end of sd_notify.
    private final class Manager {
        let path: String
        let socket: Socket
        private var seen: [String] = []

        init(_ house: House) throws {
            path = house.path("notify.sock")
            socket = try Socket(SOCK_DGRAM, AF_UNIX)
            try socket.bind(path: path)
        }

        /// Waits for a message with this line, and gives it back.
        func message(with line: String, within seconds: Double = 10) -> String? {
            let end = Clock.now + seconds
            while Clock.now < end {
                guard let bytes = socket.receive(within: end - Clock.now) else { return nil }
                let text = String(decoding: bytes, as: UTF8.self)
                if text.split(separator: "\n").contains(where: { $0 == line }) { return text }
            }
            return nil
        }
    }

    @Test func theServiceManagerIsTold() throws {
        try withHouse { house throws in
            let manager = try Manager(house)
            let daemon = try Daemon(
                house, environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "400000"])
            let ready = manager.message(with: "READY=1")
            #expect(ready?.contains("STATUS=") == true)
            #expect(manager.message(with: "WATCHDOG=1", within: 2) != nil)
            #expect(manager.message(with: "WATCHDOG=1", within: 2) != nil, "again and again")
            daemon.child.signal(SIGHUP)
            let reloading = try #require(manager.message(with: "RELOADING=1"))
            let line = try #require(reloading.split(separator: "\n").first { $0.hasPrefix("MONOTONIC_USEC=") })
            let stamp = try #require(Double(line.dropFirst(15)))
            #expect(abs(stamp / 1e6 - Clock.now) < 5, "CLOCK_MONOTONIC, microseconds")
            #expect(manager.message(with: "READY=1") != nil)
            daemon.child.signal(SIGTERM)
            #expect(manager.message(with: "STOPPING=1") != nil)
            #expect(daemon.child.wait(seconds: 2) == .exit(0))
        }
    }

    @Test func terminationDrains() throws {
        try withHouse { house throws in
            let upstream = try FakeUpstream(house, FakeUpstream.ipv4Only(after: 0.4))
            let daemon = try Daemon(house, "upstream: [{ zone: ., servers: [\(upstream.endpoint.text)] }]")
            let socket = try Socket(SOCK_DGRAM, AF_INET)
            try socket.connect(daemon.v4)
            socket.send(DNS.query("pending.example.").bytes)
            let stream = try StreamClient(daemon.v6)
            stream.send(.query("streamed.example."))
            #expect(eventually { upstream.asked.count >= 4 })
            let start = Clock.now
            daemon.child.signal(SIGTERM)
            #expect(
                socket.receive(within: 3).flatMap { DNS($0) }?.addresses == ["64:ff9b::c000:201"],
                "what waits is answered")
            #expect(stream.receive(within: 3)?.addresses == ["64:ff9b::c000:201"])
            #expect(daemon.child.wait(seconds: 3) == .exit(0))
            #expect(Clock.now - start < 2)
            #expect(access(daemon.socket, F_OK) != 0, "the control socket is gone")
            _ = try Daemon(house)
        }
    }

    @Test func terminationWithASilentUpstream() throws {
        try withHouse { house throws in
            let upstream = try FakeUpstream(house) { _, _ in [.silence] }
            let daemon = try Daemon(
                house, "upstream: [{ zone: ., servers: [\(upstream.endpoint.text)], timeout: 30s }]")
            let socket = try Socket(SOCK_DGRAM, AF_INET)
            try socket.connect(daemon.v4)
            socket.send(DNS.query("never.example.").bytes)
            #expect(eventually { upstream.asked.count >= 1 })
            let start = Clock.now
            daemon.child.signal(SIGTERM)
            #expect(daemon.child.wait(seconds: 4) == .exit(0))
            #expect(Clock.now - start < 2)
        }
    }

    /// Sockets that somebody else has opened; `listen` is not used then. The shell becomes the daemon, so that
    /// LISTEN_PID fits.
    @Test func socketActivation() throws {
        try withHouse { house throws in
            let endpoint = Endpoint("127.0.0.1", try Ports.free())
            let datagrams = try Socket(SOCK_DGRAM, AF_INET)
            try datagrams.bind(endpoint)
            let streams = try Socket(SOCK_STREAM, AF_INET)
            try streams.bind(endpoint)
            listen(streams.descriptor, 16)
            let unused = try Ports.free()
            let daemon = try Daemon(
                house, environment: ["LISTEN_FDS": "2", "LISTEN_FDNAMES": "dns:dns"],
                prefix: ["sh", "-c", "LISTEN_PID=$$ exec \"$@\"", "sh"], listen: "\"127.0.0.1:\(unused)\"",
                descriptors: [datagrams.descriptor, streams.descriptor])
            #expect(try house.dig(endpoint, "ipv4only.arpa AAAA").data("AAAA").count == 2)
            #expect(try house.dig(endpoint, "+tcp ipv4only.arpa AAAA").data("AAAA").count == 2)
            #expect(try Ask.udp(Endpoint("127.0.0.1", unused), .query("ipv4only.arpa."), within: 0.3) == nil)
            #expect(try daemon.ctl("reload").status == 0)
            #expect(try house.dig(endpoint, "ipv4only.arpa AAAA").data("AAAA").count == 2, "a reload keeps them")
            let listening = try daemon.json("status")["listenAddresses"] as? [String] ?? []
            #expect(listening.contains("127.0.0.1:\(endpoint.port)"), "\(listening)")
        }
    }

    @Test func socketsForAnotherProcessAreLeftAlone() throws {
        try withHouse { house throws in
            let datagrams = try Socket(SOCK_DGRAM, AF_INET)
            try datagrams.bind(Endpoint("127.0.0.1", try Ports.free()))
            let daemon = try Daemon(
                house, environment: ["LISTEN_FDS": "1", "LISTEN_PID": "1"], descriptors: [datagrams.descriptor])
            #expect(try daemon.aaaa("ipv4only.arpa.").count == 2, "it listens where the configuration says")
        }
    }
}
