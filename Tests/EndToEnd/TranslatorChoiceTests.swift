// The same tests whichever translator there is: `nat64.backend` is their only difference. DNS64D_TEST_BACKEND names it,
// `tun` if it is not set; `jool` takes a kernel with Jool's module.

import Foundation
import Testing

@Suite(.nat64Turns, .ownThread, .needsNamespaces) struct TranslatorChoiceTests {
    private let backend = ProcessInfo.processInfo.environment["DNS64D_TEST_BACKEND"] ?? "tun"
    /// Of nobody's, on the network between the box and its router.
    private let poolAddress = "203.0.113.20"
    /// What may be called working on an emulated processor.
    private let leastBitsPerSecond = 1e6

    private func number(_ entry: [String: Any], _ key: String) -> Int { entry[key] as? Int ?? -1 }
    private func text(_ entry: [String: Any], _ key: String) -> String { entry[key] as? String ?? "" }

    private func expectWorks(_ world: NAT64World, _ what: String, address: String = NAT64World.server6) throws {
        let ping = try world.run(world.client, "ping -n -c 2 -i 0.2 -W 10 \(address)")
        #expect(ping.status == 0, "\(what): \(ping.output)\(ping.errors)")
        let page = try world.run(world.client, "curl -sS --max-time 30 http://[\(address)]/")
        #expect(page.output == NAT64World.page, "\(what): \(page.errors)")
    }

    // MARK: traffic

    /// A client with IPv6 alone and a server with IPv4 alone: names, echoes, pages, much at once; and what is shown of it.
    @Test func trafficAndWhatIsShown() throws {
        try withNAT64World { world throws in
            try world.nameServer()
            let web = try world.webServer()
            try world.iperfServer()
            let daemon = try world.daemon(backend: backend)
            let before = try daemon.translated()
            let dig = try world.run(world.client, "dig +short @\(NAT64World.boxAddress6) v4only.example AAAA")
            #expect(dig.output == "\(NAT64World.server6)\n", "\(dig.output)")
            try expectWorks(world, "traffic")
            try expectFilePasses(world, web)
            #expect(Set(web.visitors) == [NAT64World.boxAddress4], "the box's own address is shared: \(web.visitors)")
            try expectStreams(world)
            let trace = try world.run(world.client, "traceroute -6 -n -q 1 -w 5 -m 8 \(NAT64World.server6)")
            #expect(trace.output.contains(NAT64World.through(NAT64World.routerAddress)), "a router: \(trace.output)")
            #expect(trace.output.split(separator: "\n").last?.contains(NAT64World.server6) == true, "\(trace.output)")
            try expectShown(world, daemon)
            let after = try daemon.translated()
            for counter in ["received-6", "received-4"] {
                let grown = try #require(after[counter]) - (before[counter] ?? 0)
                #expect(grown > 100, "\(counter): \(daemon.grown(since: before))")
            }
            let status = try daemon.ctl("nat64", "status").output
            #expect(status.contains("the translator \(backend) is good"), "\(status)")
        }
    }

    private func expectFilePasses(_ world: NAT64World, _ web: WebServer) throws {
        let original = try web.makeFile("original", octets: 10_000_000)
        let copy = world.house.path("copy")
        let download = try world.run(world.client, "curl -sS --max-time 60 -o \(copy) http://v4only.example/original")
        let isWhole = FileManager.default.contents(atPath: copy) == original
        #expect(download.status == 0 && isWhole, "\(download.errors)")
    }

