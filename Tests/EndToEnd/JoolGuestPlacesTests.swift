// Where else a real Jool can be: behind rules of iptables, with an instance for each prefix; in a network namespace of its
// own.

import Foundation
import Testing

extension JoolGuestTests {
    /// "Several prefixes: an instance each where the framework allows it."
    @Test func twoPrefixesBehindRules() throws {
        try withNAT64World { world throws in
            let prefixes = ["64:ff9b::", "2001:db8:ab64::"]
            let list = "prefixes: [\(prefixes.map { "\"\($0)/96\"" }.joined(separator: ", "))]"
            let settings = "pool4: [203.0.113.20], jool: { framework: iptables }"
            let daemon = try world.joolDaemon(settings, dns64: list)
            #expect(try world.instances().sorted() == ["dns64d", "dns64d-2"])
            let addresses = prefixes.map { NAT64World.through(NAT64World.serverAddress, prefix: $0) }
            #expect(Set(try world.response()?.addresses ?? []) == Set(addresses))
            for address in addresses { try world.expectPings("through \(address)", address) }
            let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7000)
            #expect(flow.lives("through the first"))
            let sessions = try daemon.sessions()
            #expect(Set(sessions.map { $0["remote6"] as? String ?? "" }) == Set(addresses), "\(sessions)")
            #expect(try daemon.health().health == "good", "\(daemon.nat64Text)")
            #expect(daemon.child.end(seconds: 20) == .exit(0), "\(daemon.child.errors)")
            #expect(try world.instances().isEmpty)
            for program in ["iptables", "ip6tables"] {
                let rules = try world.box.inside(program, "-t", "mangle", "-S", "PREROUTING")
                #expect(!rules.contains("JOOL"), "\(rules)")
            }
        }
    }

    /// `netns`: a translator between the box and itself, so that the box's own programs are translated too.
    @Test func inANamespaceOfItsOwn() throws {
        try withNAT64World { world throws in
            let place = try translatorBeside(world)
            func daemon(_ name: String) throws -> [String] {
                let text = """
                    server: { listen: [\(NAT64World.listen)], workers: 1 }
                    control: { socket: "\(world.house.path("netns.sock"))" }
                    \(try world.joolConfiguration("jool: { netns: \(name) }"))
                    """
                // Without a /run of its own: there the namespaces' names are.
                return world.box.prefix + [
                    Programs.daemon, "--config", try world.house.write("\(name).yaml", text),
                ]
            }
            let nowhere = try world.house.run(try daemon("nowhere"))
            #expect(nowhere.status == 1 && nowhere.errors.contains("ip netns add"), "\(nowhere)")
            #expect(!nowhere.errors.contains("reinstall"), "only what mends it: \(nowhere.errors)")
            #expect(try forwarding(place) == ["0", "0"])
            let child = try world.house.start(try daemon(place.name))
            let isReady = eventually(within: 60, every: 50) { child.errors.contains("ready") || !child.isRunning }
            try #require(isReady && child.isRunning, "\(child.errors)")
            #expect(try forwarding(place) == ["1", "1"])
            #expect(try place.inside("jool", "-i", "dns64d", "global", "display", "--csv").contains("64:ff9b::/96"))
            try world.expectPings("by way of another namespace")
            let own = try world.run(world.box, "ping -n -c 2 -i 0.2 -W 10 \(NAT64World.server6)")
            #expect(own.status == 0, "the box's own programs: \(own.output)")
            let status = try world.house.must(
                [Programs.control, "--socket", world.house.path("netns.sock"), "nat64", "status"])
            #expect(status.contains("the translator jool is good") && status.contains(place.name), "\(status)")
            #expect(child.end(seconds: 20) == .exit(0), "\(child.errors)")
            #expect(try world.instances().isEmpty)
            #expect(try forwarding(place) == ["0", "0"])
        }
    }

    private func forwarding(_ place: Namespace) throws -> [String] {
        try place.inside("sysctl", "-n", "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")
            .split(separator: "\n").map(String.init)
    }

    /// A namespace on a link of the box's, which sends the prefix there and has what comes back routed.
    private func translatorBeside(_ world: NAT64World) throws -> Namespace {
        let place = try Namespace(world.house)
        try world.box.connect("x0", to: place, "x1")
        try world.box.ip([
            "addr add 2001:db8:66::1/64 dev x0 nodad", "addr add 192.0.2.1/24 dev x0",
            "route add 64:ff9b::/96 via 2001:db8:66::2",
        ])
        try place.ip([
            "addr add 2001:db8:66::2/64 dev x1 nodad", "addr add 192.0.2.2/24 dev x1",
            "route add default via 192.0.2.1", "route add default via 2001:db8:66::1",
        ])
        try world.box.inside("sysctl", "-q", "-w", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        try world.router.ip("route add 192.0.2.0/24 via \(NAT64World.boxAddress4)")
        return place
    }
}
