// The translator set otherwise: without offload, with more threads, other prefixes; and what it writes down.

import Foundation
import Testing

@Suite(.nat64Turns, .ownThread, .needsNamespaces) struct NAT64SettingsTests {
    @Test(arguments: [
        "tun: { offload: false }", "tun: { queues: 2 }", "tun: { offload: false, queues: 2 }",
        "tun: { udp-offload: false, device: \"t-64\", mtu: 1400 }", "pool4: [203.0.113.64/28], tun: { queues: 2 }",
    ])
    func tunSettings(_ nat64: String) throws {
        try withNAT64World { world throws in
            try world.nameServer()
            let web = try world.webServer()
            let original = try web.makeFile("original", octets: 2_000_000)
            let daemon = try world.daemon(nat64)
            for size in [56, 4000] {
                let ping = try world.run(world.client, "ping -n -c 3 -i 0.2 -W 10 -s \(size) \(NAT64World.server6)")
                #expect(
                    ping.status == 0,
                    "\(size): \(ping.output)\(ping.errors)\(daemon.grown())")
            }
            for number in 0..<4 {
                let copy = world.house.path("copy\(number)")
                let download = try world.run(
                    world.client, "curl -sS --max-time 60 -o \(copy) http://v4only.example/original")
                #expect(download.status == 0, "\(download.errors)")
                let isWhole = FileManager.default.contents(atPath: copy) == original
                #expect(isWhole)
                let upload = try world.run(
                    world.client, "curl -sS --max-time 60 -T \(copy) http://v4only.example/uploaded\(number)")
                let hasArrived = web.content("uploaded\(number)") == original
                #expect(upload.status == 0 && hasArrived, "\(upload.errors)")
            }
            // Ports of our choice: two that the kernel chose might be the same.
            for port in 41_000..<41_008 {
                let source = "-b \(NAT64World.clientAddress)#\(port)"
                let answer = try world.client.dig("@\(NAT64World.server6) \(source) +time=10 v4only.example A")
                #expect(answer.status == "NOERROR")
            }
            let sessions = try daemon.sessions("--proto", "udp")
            #expect(sessions.count == 8, "\(sessions)")
        }
    }

    /// All lengths of RFC 6052 section 2.2 at once: each name has an address under each, and each leads there.
    @Test func otherPrefixes() throws {
        try withNAT64World { world throws in
            try world.nameServer()
            _ = try world.webServer()
            let prefixes = [
                "2001:db8:ab64::/96", "2001:db8:ab00::/64",
                "2001:db8:ac00::/56", "2001:db8:ad00::/48", "2001:db8:ae00::/40", "3fff:db8::/32",
            ]
            let list = prefixes.map { "\"\($0)\"" }.joined(separator: ", ")
            let daemon = try world.daemon(dns64: "prefixes: [\(list)]")
            let addresses = try world.client.dig("@\(NAT64World.boxAddress6) v4only.example AAAA").data("AAAA")
            #expect(addresses.count == prefixes.count)
            // The examples of RFC 6052 section 2.4, with 198.51.100.80.
            #expect(addresses.contains("3fff:db8:c633:6450::") && addresses.contains("2001:db8:ab00:0:c6:3364:5000:0"))
            for address in addresses {
                let ping = try world.run(world.client, "ping -n -c 2 -i 0.2 -W 10 \(address)")
                #expect(ping.status == 0 && ping.output.contains("from \(address)"), "\(address): \(ping.output)")
                let page = try world.run(world.client, "curl -sS --max-time 30 http://[\(address)]/")
                #expect(page.output == NAT64World.page, "\(address): \(page.errors)")
            }
            #expect(try daemon.json("nat64", "status")["prefixes"] as? [String] == prefixes)
            daemon.child.end()
        }
    }

    /// Settings of the network of one's own: the timer of UDP sessions.
    @Test func sessionsExpire() throws {
        try withNAT64World { world throws in
            let daemon = try world.daemon("timers: { udp: 2s, icmp: 1s }")
            let server = try Socket.datagram(world.server, NAT64World.serverAddress, port: 4000)
            let client = try Socket.datagram(world.client, NAT64World.clientAddress)
            client.send([1], to: Endpoint(NAT64World.server6, 4000))
            #expect(server.receiveWithSource() != nil)
            #expect(try daemon.sessions("--proto", "udp").count == 1)
            #expect(
                try eventually(within: 20, every: 100) { try daemon.sessions().isEmpty && daemon.bindings().isEmpty })
            #expect(try daemon.translated("sessions-expired") == 1)
            #expect(try daemon.ctl("status").output.contains("4787"), "a timer below what the RFC demands is told")
        }
    }

    private func lines(_ file: String) throws -> [[String: Any]] {
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        return try text.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any], "\($0)")
        }
    }

    /// RFC 6888 section 4: "the following information SHOULD be logged: transport protocol, subscriber identifier,
    /// external source address, external source port, timestamp", and (REQ-12) not the destination.
    @Test func bindingsAreWrittenDown() throws {
        try withNAT64World { world throws in
            let file = world.house.path("bindings.json")
            let daemon = try world.daemon(
                "pool4: [203.0.113.64/28], timers: { udp: 1s }, log: { bindings: true, file: \"\(file)\" }")
            let server = try Socket.datagram(world.server, NAT64World.serverAddress, port: 4000)
            let client = try Socket.datagram(world.client, NAT64World.clientAddress, port: 5000)
            client.send([1], to: Endpoint(NAT64World.server6, 4000))
            let outside = try #require(server.receiveWithSource()?.source)
            #expect(try eventually(within: 20, every: 100) { try lines(file).count == 2 }, "it came and it went")
            for line in try lines(file) {
                let values = line.values.map { "\($0)" }
                for value in ["udp", outside.address, "\(outside.port)", "5000"] {
                    #expect(values.contains(value), "\(value): \(line)")
                }
                #expect(values.contains { $0.contains(NAT64World.clientAddress) }, "the subscriber: \(line)")
                #expect(
                    values.contains { $0.range(of: "^20\\d\\d-\\d\\d-\\d\\dT", options: .regularExpression) != nil })
                #expect(!values.contains { $0.contains(NAT64World.serverAddress) }, "not the destination: \(line)")
            }
            daemon.child.end()
        }
    }

    /// Without a file, in the daemon's own log.
    @Test func bindingsInTheDaemonsLog() throws {
        try withNAT64World { world throws in
            let daemon = try world.daemon("log: { bindings: true }")
            #expect(try world.run(world.client, "ping -n -c 1 -W 10 \(NAT64World.server6)").status == 0)
            let isThere = eventually(within: 20) {
                daemon.child.errors.split(separator: "\n").contains {
                    $0.contains("\"event\"") && $0.contains("icmp") && $0.contains(NAT64World.clientAddress)
                }
            }
            #expect(isThere, "\(daemon.child.errors)")
        }
    }

    /// RFC 7422: blocks of ports, a line for each that is given or taken back, whatever is done with the ports.
    @Test func blocksAreWrittenDown() throws {
        try withNAT64World { world throws in
            let file = world.house.path("blocks.json")
            let daemon = try world.daemon(
                "pool4: [203.0.113.64/30], log: { bindings: blocks, file: \"\(file)\", block-size: 64 }")
            let server = try Socket.datagram(world.server, NAT64World.serverAddress, port: 4000)
            var outside: [Endpoint] = []
            for number in 0..<30 {
                let client = try Socket.datagram(world.client, NAT64World.clientAddress, port: UInt16(5000 + number))
                client.send([1], to: Endpoint(NAT64World.server6, 4000))
                outside.append(try #require(server.receiveWithSource()?.source))
            }
            #expect(Set(outside).count == 30)
            let ports = outside.map { Int($0.port) }
            #expect((ports.max() ?? 0) - (ports.min() ?? 0) < 64, "of one block: \(ports.sorted())")
            #expect(try eventually(within: 20, every: 100) { try !lines(file).isEmpty })
            let written = try lines(file)
            #expect(written.count == 1, "\(written)")
            let values = written[0].values.map { "\($0)" }
            #expect(
                values.contains { $0.contains("2001:db8:64::") } && values.contains(outside[0].address), "\(values)")
            #expect(try daemon.translated("port-blocks-opened") == 1)
        }
    }
}
