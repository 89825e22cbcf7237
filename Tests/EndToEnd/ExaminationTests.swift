// `dns64ctl doctor` and `dns64ctl nat64 test` on a box with real announcing programs, healthy first, then with one thing
// after the other gone wrong.

import Foundation
import Testing

@Suite(.nat64Turns, .ownThread, .needsNamespaces) struct ExaminationTests {
    /// A server of everything: the root zone, with a name that has IPv4 alone.
    private static func root(_ records: String = "ipv4only.arpa A 192.0.0.170") -> String {
        """
        $ORIGIN .
        $TTL 300
        @ SOA ns admin 1 3600 900 604800 300
        @ NS ns
        ns A \(NAT64World.serverAddress)
        v4only.example A \(NAT64World.serverAddress)
        silent.example A 198.51.100.99
        \(records)

        """
    }

    /// What the box's own control program prints for a program, in a file.
    private func announcement(_ daemon: Daemon, _ program: String, _ options: String = "", file: String) throws
        -> String
    {
        let words = ["announce", program, "--interface", "lan0"] + options.split(separator: " ").map(String.init)
        let printed = try daemon.ctl(words)
        try #require(printed.status == 0, "\(printed.errors)")
        return try daemon.house.write(file, printed.output)
    }

    /// radvd, and a DHCPv6 server for whoever wants to know more, as dns64ctl prints them.
    private func announce(_ world: NAT64World, _ daemon: Daemon) throws -> [Child] {
        let house = world.house
        let routers = try announcement(daemon, "radvd", "--with isc-dhcp", file: "radvd.conf")
        let servers = try announcement(daemon, "isc-dhcp", "--with radvd --file dhcpd6.conf", file: "dhcpd6.conf")
        let leases = try house.write("leases6", "")
        let radvd = try house.start(
            world.box.prefix + ["radvd", "-C", routers, "-n", "-m", "stderr", "-p", house.path("radvd.pid")])
        let dhcpd = try house.start(
            world.box.prefix + [
                "dhcpd", "-6", "-f", "-cf", servers, "-lf", leases, "-pf", house.path("dhcpd6.pid"), "lan0",
            ])
        _ = try eventually(within: 10) {
            try world.run(world.box, "ss -Hlun sport = :547").output.contains("547") && radvd.isRunning
        }
        return [radvd, dhcpd]
    }

