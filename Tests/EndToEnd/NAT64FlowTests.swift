// What single flows ask of a translator: datagrams without a checksum and in batches, connections that close, that are
// silent, that the other side begins.

import Foundation
import Testing

@Suite(.nat64Turns, .ownThread, .needsNamespaces) struct NAT64FlowTests {
    private struct Pair {
        let client: Socket
        let server: Socket
        /// The client as the server sees it.
        let outside: Endpoint
    }

    private func udp(_ world: NAT64World) throws -> Pair {
        let server = try Socket.datagram(world.server, NAT64World.serverAddress, port: 4000)
        let client = try Socket.datagram(world.client, NAT64World.clientAddress)
        client.send([1], to: Endpoint(NAT64World.server6, 4000))
        return Pair(client: client, server: server, outside: try #require(server.receiveWithSource()?.source))
    }

    private static let pools = ["", "pool4: [203.0.113.64/28]", "pool4: [203.0.113.64/28], tun: { offload: false }"]

    /// IPv4 may leave the checksum out, IPv6 may not (RFC 7915 section 4.5).
    @Test(arguments: pools)
    func datagramsWithoutChecksum(_ nat64: String) throws {
        try withNAT64World { world throws in
            let daemon = try world.daemon(nat64)
            let pair = try udp(world)
            let before = try daemon.translated()
            pair.server.set(SOL_SOCKET, 11, 1)  // SO_NO_CHECK
            for size in [0, 1, 7, 100, 1400] {
                let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                pair.server.send(bytes, to: pair.outside)
                #expect(pair.client.receive(within: 20) == bytes, "\(size): \(daemon.grown(since: before))")
            }
        }
    }

    /// Programs that speak QUIC hand the kernel ten packets at once (UDP_SEGMENT); the other side gets ten.
    @Test(arguments: pools)
    func datagramsInBatches(_ nat64: String) throws {
        try withNAT64World { world throws in
            let daemon = try world.daemon(nat64)
            let pair = try udp(world)
            let before = try daemon.translated()
            let bytes = (0..<11_500).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 251) }
            let expected = stride(from: 0, to: bytes.count, by: 1200).map {
                Array(bytes[$0..<min($0 + 1200, bytes.count)])
            }
            for socket in [pair.client, pair.server] { socket.set(Int32(IPPROTO_UDP), 103, 1200) }
            pair.client.send(bytes, to: Endpoint(NAT64World.server6, 4000))
            for (index, part) in expected.enumerated() {
                let isRight = pair.server.receive(within: 10) == part
                #expect(isRight, "out, \(index): \(daemon.grown(since: before))")
            }
            pair.server.send(bytes, to: pair.outside)
            for (index, part) in expected.enumerated() {
                let isRight = pair.client.receive(within: 10) == part
                #expect(isRight, "in, \(index): \(daemon.grown(since: before))")
            }
        }
    }

    /// The largest datagrams that there are, in fragments on both sides.
    @Test(arguments: pools)
    func datagramsInFragments(_ nat64: String) throws {
        try withNAT64World { world throws in
            let daemon = try world.daemon(nat64)
            let pair = try udp(world)
            let before = try daemon.translated()
            // Linux forbids cutting at first. This one fits IPv4 and, 20 octets longer, not IPv6: the server is told.
            let first = [UInt8](repeating: 7, count: 1460)
            let hasLearned = eventually(within: 10) {
                pair.server.send(first, to: pair.outside)
                return pair.client.receive(within: 1) == first
            }
            #expect(hasLearned, "path MTU: \(daemon.grown(since: before))")
            pair.server.set(Int32(IPPROTO_IP), 10, 0)  // IP_MTU_DISCOVER, never
            for size in [1453, 3000, 8192, 60_000] {
                let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 / 256) }
                pair.client.send(bytes, to: Endpoint(NAT64World.server6, 4000))
                let isThere = pair.server.receive(within: 10) == bytes
                #expect(isThere, "out, \(size): \(daemon.grown(since: before))")
                pair.server.send(bytes, to: pair.outside)
                let isBack = pair.client.receive(within: 10) == bytes
                #expect(isBack, "in, \(size): \(daemon.grown(since: before))")
            }
        }
    }

    /// A connection that both sides have closed goes after the transitory time, one that was reset too.
    @Test func closedConnectionsGo() throws {
        try withNAT64World { world throws in
            _ = try world.webServer()
            let daemon = try world.daemon("timers: { tcp-transitory: 2s }")
            for _ in 0..<3 {
                let page = try world.run(world.client, "curl -sS --max-time 30 http://[\(NAT64World.server6)]/")
                #expect(page.output == NAT64World.page)
            }
            _ = try world.run(world.client, "curl -sS --max-time 30 http://[\(NAT64World.server6)]:81/")
            let areGone = try eventually(within: 20, every: 100) { try daemon.sessions().isEmpty }
            #expect(areGone, "\((try? daemon.sessions()) ?? [])")
        }
    }

    /// RFC 6146 section 3.5.2.2: before an established session that is silent goes, its client is asked (a probe), and stays
    /// if it answers.
    @Test func silentConnectionsAreAsked() throws {
        try withNAT64World { world throws in
            let daemon = try world.daemon("timers: { tcp-established: 2s, tcp-transitory: 4s }")
            let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7000)
            #expect(flow.lives("before"))
            #expect(try eventually(within: 20, every: 100) { try daemon.translated("probes-sent") >= 3 })
            #expect(flow.lives("after"))
            // The client's machine is switched off: nobody answers.
            try world.client.ip("link set c0 down")
            #expect(try eventually(within: 20, every: 100) { try daemon.sessions().isEmpty })
        }
    }

    /// `max-sessions`: new ones are refused, old ones live.
    @Test func theTableIsFull() throws {
        try withNAT64World { world throws in
            let daemon = try world.daemon("tun: { max-sessions: 10 }")
            let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7000)
            let server = try Socket.datagram(world.server, NAT64World.serverAddress, port: 4000)
            for number in 0..<20 {
                let client = try Socket.datagram(world.client, NAT64World.clientAddress, port: UInt16(5000 + number))
                client.send([1], to: Endpoint(NAT64World.server6, 4000))
            }
            #expect(try eventually(within: 20) { try daemon.translated("drop-table-full") == 11 }, "\(daemon.grown())")
            var arrived = 0
            while server.receiveWithSource(within: 0.5) != nil { arrived += 1 }
            #expect(arrived == 9)
            #expect(flow.lives("in a full table"))
        }
    }

    /// What the box itself serves over IPv4 is there for its clients too.
    @Test(arguments: ["", "pool4: [203.0.113.64/28]"])
    func theBoxAsServer(_ nat64: String) throws {
        try withNAT64World { world throws in
            _ = try WebServer(world, world.box, listen: "\(NAT64World.boxAddress4):80", page: "the box\n")
            let daemon = try world.daemon(nat64)
            let address = NAT64World.through(NAT64World.boxAddress4)
            let page = try world.run(world.client, "curl -sS --max-time 20 http://[\(address)]/")
            #expect(page.output == "the box\n", "\(page.errors)\(daemon.grown())")
        }
    }

    /// A reload with other public addresses: who had the old ones begins anew, all else stays.
    @Test func thePoolChanges() throws {
        try withNAT64World { world throws in
            let daemon = try world.daemon("pool4: [203.0.113.64/28]")
            let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7000)
            #expect(flow.lives("before") && flow.far.peer.address.hasPrefix("203.0.113."))
            let found = try world.picture().lines("ip neigh show proxy", holding: "203.0.113.")
            #expect(found.count == 16)
            try daemon.rewrite(NAT64World.configuration("pool4: [203.0.113.128/30]"))
            #expect(try daemon.ctl("reload").status == 0, "\(daemon.child.errors)")
            #expect(try daemon.sessions().isEmpty)
            let next = try Socket.listening(world.server, NAT64World.serverAddress, port: 7001)
            let near = try Socket.connected(
                world.client, NAT64World.clientAddress, to: Endpoint(NAT64World.server6, 7001))
            let far = try next.accept()
            #expect(["203.0.113.128", "203.0.113.129", "203.0.113.130", "203.0.113.131"].contains(far.peer.address))
            near.send([7])
            #expect(far.receive(exactly: 1, within: 20) == [7])
            #expect(try world.picture().lines("ip neigh show proxy", holding: "203.0.113.").count == 4)
        }
    }
}
