// Public addresses in pool4, static bindings, clients that meet each other by them, and who is let in.

import Foundation
import Testing

@Suite(.nat64Turns, .ownThread, .needsNamespaces) struct NAT64PoolTests {
    private func url(_ address: String, _ port: Int = 80) -> String {
        "http://[\(NAT64World.through(address))]:\(port)/"
    }

    /// On a network that the box is connected to (the box answers ARP for them), and routed to the box.
    @Test(arguments: [("203.0.113.64/28", "203.0.113."), ("192.0.2.16/28", "192.0.2.")])
    func publicAddresses(_ pool: String, _ start: String) throws {
        try withNAT64World { world throws in
            try world.router.ip("route add 192.0.2.0/24 via \(NAT64World.boxAddress4)")
            try world.nameServer()
            let web = try world.webServer()
            let daemon = try world.daemon("pool4: [\(pool)]")
            #expect(try world.run(world.client, "ping -n -c 3 -i 0.2 -W 10 \(NAT64World.server6)").status == 0)
            let large = try world.run(world.client, "ping -n -c 2 -i 0.2 -W 10 -s 4000 \(NAT64World.server6)")
            #expect(large.status == 0, "in fragments: \(large.output)")
            for _ in 0..<3 {
                let page = try world.run(world.client, "curl -sS --max-time 30 http://v4only.example/")
                #expect(page.output == NAT64World.page, "\(page.errors)")
            }
            #expect(Set(web.visitors).count == 1, "paired pooling: \(web.visitors)")
            #expect(web.visitors.allSatisfy { $0.hasPrefix(start) && $0 != NAT64World.boxAddress4 })
            let trace = try world.run(world.client, "traceroute -6 -n -q 2 -w 5 -m 10 -I \(NAT64World.server6)")
            #expect(trace.output.contains(NAT64World.through(NAT64World.routerAddress)), "\(trace.output)")
            let box = try world.run(world.box, "ping -n -c 2 -i 0.2 -W 10 \(NAT64World.server6)")
            #expect(box.status == 0, "the box itself: \(box.output)\(daemon.child.errors)")
        }
    }

    /// From outside to a server of ours, by the configuration.
    @Test(arguments: [("pool4: [203.0.113.64/28]", "203.0.113.65"), ("pool4: []", "*")])
    func staticBindings(_ pool: String, _ address: String) throws {
        try withNAT64World(secondClient: true) { world throws in
            let second = try #require(world.second)
            let web = try WebServer(world, second, listen: "[::]:80", page: "from IPv6\n")
            let daemon = try world.daemon(
                "\(pool), static: [{ proto: tcp, client: \"[\(NAT64World.secondAddress)]:80\", public: \"\(address):8080\" }]"
            )
            let outside = address == "*" ? NAT64World.boxAddress4 : address
            let page = try world.run(world.server, "curl -sS --max-time 30 http://\(outside):8080/")
            #expect(page.output == "from IPv6\n", "\(page.errors)\(daemon.child.errors)")
            #expect(web.visitors == [NAT64World.server6], "IPv6 sees who it was")
            let inside = try world.run(world.client, "curl -sS --max-time 30 \(url(outside, 8080))")
            #expect(inside.output == "from IPv6\n", "the hairpin: \(inside.errors)")
            let closed = try world.run(world.server, "curl -sS --max-time 3 http://\(outside):8081/")
            #expect(closed.status != 0, "nobody is bound to the next port")
            // RFC 6146 section 3.8: the hairpin's other end sees the translated source.
            #expect(web.visitors.count == 2 && web.visitors[1] != NAT64World.clientAddress, "\(web.visitors)")
        }
    }

    /// Two clients over UDP by their bindings alone, as peer-to-peer programs do.
    @Test func hairpinBetweenDynamicBindings() throws {
        try withNAT64World(secondClient: true) { world throws in
            let second = try #require(world.second)
            let daemon = try world.daemon("pool4: [203.0.113.64/28]")
            let server = try Socket.datagram(world.server, NAT64World.serverAddress, port: 3478)
            let one = try Socket.datagram(world.client, NAT64World.clientAddress, port: 5000)
            let two = try Socket.datagram(second, NAT64World.secondAddress, port: 6000)
            var outside: [Endpoint] = []
            for socket in [one, two] {
                socket.send(Array("who am I".utf8), to: Endpoint(NAT64World.server6, 3478))
                outside.append(try #require(server.receiveWithSource()?.source))
            }
            #expect(outside[0].port % 2 == 0 && outside[1].port % 2 == 0, "RFC 4787 REQ-3b: parity \(outside)")
            one.send(
                Array("from one".utf8), to: Endpoint(NAT64World.through(outside[1].address), outside[1].port))
            let got = try #require(two.receiveWithSource(), "\(daemon.grown())")
            #expect(got.bytes == Array("from one".utf8))
            #expect(
                got.source == Endpoint(NAT64World.through(outside[0].address), outside[0].port),
                "RFC 4787 REQ-9: the external source address and port")
            two.send(Array("from two".utf8), to: got.source)
            #expect(one.receiveWithSource()?.bytes == Array("from two".utf8))
            #expect(try daemon.translated("hairpinned") == 2)
        }
    }

    /// `filtering`: who may send to a binding. The mapping is the same for all (RFC 4787 REQ-1).
    @Test(arguments: ["endpoint-independent", "address-dependent"])
    func filtering(_ kind: String) throws {
        try withNAT64World { world throws in
            let daemon = try world.daemon("pool4: [203.0.113.64/28], filtering: \(kind)")
            let server = try Socket.datagram(world.server, NAT64World.serverAddress, port: 4000)
            let samePeer = try Socket.datagram(world.server, NAT64World.serverAddress, port: 4001)
            let stranger = try Socket.datagram(world.server, NAT64World.otherAddress, port: 4000)
            let client = try Socket.datagram(world.client, NAT64World.clientAddress, port: 5001)
            client.send([1], to: Endpoint(NAT64World.server6, 4000))
            let outside = try #require(server.receiveWithSource()?.source)
            client.send([2], to: Endpoint(NAT64World.server6, 4001))
            #expect(samePeer.receiveWithSource()?.source == outside, "endpoint-independent mapping")
            samePeer.send([3], to: outside)
            #expect(client.receiveWithSource()?.source == Endpoint(NAT64World.server6, 4001))
            stranger.send([4], to: outside)
            if kind == "endpoint-independent" {
                let from = Endpoint(NAT64World.through(NAT64World.otherAddress), 4000)
                #expect(client.receiveWithSource()?.source == from)
            } else {
                #expect(try eventually(within: 20) { try daemon.translated("drop-filtered") == 1 })
                #expect(client.receiveWithSource(within: 0.2) == nil)
                client.send([5], to: Endpoint(NAT64World.through(NAT64World.otherAddress), 4000))
                #expect(stranger.receiveWithSource()?.source == outside)
                stranger.send([6], to: outside)
                #expect(client.receiveWithSource()?.bytes == [6], "now it has been sent to")
            }
        }
    }
}