    /// Light by name, of the findings.
    private func examine(_ daemon: Daemon, _ options: String = "") throws -> (
        lights: [String: String], text: String, status: Int32
    ) {
        let words = ["--json", "doctor"] + options.split(separator: " ").map(String.init)
        let finished = try daemon.ctl(words)
        let report = try JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any]
        var lights: [String: String] = [:]
        for check in report?["checks"] as? [[String: Any]] ?? [] {
            let (name, light) = (check["name"] as? String ?? "", check["light"] as? String ?? "")
            let order = ["skipped", "green", "yellow", "red"]
            let worst = max(order.firstIndex(of: light) ?? 0, lights[name].flatMap { order.firstIndex(of: $0) } ?? 0)
            lights[name] = order[worst]
        }
        return (lights, finished.output, finished.status)
    }

    @Test("a box that is well, then without forwarding, upstream, routers")
    func fromWellToIll() throws {
        try withNAT64World { world throws in
            let upstream = try world.nameServer(zone: ".", Self.root())
            let daemon = try world.daemon(
                dns64: "mode: synthall", server: "workers: 1, allow: [\"2001:db8:64::/64\", \"::1\"]")
            let programs = try announce(world, daemon)
            let well = try examine(daemon)
            #expect(well.status == 0, "\(well.text)")
            // Who keeps the clock, and which radvd there is, are not this test's business.
            for (name, light) in well.lights where name != "clock" && name != "pref64" {
                #expect(light == "green", "\(name): \(well.text)")
            }
            #expect(well.lights["probe"] == "green" && well.lights["client-servers"] == "green")
            #expect(well.lights["client-dhcpv6"] == "green" && well.lights["client-address"] == "green")

            try world.box.inside("sysctl", "-q", "-w", "net.ipv4.ip_forward=0")
            upstream.end()
            programs.forEach { $0.end() }
            let ill = try examine(daemon)
            #expect(ill.status == 1)
            for name in ["forwarding", "upstream", "client-address"] {
                #expect(ill.lights[name] == "red", "\(ill.text)")
            }
            // For people, too.
            let printed = try daemon.ctl(["doctor"])
            #expect(printed.status == 1 && printed.output.contains("RED    forwarding (IPv4): "), "\(printed.output)")
            #expect(printed.output.contains("-> sysctl -w net.ipv4.ip_forward=1"))
            #expect(try world.run(world.box, "ip -o link show").output.contains("dns64probe") == false)
        }
    }

    @Test("another router announces another prefix, and upstream is a DNS64 with a third")
    func prefixesOfOthers() throws {
        try withNAT64World { world throws in
            try world.nameServer(
                zone: ".", Self.root("ipv4only.arpa A 192.0.0.170\nipv4only.arpa AAAA 2001:db8:99::c000:aa"))
            let daemon = try world.daemon()
            let flood = try StrangeRouter(world.client, interface: "c0", prefix: "2001:db8:77::/96")
            defer { flood.end() }
            let found = try examine(daemon, "--interface lan0")
            #expect(found.status == 1)
            #expect(found.lights["pref64"] == "red", "\(found.text)")
            #expect(found.text.contains("2001:db8:77::/96"))
            #expect(found.lights["upstream-dns64"] == "red")
            #expect(found.text.contains("2001:db8:99::/96"))
        }
    }

    @Test("where no daemon runs, the box is examined by the configuration")
    func withoutDaemon() throws {
        try withNAT64World { world throws in
            let text = "{ server: { listen: [\"[\(NAT64World.boxAddress6)]:53\"] }, \(upstreamAndTranslator) }"
            let file = try world.house.write("box.yaml", text)
            func doctor(_ file: String) throws -> Finished {
                try world.house.run(
                    world.daemonPrefix + [Programs.control, "--socket", "/run/none.sock", "doctor", "--config", file])
            }
            let found = try doctor(file)
            #expect(found.status == 1, "\(found.output)\(found.errors)")
            #expect(found.output.contains("RED    daemon: dns64d does not run"), "\(found.output)\(found.errors)")
            #expect(found.output.contains("green  routes (IPv4)"), "\(found.output)")
            let bad = try doctor(try world.house.write("bad.yaml", "nat64: { backend: tum }"))
            #expect(bad.status == 1 && bad.output.contains("nat64.backend"), "\(bad.output)\(bad.errors)")
        }
    }

    private var upstreamAndTranslator: String {
        "upstream: [{ zone: ., servers: [\"\(NAT64World.serverAddress)\"] }], nat64: { backend: tun }"
    }

    @Test("a connection through the translator, step by step")
    func connection() throws {
        try withNAT64World { world throws in
            try world.nameServer(zone: ".", Self.root())
            _ = try world.webServer()
            let daemon = try world.daemon()
            let good = try daemon.ctl(["nat64", "test", "v4only.example", "--port", "80"])
            #expect(good.status == 0, "\(good.output)\(good.errors)")
            for words in [NAT64World.server6, NAT64World.serverAddress, "nat64", NAT64World.routerAddress] {
                #expect(good.output.contains(words), "\(words): \(good.output)")
            }
            let bad = try daemon.ctl(["nat64", "test", "silent.example", "--port", "80"])
            #expect(bad.status == 1, "\(bad.output)\(bad.errors)")
            let none = try daemon.ctl(["--json", "nat64", "test", "nobody.example"])
            #expect(none.status == 1 && none.output.contains("NXDOMAIN"), "\(none.output)\(none.errors)")
        }
    }
}
