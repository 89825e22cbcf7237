// What the other side says no to: the no reaches the client as soon as it would over IPv4.

import Foundation
import Testing

@Suite(.nat64Turns, .ownThread, .needsNamespaces) struct NAT64RefusalTests {
    /// An ICMP port unreachable, and a reset.
    @Test func closedPorts() throws {
        try withNAT64World { world throws in
            let daemon = try world.daemon()
            let before = try daemon.translated()
            let socket = try world.client.enter {
                let socket = try Socket(SOCK_DGRAM, AF_INET6)
                try socket.connect(Endpoint(NAT64World.server6, 9))
                return socket
            }
            socket.send([1, 2, 3])
            #expect(socket.error(within: 10) == ECONNREFUSED, "\(daemon.grown(since: before))")
            let begin = Clock.now
            let curl = try world.run(world.client, "curl -sSv --max-time 30 http://[\(NAT64World.server6)]:81/")
            #expect(curl.status == 7 && curl.errors.lowercased().contains("refused"), "\(curl.errors)")
            #expect(Clock.now - begin < 15)
            let trace = try world.run(
                world.client, "traceroute -6 -n -q 1 -w 5 -m 10 -U -p 9 \(NAT64World.server6)")
            #expect(trace.output.contains(NAT64World.server6), "\(trace.output)")
        }
    }

    /// Nobody has the address, no route leads there, a firewall forbids it.
    @Test func unreachableAddresses() throws {
        try withNAT64World { world throws in
            _ = try world.daemon()
            try world.router.ip("route add unreachable 192.0.2.0/25")
            try world.router.ip("route add prohibit 192.0.2.128/25")
            func ping(_ address: String) throws -> String {
                try world.run(world.client, "ping -n -c 1 -W 10 \(NAT64World.through(address))").output
            }
            let router = NAT64World.through(NAT64World.routerAddress)
            let unreachable = try ping("192.0.2.1")
            #expect(unreachable.contains("From \(router)"), "\(unreachable)")
            #expect(unreachable.contains("No route") || unreachable.contains("Address unreachable"), "\(unreachable)")
            let prohibited = try ping("192.0.2.129")
            #expect(prohibited.contains("Administratively prohibited"), "\(prohibited)")
            let nobody = try ping("198.51.100.99")
            #expect(nobody.contains("unreachable") || nobody.contains("No route"), "\(nobody)")
        }
    }

    /// What can never be a peer is not sent anywhere: the client is told, or hears nothing, but it does not get through.
    @Test func addressesThatAreNobodys() throws {
        try withNAT64World { world throws in
            let web = try WebServer(world, world.box, listen: "127.0.0.1:80", page: "of the box's own\n")
            let daemon = try world.daemon()
            for address in ["127.0.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255"] {
                let before = try daemon.translated("drop-illegal-destination")
                let ping = try world.run(world.client, "ping -n -c 1 -W 1 \(NAT64World.through(address))")
                #expect(ping.status != 0, "\(address): \(ping.output)")
                #expect(try daemon.translated("drop-illegal-destination") > before, "\(address)")
            }
            let curl = try world.run(
                world.client, "curl -sS --max-time 2 http://[\(NAT64World.through("127.0.0.1"))]/")
            #expect(curl.status != 0 && web.visitors.isEmpty)
        }
    }

    /// `wkp-non-global`: translated by default, dropped by the letter of RFC 6052 section 3.1.
    @Test func privateAddressesBehindTheWellKnownPrefix() throws {
        try withNAT64World { world throws in
            try world.server.ip("addr add 10.1.2.3/32 dev lo")
            try world.router.ip("route add 10.0.0.0/8 via \(NAT64World.serverAddress)")
            // The server's own address is of a range for documentation, which is not global either.
            let global = "192.88.99.1"
            try world.server.ip("addr add \(global)/32 dev lo")
            try world.router.ip("route add \(global) via \(NAT64World.serverAddress)")
            let daemon = try world.daemon()
            let address = NAT64World.through("10.1.2.3")
            #expect(try world.run(world.client, "ping -n -c 2 -i 0.2 -W 10 \(address)").status == 0)
            daemon.child.end()
            let strict = try world.daemon("wkp-non-global: drop")
            #expect(try world.run(world.client, "ping -n -c 1 -W 2 \(address)").status != 0)
            #expect(try strict.translated("drop-non-global") >= 1)
            let ping = try world.run(world.client, "ping -n -c 2 -i 0.2 -W 10 \(NAT64World.through(global))")
            #expect(ping.status == 0, "a global address: \(ping.output)\(strict.grown())")
        }
    }
}
