// Many sessions, too many sessions, and floods: counted, bounded, nothing else harmed.

import Foundation
import Testing

@Suite(.nat64Turns, .ownThread, .needsNamespaces) struct NAT64LimitTests {
    private static let noQuota = "quota: { sessions-per-client: 0, ports-per-client: 0 }"
    private static let megabyte = 1 << 20

    private func expectPing(_ world: NAT64World, _ place: Namespace, _ what: String) throws {
        let ping = try world.run(place, "ping -n -c 3 -i 0.2 -W 10 \(NAT64World.server6)")
        #expect(ping.status == 0, "\(what): \(ping.output)\(ping.errors)")
    }

    /// A ping during a flood: a queue before the translator may have overflown now and then.
    private func expectMostAnswered(_ ping: Child, sourceLocation: SourceLocation = #_sourceLocation) {
        _ = ping.wait(seconds: 60)
        let answers = ping.output.split(separator: "\n").filter { $0.contains("icmp_seq=") && $0.contains("time=") }
        #expect(answers.count >= 15, "of 20: \(ping.output)", sourceLocation: sourceLocation)
    }

    /// 60,000 sessions of four hosts; a connection from before lives on.
    @Test func sixtyThousandSessions() throws {
        try withNAT64World { world throws in
            try world.router.ip("route add 192.0.2.0/24 via \(NAT64World.boxAddress4)")
            let hosts = (10..<14).map { "2001:db8:64::\($0)" }
            try world.client.ip(hosts.map { "addr add \($0)/64 dev c0 nodad" })
            let daemon = try world.daemon("pool4: [192.0.2.16/28], \(Self.noQuota)")
            let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7000)
            #expect(flow.lives("before"))
            let memory = try daemon.memory()
            // Ten destinations that are there and never read.
            let sinks = try (0..<10).map {
                try Socket.datagram(world.server, NAT64World.serverAddress, port: 9000 + $0)
            }
            func send() throws {
                for number in 0..<6000 {
                    let port = UInt16(10_000 + number / hosts.count)
                    let socket = try Socket.datagram(world.client, hosts[number % hosts.count], port: port)
                    for sink in sinks { socket.send([7], to: Endpoint(NAT64World.server6, sink.name.port)) }
                    if number % 50 == 49 { usleep(1000) }
                    if number % 2000 == 1999 { #expect(flow.lives("at \(number)"), "an old connection meanwhile") }
                }
            }
            var sessions = 0
            // What a queue on the way lost is sent again; sessions that are there are not made twice.
            for _ in 0..<4 where sessions < 60_001 {
                try send()
                _ = try eventually(within: 5) {
                    sessions = try daemon.json("nat64", "status")["sessions"] as? Int ?? 0
                    return sessions == 60_001
                }
            }
            #expect(sessions == 60_001, "\(daemon.grown())")
            #expect(try daemon.json("nat64", "status")["bindings"] as? Int == 6001)
            #expect(flow.lives("after"))
            try expectPing(world, world.client, "with 60,000 sessions")
            let grown = try daemon.memory() - memory
            #expect(grown < 64 * Self.megabyte, "memory grew by \(grown)")
            let page = try daemon.json("nat64", "sessions", "--limit", "5")
            #expect((page["sessions"] as? [Any])?.count == 5)
            #expect(try daemon.sessions("--proto", "udp").count == 60_000, "all pages")
            #expect(try daemon.json("nat64", "drop", "--all")["dropped"] as? Int ?? 0 >= 60_000)
        }
    }

