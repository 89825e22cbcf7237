// What reloads change of a real Jool: its ports, where they are the host's own too; its prefix, which takes a new instance;
// and what the module refuses in the middle, which takes all back.

import Foundation
import Testing

extension JoolGuestTests {
    /// One daemon with one pool4 after the other; then the machine as it was found.
    @Test func whatReloadsChange() throws {
        try withNAT64World { world throws in
            // Public addresses that are routed to the box.
            try world.router.ip("route add 198.18.0.0/22 via \(NAT64World.boxAddress4)")
            let found = try world.picture()
            let daemon = try world.joolDaemon("pool4: [\"203.0.113.9 40000-40999\"]")
            try hostsOwnPorts(world, daemon)
            try refusedInTheMiddle(world, daemon)
            try anotherPrefix(world, daemon)
            #expect(daemon.child.end(seconds: 20) == .exit(0), "\(daemon.child.errors)")
            #expect(try world.instances().isEmpty)
            try world.expectUnchanged(since: found, "after all that reloads changed")
        }
    }

    /// "Overlap with the host's own source ports (`ip_local_port_range`, which 4.1.15 rejects and earlier versions let
    /// hang) is detected, reported and avoided."
    private func hostsOwnPorts(_ world: NAT64World, _ daemon: Daemon) throws {
        #expect(try reserved(world) == "40000-40999")
        let log = daemon.child.errors
        #expect(log.contains("40000-40999") && log.contains("net.ipv4.ip_local_reserved_ports"), "\(log)")
        let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7000)
        #expect(flow.far.peer.address == NAT64World.boxAddress4 && (40_000...40_999).contains(flow.far.peer.port))
        #expect(flow.lives("with ports of the host's"))
        // All ports: those that the host's programs use are left to them.
        let whole = try daemon.reload(try world.joolConfiguration("pool4: [203.0.113.9]"))
        #expect(whole.status == 0, "\(whole.errors)")
        let rows = try world.rows("-i dns64d pool4 display --csv --no-headers --tcp")
        let ranges = rows.map { $0.split(separator: ",")[3...4].joined(separator: "-") }
        #expect(ranges == ["1024-32767", "61000-65535"], "\(rows)")
        #expect(try reserved(world).isEmpty)
        try world.expectPings("the whole address")
        // No address: Jool's own choice of ports, on a host that wants them all.
        let range = try world.box.inside("sysctl", "-n", "net.ipv4.ip_local_port_range")
        try world.box.inside("sysctl", "-q", "-w", "net.ipv4.ip_local_port_range=1024 65535")
        let none = try daemon.reload(try world.joolConfiguration())
        #expect(none.status == 0, "\(none.errors)")
        #expect(try reserved(world) == "61001-65535")
        try world.expectPings("an empty pool4")
        let words = range.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        try world.box.inside("sysctl", "-q", "-w", "net.ipv4.ip_local_port_range=\(words)")
    }

    private func reserved(_ world: NAT64World) throws -> String {
        try world.box.inside("sysctl", "-n", "net.ipv4.ip_local_reserved_ports")
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// "Apply whole or roll back": the last of several changes is what the module alone knows to refuse, a binding at an
    /// address that is not this host's.
    private func refusedInTheMiddle(_ world: NAT64World, _ daemon: Daemon) throws {
        let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7001)
        let before = try world.settings(of: "dns64d")
        let bindings = [("80", "*:61080"), ("81", "203.0.113.77:61081")].map { port, address in
            "{ proto: tcp, client: \"[\(NAT64World.clientAddress)]:\(port)\", public: \"\(address)\" }"
        }
        let refused = try daemon.reload(
            try world.joolConfiguration(
                "timers: { icmp: 2m }, jool: { globals: { lowest-ipv6-mtu: 1400 } }, "
                    + "static: [\(bindings.joined(separator: ", "))]"))
        #expect(refused.status == 1 && refused.errors.contains("203.0.113.77"), "\(refused)")
        #expect(try world.settings(of: "dns64d") == before, "\(refused)")
        #expect(flow.lives("after a refusal") && daemon.child.isRunning)
        #expect(try daemon.health().health == "good" && world.isSynthesized())
    }

    /// "pool6 is the DNS64 prefix and can't change on a running instance: the instance is made anew, said in the log,
    /// sessions lost counted." With more addresses than Jool's client takes without being pressed.
    private func anotherPrefix(_ world: NAT64World, _ daemon: Daemon) throws {
        let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7002)
        #expect(flow.lives("the last of them"))
        let sessions = try daemon.sessions().count
        let reload = try daemon.reload(
            try world.joolConfiguration("pool4: [198.18.0.0/22]", dns64: "prefixes: [\"2001:db8:ab64::/96\"]"))
        #expect(reload.status == 0, "\(reload.errors)")
        #expect(try daemon.translated("jool-instances-remade") == 1)
        let lost = try daemon.translated("jool-sessions-lost")
        #expect((1...sessions).contains(lost), "\(lost) of \(sessions)")
        #expect(daemon.child.errors.contains("sessions that are lost with it: \(lost)"), "\(daemon.child.errors)")
        let address = NAT64World.through(NAT64World.serverAddress, prefix: "2001:db8:ab64::")
        #expect(try world.isSynthesized(address))
        try world.expectPings("another prefix", address)
        let rows = try world.rows("-i dns64d pool4 display --csv --no-headers --udp")
        #expect(rows.count == 1024 && rows.allSatisfy { $0.contains(",UDP,198.18.") }, "\(rows.prefix(4))")
        #expect(try world.instances() == ["dns64d"])
    }
}