    private func expectStreams(_ world: NAT64World) throws {
        for way in ["-t 1", "-t 1 -R", "-u -l 1200 -b 2M -t 1"] {
            let finished = try world.run(world.client, "iperf3 -J -c \(NAT64World.server6) \(way)")
            let report = try JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any]
            try #require(finished.status == 0 && report?["error"] == nil, "\(way): \(finished.output.suffix(500))")
            let end = report?["end"] as? [String: Any]
            let sum = (end?["sum_received"] ?? end?["sum"]) as? [String: Any]
            let rate = sum?["bits_per_second"] as? Double ?? 0
            #expect(rate > leastBitsPerSecond, "\(way): \(rate)")
        }
    }

    /// `sessions` with its filters, and `bindings`, of a held TCP connection and a UDP socket with two peers.
    private func expectShown(_ world: NAT64World, _ daemon: Daemon) throws {
        let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7000)
        #expect(flow.lives("shown"))
        let socket = try Socket.datagram(world.client, NAT64World.clientAddress)
        var outside: Set<Endpoint> = []
        for port: UInt16 in [7001, 7002] {
            let server = try Socket.datagram(world.server, NAT64World.serverAddress, port: port)
            socket.send([1], to: Endpoint(NAT64World.server6, port))
            outside.insert(try #require(server.receiveWithSource()?.source))
        }
        #expect(outside.count == 1, "endpoint-independent mapping: \(outside)")
        let near = flow.near.name
        let session = try #require(
            try daemon.sessions("--proto", "tcp").first { number($0, "clientPort") == Int(near.port) })
        #expect(text(session, "proto") == "tcp" && text(session, "state") == "established", "\(session)")
        #expect(text(session, "client") == near.address && text(session, "remote6") == NAT64World.server6)
        #expect(text(session, "remote") == NAT64World.serverAddress && number(session, "remotePort") == 7000)
        #expect(text(session, "name").hasPrefix("v4only.example"), "\(session)")
        #expect((7300...7440).contains(number(session, "remainingSeconds")), "2 h 4 min: \(session)")
        #expect(try daemon.ctl("nat64", "sessions").output.contains("v4only.example:7000"))
        for (filter, matches) in [
            (["--client", NAT64World.clientAddress], true), (["--client", "2001:db8:99::/64"], false),
            (["--remote", "192.0.2.0/24"], false), (["--public", ":\(number(session, "publicPort"))"], true),
        ] {
            #expect(try daemon.sessions("--proto", "tcp", filter[0], filter[1]).isEmpty != matches, "\(filter)")
        }
        let bindings = try daemon.bindings()
        func sessions(_ proto: String, _ port: UInt16) -> [Int] {
            bindings.filter { text($0, "proto") == proto && number($0, "clientPort") == Int(port) }
                .map { number($0, "sessions") }
        }
        #expect(sessions("tcp", near.port) == [1] && sessions("udp", socket.name.port) == [2], "\(bindings)")
        #expect(bindings.allSatisfy { $0["isStatic"] as? Bool == false })
    }

    // MARK: changes

    /// Static bindings by command, sessions that are ended, and what reloads change.
    @Test func bindDropAndReload() throws {
        try withNAT64World { world throws in
            try world.nameServer()
            _ = try world.webServer()
            let daemon = try world.daemon("pool4: [\(poolAddress)]", backend: backend)
            try bindAndUnbind(world, daemon)
            try drop(world, daemon)
            let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7001)
            #expect(flow.lives("before any reload"))
            #expect(flow.far.peer.address == poolAddress)
            let more = "pool4: [\(poolAddress), 203.0.113.21], timers: { icmp: 2m, udp: 6m }"
            try daemon.rewrite(NAT64World.configuration(more, backend: backend))
            let reload = try daemon.ctl("reload")
            #expect(reload.status == 0, "\(reload.errors)")
            #expect(flow.lives("after a reload"))
            try expectWorks(world, "timers and pool4 were changed")
            try daemon.rewrite(NAT64World.configuration("\(more), filtering: nonsense", backend: backend))
            #expect(try daemon.ctl("reload").status == 1)
            #expect(flow.lives("after a refused reload"))
            try daemon.rewrite(
                NAT64World.configuration(more, dns64: "prefixes: [\"2001:db8:ab64::/96\"]", backend: backend))
            let second = try daemon.ctl("reload")
            #expect(second.status == 0, "\(second.errors)")
            let address = NAT64World.through(NAT64World.serverAddress, prefix: "2001:db8:ab64::")
            #expect(try world.client.dig("@\(NAT64World.boxAddress6) v4only.example AAAA").data("AAAA") == [address])
            try expectWorks(world, "another prefix", address: address)
            #expect(try daemon.nat64Health() == "good", "\(daemon.nat64Text)")
            #expect(try daemon.json("nat64", "status")["prefixes"] as? [String] == ["2001:db8:ab64::/96"])
        }
    }

    private func bindAndUnbind(_ world: NAT64World, _ daemon: Daemon) throws {
        let web = try WebServer(world, world.client, listen: "[::]:80", page: "from IPv6\n")
        let (client, outside) = ("[\(NAT64World.clientAddress)]:80", "\(poolAddress):61080")
        let call = "curl -sS --max-time 3 http://\(outside)/"
        #expect(try world.run(world.server, call).status != 0)
        let bound = try daemon.ctl("nat64", "bind", "tcp", client, outside)
        #expect(bound.status == 0, "\(bound.errors)")
        let page = try world.run(world.server, "curl -sS --max-time 30 http://\(outside)/")
        #expect(page.output == "from IPv6\n" && web.visitors == [NAT64World.server6], "\(page.errors)")
        let shown = try daemon.bindings().filter { $0["isStatic"] as? Bool == true }
        #expect(shown.count == 1 && shown.allSatisfy { number($0, "publicPort") == 61_080 }, "\(shown)")
        let again = try daemon.ctl("nat64", "bind", "tcp", client, "\(poolAddress):61081")
        #expect(again.status == 1, "its IPv6 side is taken: \(again.output)")
        #expect(try daemon.ctl("nat64", "unbind", "tcp", outside).status == 0)
        #expect(try world.run(world.server, call).status != 0)
        #expect(try daemon.ctl("nat64", "unbind", "tcp", outside).status == 1, "it is gone")
    }

    private func drop(_ world: NAT64World, _ daemon: Daemon) throws {
        let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7000)
        #expect(flow.lives("before it is dropped"))
        let peer = flow.far.peer
        let outside = "\(peer.address):\(peer.port)"
        let session = try #require(try daemon.sessions("--public", outside).first, "as the server sees it")
        #expect(text(session, "public") == poolAddress && number(session, "publicPort") == Int(peer.port))
        let dropped = try daemon.json("nat64", "drop", "--proto", "tcp", "--public", outside)
        #expect(dropped["dropped"] as? Int == 1, "\(dropped)")
        #expect(try daemon.sessions("--public", outside).isEmpty)
        flow.far.send(Array("is anybody there".utf8))
        #expect(!flow.near.isReadable(within: 0.5), "its way in is closed")
    }

    // MARK: the machine

    /// Planned, started, killed, started, ended: nothing is there twice, and then the machine is as it was.
    @Test func leftAsItWasFound() throws {
        try withNAT64World { world throws in
            _ = try world.webServer()
            let pool = "pool4: [\(poolAddress)]"
            let found = try world.picture()
            let plan = try world.runDaemon(["--plan"], pool, backend: backend)
            #expect(plan.status == 0, "\(plan.errors)")
            for word in ["64:ff9b::/96", "forwarding", poolAddress] {
                #expect(plan.output.contains(word), "\(word): \(plan.output)")
            }
            try world.expectUnchanged(since: found, "--plan")
            let first = try world.daemon(pool, backend: backend)
            let running = try world.picture()
            #expect(running != found)
            let applied = try world.house.run(
                world.daemonPrefix + [Programs.daemon, "--config", first.configuration, "--plan"])
            let steps = applied.output.split(separator: "\n")
            #expect(
                applied.status == 0 && steps.count == 1 && steps.first?.contains("nothing to do") == true, "\(applied)")
            first.wasKilled = true
            first.child.signal(SIGKILL)
            #expect(first.child.wait(seconds: 10) == .signal(SIGKILL))
            let second = try world.again(first)
            try world.expectUnchanged(since: running, "planned, killed and started again")
            try expectInstances(world, 1)
            try expectWorks(world, "after it was killed")
            #expect(second.end(seconds: 20) == .exit(0), "\(second.errors)")
            try world.expectUnchanged(since: found, "stopped with SIGTERM")
            try expectInstances(world, 0)
        }
    }

    /// Where the translator is Jool, which no other command shows.
    private func expectInstances(_ world: NAT64World, _ count: Int) throws {
        guard backend == "jool" else { return }
        let instances = try world.box.inside("jool", "instance", "display", "--csv", "--no-headers")
        #expect(instances.split(separator: "\n").count == count, "\(instances)")
    }
}