    /// Sixteen ports: the seventeenth client socket is told that the address can't be reached, the others work on.
    @Test func thePoolIsExhausted() throws {
        try withNAT64World { world throws in
            let daemon = try world.daemon("pool4: [\"203.0.113.64 40000-40015\"]")
            let server = try Socket.datagram(world.server, NAT64World.serverAddress, port: 4000)
            let sockets = try (0..<20).map { number in
                let socket = try Socket.datagram(world.client, NAT64World.clientAddress, port: UInt16(50_000 + number))
                socket.tellErrors()
                try socket.connect(Endpoint(NAT64World.server6, 4000))
                return socket
            }
            var lucky: [(socket: Socket, outside: Endpoint)] = []
            for socket in sockets.prefix(16) {
                socket.send([1])
                lucky.append((socket, try #require(server.receiveWithSource()?.source)))
            }
            #expect(Set(lucky.map(\.outside)).count == 16)
            #expect(
                lucky.allSatisfy { $0.outside.address == "203.0.113.64" && (40_000...40_015).contains($0.outside.port) }
            )
            for socket in sockets.dropFirst(16) {
                socket.send([2])
                // RFC 6146 section 3.5.1.1: an ICMPv6 destination unreachable, code 3, address unreachable.
                #expect(socket.error(within: 10) == EHOSTUNREACH)
            }
            #expect(try daemon.translated("drop-pool-exhausted") >= 4)
            for (socket, outside) in lucky {
                socket.send([3])
                #expect(server.receiveWithSource()?.source == outside)
                server.send([4], to: outside)
                #expect(socket.receive(within: 20) == [4])
            }
            // Each protocol has ports of its own.
            try expectPing(world, world.client, "ICMP")
            #expect(try daemon.json("nat64", "drop", "--proto", "udp", "--public", ":40000")["dropped"] as? Int == 1)
            sockets[16].send([5])
            #expect(server.receiveWithSource()?.bytes == [5], "a port that came free")
        }
    }

    @Test func quotasAreEachSubscribersOwn() throws {
        try withNAT64World(secondClient: true) { world throws in
            let second = try #require(world.second)
            let daemon = try world.daemon("quota: { sessions-per-client: 20 }")
            let server = try Socket.datagram(world.server, NAT64World.serverAddress, port: 4000)
            var arrived = 0
            for number in 0..<30 {
                let socket = try Socket.datagram(world.client, NAT64World.clientAddress, port: UInt16(50_000 + number))
                socket.send([1], to: Endpoint(NAT64World.server6, 4000))
            }
            while server.receiveWithSource(within: arrived < 20 ? 20 : 0.5) != nil { arrived += 1 }
            #expect(arrived == 20)
            #expect(try daemon.translated("drop-quota-sessions") == 10)
            // Another address of the same /64 is the same subscriber.
            try world.client.ip("addr add 2001:db8:64::3/64 dev c0 nodad")
            let sibling = try Socket.datagram(world.client, "2001:db8:64::3")
            sibling.send([2], to: Endpoint(NAT64World.server6, 4000))
            #expect(try eventually(within: 20) { try daemon.translated("drop-quota-sessions") == 11 })
            let other = try Socket.datagram(second, NAT64World.secondAddress)
            other.send([3], to: Endpoint(NAT64World.server6, 4000))
            #expect(server.receiveWithSource()?.bytes == [3], "another subscriber")
        }
    }

    /// SYNs from a client with all ports there are: it fills its own quota; others don't notice.
    @Test func synFloodFromAClient() throws {
        try withNAT64World(secondClient: true) { world throws in
            let second = try #require(world.second)
            _ = try world.webServer()
            let daemon = try world.daemon()
            let flow = try LivingFlow(world, second, NAT64World.secondAddress, port: 7000)
            let memory = try daemon.memory()
            let ping = try world.start(second, "ping -n -c 20 -i 0.1 -W 10 \(NAT64World.server6)")
            try Flood.synchronize6(
                world.client, NAT64World.clientAddress, to: NAT64World.through("198.51.100.99"), port: 80,
                count: 30_000)
            let stats = try daemon.translated()
            #expect((stats["drop-quota-ports"] ?? 0) + (stats["drop-quota-sessions"] ?? 0) > 5000, "\(stats)")
            #expect(try daemon.json("nat64", "status")["sessions"] as? Int ?? .max < 5000)
            #expect(flow.lives("meanwhile"))
            expectMostAnswered(ping)
            let page = try world.run(second, "curl -sS --max-time 30 http://[\(NAT64World.server6)]/")
            #expect(page.output == NAT64World.page, "\(page.errors)")
            #expect(try daemon.memory() - memory < 32 * Self.megabyte)
        }
    }

    /// SYNs from everywhere to the public addresses, where nobody is bound.
    @Test func synFloodFromOutside() throws {
        try withNAT64World { world throws in
            try world.router.ip("route add 192.0.2.0/24 via \(NAT64World.boxAddress4)")
            let daemon = try world.daemon("pool4: [192.0.2.16/30]")
            let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7000)
            let memory = try daemon.memory()
            let ping = try world.start(world.client, "ping -n -c 20 -i 0.1 -W 10 \(NAT64World.server6)")
            try Flood.synchronize4(world.server, to: "192.0.2.17", count: 30_000)
            let isCounted = try eventually(within: 20) {
                let stats = try daemon.translated()
                let names = ["drop-no-binding", "drop-syn-store-full", "drop-syn-unanswered", "syn-stored"]
                return names.reduce(0) { $0 + (stats[$1] ?? 0) } > 10_000
            }
            #expect(isCounted, "\(daemon.grown())")
            #expect(flow.lives("meanwhile"))
            expectMostAnswered(ping)
            #expect(try daemon.memory() - memory < 32 * Self.megabyte)
            #expect(try daemon.json("nat64", "status")["sessions"] as? Int ?? .max < 10)
        }
    }

    /// Fragments without their rest, from both sides.
    @Test func fragmentsFlood() throws {
        try withNAT64World { world throws in
            try world.router.ip("route add 192.0.2.0/24 via \(NAT64World.boxAddress4)")
            let daemon = try world.daemon("pool4: [192.0.2.16/30]")
            let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7000)
            let (before, memory) = (try daemon.translated(), try daemon.memory())
            let ping = try world.start(world.client, "ping -n -c 20 -i 0.1 -W 10 \(NAT64World.server6)")
            let count = 20_000
            try Flood.fragments6(world.client, NAT64World.clientAddress, to: NAT64World.server6, count: count)
            try Flood.fragments4(world.server, NAT64World.serverAddress, to: "192.0.2.17", port: 4000, count: count)
            func grown(_ names: String...) throws -> Int {
                let now = try daemon.translated()
                return names.reduce(0) { $0 + (now[$1] ?? 0) - (before[$1] ?? 0) }
            }
            #expect(try grown("fragments-received") > count, "\(daemon.grown(since: before))")
            let given = try eventually(within: 20) {
                try grown("drop-fragment-no-room", "drop-fragment-timeout", "drop-no-binding") > count / 4
            }
            #expect(given, "\(daemon.grown(since: before))")
            #expect(flow.lives("meanwhile"))
            expectMostAnswered(ping)
            #expect(try daemon.memory() - memory < 64 * Self.megabyte)
            let large = try world.run(world.client, "ping -n -c 2 -i 0.2 -W 10 -s 4000 \(NAT64World.server6)")
            #expect(large.status == 0, "fragments that belong together pass again: \(large.output)")
        }
    }
}
