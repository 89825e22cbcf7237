import Glibc
import HostNetwork
import LinuxIO
import NAT64Backend
import NetAddress
import Synchronization
import Testing
import TunDevice

@testable import TunBackend

/// A running backend with this host as client and server: 64:ff9b::10.99.0.1 is its own 10.99.0.1.
@Suite struct TunBackendTests {
    private static let server = "64:ff9b::a63:1"

    private func withBackend(
        _ plan: NAT64Plan = .wellKnown, _ options: TunBackend.Options = TunBackend.Options(),
        _ body: (TunBackend, TestHost) async throws -> Void
    ) async throws {
        let host = TestHost()
        let backend = TunBackend(options: options, host: host)
        try await backend.apply(plan)
        try await body(backend, host)
        try await backend.stop()
        #expect(throws: Errno.self) { try NetworkInterface(named: options.device).index() }
        #expect(host.undone == 1)
    }

    @Test func datagramsAndConnectionsGetThrough() async throws {
        try await Trial.run {
            try await withBackend { backend, _ in
                #expect(await backend.status().health == .good)
                let service = try TestSocket.server(SOCK_DGRAM, at: "10.99.0.1", 5000)
                let client = try TestSocket.client(SOCK_DGRAM, to: Self.server, 5000)
                for size in [1, 100, 1400, 4000] {
                    try client.send([UInt8](repeating: 7, count: size))
                    #expect(try service.echo() == "192.168.255.1")
                    #expect(client.receive() == [UInt8](repeating: 7, count: size))
                }
                let listener = try TestSocket.server(SOCK_STREAM, at: "10.99.0.1", 80)
                let stream = try TestSocket.client(SOCK_STREAM, to: Self.server, 80)
                let accepted = try listener.accept()
                let data = (0..<60_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
                try stream.send(data)
                var received: [UInt8] = []
                while received.count < data.count, let part = accepted.receive(), !part.isEmpty { received += part }
                #expect(received == data)
                try await expectViews(of: backend)
            }
        }
    }

    private func expectViews(of backend: TunBackend) async throws {
        let status = await backend.status()
        #expect(status.sessions == 2 && status.bindings == 2 && status.sessionLimit == 1_000_000)
        #expect(status.details.contains(.init("device", "nat64")))
        var selection = EntrySelection()
        selection.proto = .tcp
        let streams = try await backend.sessions(selection, after: nil, limit: 10)
        #expect(streams.next == nil && streams.entries.count == 1)
        let entry = try #require(streams.entries.first)
        #expect(entry.remote == TransportAddress4("10.99.0.1", 80) && entry.state == "established")
        #expect(entry.remote6 == TransportAddress6(Self.server, 80))
        #expect(entry.client.address == IPv6Address("fd00:64::1")!)
        let statistics = try await backend.statistics()
        #expect(statistics.first { $0.name == "sessions-created" }?.value == 2)
        #expect(statistics.first { $0.name == "tun-packets-read" }.map { $0.value > 4 } == true)
        #expect(Set(statistics.map(\.name)).count == statistics.count)
        // One at a time.
        let first = try await backend.bindings(.all, after: nil, limit: 1)
        #expect(first.entries.count == 1)
        let next = try #require(first.next)
        let second = try await backend.bindings(.all, after: next, limit: 1)
        #expect(second.entries.count == 1 && second.entries != first.entries)
        #expect(try await backend.drop(selection) == 1)
        #expect(await backend.status().sessions == 1)
        await #expect(throws: BackendFailure.self) { try await backend.sessions(.all, after: "x", limit: 1) }
    }

    @Test func staticBindingsLetServersBeReached() async throws {
        try await Trial.run {
            try await withBackend { backend, host in
                let binding = StaticBinding(
                    proto: .udp, client: TransportAddress6("fd00:64::1", 7000),
                    public: TransportAddress4("203.0.113.9", 8000))
                try await backend.bind(binding)
                #expect(host.applied.last?.forwards.count == 1)
                // What the host's port forwarding does is left out: the inner address is asked.
                let service = try TestSocket.server(SOCK_DGRAM, at: "fd00:64::1", 7000)
                let client = try TestSocket(AF_INET, SOCK_DGRAM)
                try #require(client.connect("192.168.255.1", 8000) == 0)
                try client.send([1, 2])
                #expect(service.receive() == [1, 2])
                let entries = try await backend.bindings(.all, after: nil, limit: 10).entries
                #expect(entries.count == 1 && entries[0].isStatic && entries[0].sessions == 1)
                // Shown as whoever made it calls it, and found by that.
                #expect(entries[0].public == binding.public)
                var selection = EntrySelection()
                selection.publicPrefix = IPPrefix("203.0.113.0/24")!
                #expect(try await backend.sessions(selection, after: nil, limit: 10).entries.count == 1)
                var twin = binding
                twin.client.port = 7001
                await #expect(throws: BackendFailure.self) { try await backend.bind(twin) }
                host.fail(BackendFailure(.refused, "no more"))
                twin.public.port = 8001
                await #expect(throws: BackendFailure.self) { try await backend.bind(twin) }
                host.fail(nil)
                #expect(try await backend.bindings(.all, after: nil, limit: 10).entries.count == 1)
                try await backend.unbind(.udp, binding.public)
                #expect(try await backend.bindings(.all, after: nil, limit: 10).entries.isEmpty)
                #expect(host.applied.last?.forwards.isEmpty == true)
                await #expect(throws: BackendFailure.self) { try await backend.unbind(.udp, binding.public) }
            }
        }
    }

    @Test func healthFollowsTheDevice() async throws {
        try await Trial.run {
            try await withBackend { backend, _ in
                let seen = Mutex<[BackendHealth]>([])
                backend.observeHealth { health in seen.withLock { $0.append(health) } }
                func codes() async -> [String] {
                    guard case .bad(let reasons) = await backend.status().health else { return [] }
                    return reasons.map(\.code)
                }
                #expect(await codes() == [])
                try Trial.ip("link set nat64 down")
                #expect(await codes() == ["device-down"])
                try Trial.ip("link set nat64 up")
                try await Trial.eventually("good again by itself") { await codes() == [] }
                // So quickly that nobody saw it.
                try Trial.ip("link set nat64 down")
                try Trial.ip("link set nat64 up")
                try await Trial.eventually("good again by itself") { await codes() == [] }
                try Trial.ip("link delete nat64")
                try await Trial.eventually("made anew") { await codes() == [] }
                try expectEcho()
                try Trial.ip("route delete 64:ff9b::/96 dev nat64")
                #expect(await codes() == ["no-prefix-route"])
                try Trial.ip("route add 64:ff9b::/96 dev nat64")
                try Trial.ip("route delete default")
                #expect(await codes() == ["no-ipv4-route"])
                let file = open("/proc/sys/net/ipv6/conf/all/forwarding", O_WRONLY)
                _ = write(file, "0", 1)
                close(file)
                #expect(await codes() == ["no-ipv4-route", "forwarding-off"])
                let story = seen.withLock { $0 }
                #expect(story.first == .good && story.count >= 4)
                #expect(zip(story, story.dropFirst()).allSatisfy { $0 != $1 })
            }
        }
    }

    private func expectEcho() throws { #expect(try isEchoed()) }

    private func isEchoed() throws -> Bool {
        let service = try TestSocket.server(SOCK_DGRAM, at: "10.99.0.1", 5000)
        let client = try TestSocket.client(SOCK_DGRAM, to: Self.server, 5000)
        try client.send([1])
        _ = try service.echo()
        return client.receive() == [1]
    }

    @Test func severalThreadsShareTheWork() async throws {
        try await Trial.run {
            var options = TunBackend.Options()
            options.queues = 3
            try await withBackend(.wellKnown, options) { backend, _ in
                try Trial.ip("address add fd00:64:0:1::1/128 dev lo")
                let service = try TestSocket.server(SOCK_DGRAM, at: "10.99.0.1", 5000)
                let clients = try (0..<40).map { _ in try TestSocket.client(SOCK_DGRAM, to: Self.server, 5000) }
                for round in 0..<3 {
                    for (number, client) in clients.enumerated() {
                        try client.send([UInt8(number), UInt8(round)])
                        _ = try service.echo()
                        #expect(client.receive() == [UInt8(number), UInt8(round)])
                    }
                }
                let status = await backend.status()
                #expect(status.sessions == 40 && status.health == .good)
                var cursor: String?
                var count = 0
                repeat {
                    let page = try await backend.sessions(.all, after: cursor, limit: 7)
                    count += page.entries.count
                    cursor = page.next
                } while cursor != nil
                #expect(count == 40)
                // One subscriber is one thread's: the other two hand its packets over.
                let statistics = try await backend.statistics()
                #expect(statistics.first { $0.name == "handed-over" }.map { $0.value > 0 } == true)
                var plan = NAT64Plan.wellKnown
                plan.staticBindings = [
                    StaticBinding(
                        proto: .tcp, client: TransportAddress6("fd00::1", 1), public: TransportAddress4("10.0.0.1", 1))
                ]
                let asked = plan
                await #expect(throws: BackendFailure.self) { try await backend.apply(asked) }
            }
        }
    }

    @Test func bindingsAreLogged() async throws {
        try await Trial.run {
            let path = "/tmp/tun-backend-\(getpid()).log"
            defer { unlink(path) }
            var plan = NAT64Plan.wellKnown
            plan.log.detail = .bindings
            plan.log.file = path
            try await withBackend(plan) { backend, _ in
                try expectEcho()
                _ = try await backend.drop(.all)
                try await Trial.eventually("two lines") { contents(path).count == 2 }
                let lines = contents(path)
                #expect(lines[0].contains(#""event":"bind","proto":"udp","client":"fd00:64::1""#))
                #expect(lines[1].contains(#""event":"unbind""#))
                var other = plan
                other.log.detail = .none
                try await backend.apply(other)
                try expectEcho()
                #expect(contents(path).count == 2)
            }
        }
    }

    private func contents(_ path: String) -> [Substring] {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let file = open(path, O_RDONLY)
        defer { close(file) }
        let count = max(0, read(file, &bytes, bytes.count))
        return String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n")
    }

    @Test func aPlanHoldsAsAWholeOrNotAtAll() async throws {
        try await Trial.run {
            let host = TestHost()
            let backend = TunBackend(options: TunBackend.Options(), host: host)
            #expect(try await backend.preview(.wellKnown).count == 2)
            await #expect(throws: BackendFailure.self) { try await backend.statistics() }
            host.fail(BackendFailure(.conflict, "a route is there already"))
            await #expect(throws: BackendFailure(.conflict, "a route is there already")) {
                try await backend.apply(.wellKnown)
            }
            #expect(throws: Errno.self) { try NetworkInterface(named: "nat64").index() }
            host.fail(nil)
            try await backend.apply(.wellKnown)
            try expectEcho()
            var plan = NAT64Plan.wellKnown
            plan.pool4 = [Pool4Range(prefix: IPPrefix("198.51.100.0/30")!)]
            host.fail(BackendFailure(.refused, "not now"))
            let asked = plan
            await #expect(throws: BackendFailure.self) { try await backend.apply(asked) }
            #expect(await backend.status().sessions == 1)
            host.fail(nil)
            try await backend.apply(plan)
            #expect(await backend.status().health == .good)
            let service = try TestSocket.server(SOCK_DGRAM, at: "10.99.0.1", 5001)
            let client = try TestSocket.client(SOCK_DGRAM, to: Self.server, 5001)
            try client.send([1])
            #expect(try service.echo().hasPrefix("198.51.100."))
            try await backend.stop()
            #expect(throws: Errno.self) { try NetworkInterface(named: "nat64").index() }
            #expect(await backend.status().health == .bad([.notStarted]))
            await #expect(throws: BackendFailure.self) { try await backend.drop(.all) }
        }
    }

    @Test func withTheHostsRealNetwork() async throws {
        try await Trial.run {
            var options = TunBackend.Options()
            options.stateFile = "/tmp/tun-backend-\(getpid()).json"
            let reports = Mutex<[String]>([])
            options.report = { line in reports.withLock { $0.append(line) } }
            let backend = TunBackend(options: options)
            #expect(await backend.obstacles(to: .wellKnown) == [])
            let steps = try await backend.preview(.wellKnown)
            #expect(steps.count > 5 && steps[0].command.contains("tuntap"))
            try await backend.apply(.wellKnown)
            #expect(await backend.status().health == .good)
            #expect(try await backend.preview(.wellKnown) == [])
            try await Trial.eventually("gets through") { try isEchoed() }
            try Trial.ip("link delete nat64")
            try await Trial.eventually("made anew") { await backend.status().health == .good }
            try await Trial.eventually("gets through again") { try isEchoed() }
            try Trial.ip("link set nat64 down")
            try Trial.ip("link set nat64 up")
            try await Trial.eventually("set up again") { await backend.status().health == .good }
            try await Trial.eventually("gets through once more") { try isEchoed() }
            try Trial.ip("link set outside mtu 1400")
            try await Trial.eventually("MSS follows") {
                await backend.status().details.contains(.init("mss-clamp", "1360"))
            }
            try await expectMasqueradingComesBack(backend) { reports.withLock { $0 } }
            try await backend.stop()
            #expect(throws: Errno.self) { try NetworkInterface(named: "nat64").index() }
            #expect(access(options.stateFile, F_OK) != 0)
            #expect(reports.withLock { $0.filter { $0.contains("could not") } } == [])
        }
    }

    /// A firewall is loaded anew: that is noticed long before the next round, told once, and leads to no second look.
    private func expectMasqueradingComesBack(_ backend: TunBackend, _ reports: () -> [String]) async throws {
        #expect(Program.run(["nft", "flush", "ruleset"]) == 0)
        #expect(try await backend.preview(.wellKnown).count == 1)
        try await Trial.eventually("masquerades again") { try await backend.preview(.wellKnown) == [] }
        try await Task.sleep(for: .seconds(2))
        #expect(await backend.status().health == .good)
        #expect(reports().filter { $0.contains("undid") }.count == 1, "\(reports())")
        try await Trial.eventually("gets through after all") { try isEchoed() }
    }

    @Test func otherPortBlocksStartAnew() async throws {
        try await Trial.run {
            try await withBackend { backend, _ in
                try expectEcho()
                var plan = NAT64Plan.wellKnown
                plan.log.detail = .blocks
                try await backend.apply(plan)
                #expect(await backend.status().sessions == 0)
                try expectEcho()
                #expect(await backend.status().sessions == 1)
            }
        }
    }

    @Test func askedFromManySidesAtOnceItKeepsOrder() async throws {
        try await Trial.run {
            try await withBackend { backend, host in
                var plans: [NAT64Plan] = [.wellKnown, .wellKnown]
                plans[1].pool4 = [Pool4Range(prefix: IPPrefix("198.51.100.0/30")!)]
                let choices = plans
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<12 {
                        group.addTask { try? await backend.apply(choices[number % 2]) }
                        group.addTask { _ = await backend.status() }
                        group.addTask { _ = try? await backend.drop(.all) }
                    }
                }
                try await backend.apply(.wellKnown)
                try expectEcho()
                #expect(host.applied.count >= 14)
            }
        }
    }
}
