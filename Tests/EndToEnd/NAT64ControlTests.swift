// dns64ctl nat64, while clients work.

import Foundation
import Testing

@Suite(.nat64Turns, .ownThread, .needsNamespaces) struct NAT64ControlTests {
    private func number(_ entry: [String: Any], _ key: String) -> Int { entry[key] as? Int ?? -1 }
    private func text(_ entry: [String: Any], _ key: String) -> String { entry[key] as? String ?? "" }

    /// `sessions` shows the client, the state and the DNS name that led there; `bindings`, `stats` and `status` agree.
    @Test func whatIsShown() throws {
        try withNAT64World { world throws in
            try world.nameServer()
            let daemon = try world.daemon()
            let before = try daemon.translated()
            #expect(
                try world.client.dig("@\(NAT64World.boxAddress6) v4only.example AAAA").data("AAAA") == [
                    NAT64World.server6
                ])
            let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7000)
            #expect(flow.lives("first"))
            #expect(try world.run(world.client, "ping -n -c 2 -i 0.2 -W 10 \(NAT64World.server6)").status == 0)
            let near = flow.near.name
            let sessions = try daemon.sessions("--proto", "tcp")
            let session = try #require(sessions.first)
            #expect(sessions.count == 1 && text(session, "client") == near.address)
            #expect(number(session, "clientPort") == Int(near.port) && text(session, "state") == "established")
            #expect(text(session, "remote") == NAT64World.serverAddress && number(session, "remotePort") == 7000)
            #expect(text(session, "remote6") == NAT64World.server6)
            #expect(text(session, "name").hasPrefix("v4only.example"), "\(session)")
            #expect((7380...7440).contains(number(session, "remainingSeconds")), "2 h 4 min: \(session)")
            let shown = try daemon.ctl("nat64", "sessions").output
            #expect(
                shown.contains("v4only.example:7000") && shown.contains("[\(near.address)]:\(near.port)"), "\(shown)")
            let numeric = try daemon.ctl("nat64", "sessions", "--numeric").output
            #expect(numeric.contains("\(NAT64World.serverAddress):7000") && !numeric.contains("v4only"), "\(numeric)")
            #expect(try daemon.sessions("--client", "2001:db8:99::/64").isEmpty)
            #expect(try daemon.sessions("--remote", "198.51.100.0/24").count == 2)
            let bindings = try daemon.bindings()
            #expect(Set(bindings.map { text($0, "proto") }) == ["tcp", "icmp"], "\(bindings)")
            #expect(bindings.allSatisfy { $0["isStatic"] as? Bool == false && number($0, "sessions") == 1 })
            let status = try daemon.json("nat64", "status")
            #expect(number(status, "sessions") == 2 && number(status, "bindings") == 2)
            #expect(status["prefixes"] as? [String] == ["64:ff9b::/96"] && text(status, "backend") == "tun")
            let after = try daemon.translated()
            for counter in ["packets-6to4", "packets-4to6", "sessions-created", "bindings-created"] {
                #expect(after[counter] ?? 0 > before[counter] ?? 0, "\(counter)")
            }
            #expect(try daemon.ctl("nat64", "stats").output.contains("packets-6to4"))
            #expect(try daemon.ctl("status").output.contains("tun"))
            #expect(try daemon.ctl("nat64", "status").output.contains("the translator tun is good"))
        }
    }

    /// A binding by command: reached from outside at once, and no more when it is gone.
    @Test func bindAndUnbind() throws {
        try withNAT64World { world throws in
            let web = try WebServer(world, world.client, listen: "[::]:80", page: "from IPv6\n")
            let daemon = try world.daemon("pool4: [203.0.113.64/28]")
            let call = "curl -sS --max-time 3 http://203.0.113.66:8080/"
            #expect(try world.run(world.server, call).status != 0)
            let client = "[\(NAT64World.clientAddress)]:80"
            let bound = try daemon.ctl("nat64", "bind", "tcp", client, "203.0.113.66:8080")
            #expect(bound.status == 0, "\(bound.errors)")
            let page = try world.run(world.server, "curl -sS --max-time 30 http://203.0.113.66:8080/")
            #expect(page.output == "from IPv6\n", "\(page.errors)")
            #expect(web.visitors == [NAT64World.server6])
            #expect(
                try daemon.bindings().contains { $0["isStatic"] as? Bool == true && number($0, "publicPort") == 8080 })
            let again = try daemon.ctl("nat64", "bind", "tcp", client, "203.0.113.67:8080")
            #expect(again.status == 1, "its IPv6 side is taken: \(again.output)")
            let stranger = try daemon.ctl("nat64", "bind", "tcp", "[2001:db8:64::7]:80", "192.0.2.200:80")
            #expect(stranger.status == 1 && stranger.errors.contains("192.0.2.200"), "not in pool4: \(stranger.errors)")
            #expect(try daemon.ctl("nat64", "unbind", "tcp", "203.0.113.66:8080").status == 0)
            #expect(try world.run(world.server, call).status != 0)
            #expect(try daemon.ctl("nat64", "unbind", "tcp", "203.0.113.66:8080").status == 1)
        }
    }

    /// The same where the box's own address is shared.
    @Test func bindOnTheSharedAddress() throws {
        try withNAT64World { world throws in
            let web = try WebServer(world, world.client, listen: "[::]:80", page: "from IPv6\n")
            let daemon = try world.daemon()
            let bound = try daemon.ctl("nat64", "bind", "tcp", "[\(NAT64World.clientAddress)]:80", ":8080")
            #expect(bound.status == 0, "\(bound.errors)")
            let page = try world.run(world.server, "curl -sS --max-time 30 http://\(NAT64World.boxAddress4):8080/")
            #expect(page.output == "from IPv6\n", "\(page.errors)")
            #expect(web.visitors == [NAT64World.server6])
            #expect(try daemon.ctl("nat64", "unbind", "tcp", ":8080").status == 0)
            let gone = try world.run(world.server, "curl -sS --max-time 3 http://\(NAT64World.boxAddress4):8080/")
            #expect(gone.status != 0)
        }
    }

    @Test func sessionsAreDropped() throws {
        try withNAT64World(secondClient: true) { world throws in
            let daemon = try world.daemon("pool4: [203.0.113.64/28]")
            let second = try #require(world.second)
            let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7000)
            let other = try LivingFlow(world, second, NAT64World.secondAddress, port: 7001)
            #expect(flow.lives("first") && other.lives("first"))
            let dropped = try daemon.json("nat64", "drop", "--client", NAT64World.clientAddress)
            #expect(dropped["dropped"] as? Int == 1)
            #expect(try daemon.sessions("--client", NAT64World.clientAddress).isEmpty)
            #expect(other.lives("second"), "others stay")
            flow.far.send(Array("is anybody there".utf8))
            #expect(!flow.near.isReadable(within: 0.5), "its way in is closed")
            #expect(try daemon.ctl("nat64", "drop").status != 0, "one filter or --all must be there")
            #expect(try daemon.json("nat64", "drop", "--all")["dropped"] as? Int == 1)
            #expect(try daemon.sessions().isEmpty && daemon.bindings().isEmpty)
            #expect(try world.run(world.client, "ping -n -c 2 -i 0.2 -W 10 \(NAT64World.server6)").status == 0)
        }
    }

    /// What a reload changes and what it lets be.
    @Test func reloadKeepsSessions() throws {
        try withNAT64World { world throws in
            let web = try WebServer(world, world.client, listen: "[::]:80", page: "from IPv6\n")
            let daemon = try world.daemon("pool4: [203.0.113.64/28]")
            let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7000)
            #expect(flow.lives("first"))
            let more =
                "static: [{ proto: tcp, client: \"[\(NAT64World.clientAddress)]:80\", public: \"203.0.113.65:8080\" }]"
            try daemon.rewrite(
                NAT64World.configuration("pool4: [203.0.113.64/28], timers: { icmp: 2m }, \(more)"))
            let reload = try daemon.ctl("reload")
            #expect(reload.status == 0, "\(reload.errors)")
            #expect(flow.lives("second"), "the session stays")
            let page = try world.run(world.server, "curl -sS --max-time 30 http://203.0.113.65:8080/")
            #expect(page.output == "from IPv6\n" && web.visitors.count == 1, "\(page.errors)")
            try daemon.rewrite(NAT64World.configuration("pool4: [203.0.113.64/28], filtering: nonsense"))
            #expect(try daemon.ctl("reload").status == 1)
            #expect(flow.lives("third"))
        }
    }
}
