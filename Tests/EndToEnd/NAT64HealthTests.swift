// The world changes under the translator: the address, the link. No AAAA is invented that leads nowhere
// (`nat64.when-down`), and all comes back by itself.

import Foundation
import Testing

@Suite(.nat64Turns, .ownThread, .needsNamespaces) struct NAT64HealthTests {
    /// DHCP gives another address: new connections leave from it, and it is by it that static bindings are reached.
    @Test func theAddressChanges() throws {
        try withNAT64World { world throws in
            let web = try world.webServer()
            _ = try WebServer(world, world.client, listen: "[::]:80", page: "from IPv6\n")
            let daemon = try world.daemon(
                "static: [{ proto: tcp, client: \"[\(NAT64World.clientAddress)]:80\", public: \"*:8080\" }]")
            let call = "curl -sS --max-time 30 http://[\(NAT64World.server6)]/"
            #expect(try world.run(world.client, call).output == NAT64World.page)
            let ping = try world.start(world.client, "ping -n -i 0.2 \(NAT64World.server6)")
            try world.box.ip([
                "addr del \(NAT64World.boxAddress4)/24 dev wan0", "addr add 203.0.113.30/24 dev wan0",
                "route add default via \(NAT64World.routerAddress)",
            ])
            let isBack = try eventually(within: 20, every: 100) {
                try world.run(world.client, "curl -sS --max-time 2 http://[\(NAT64World.server6)]/").output
                    == NAT64World.page
            }
            #expect(isBack, "\(daemon.child.errors)")
            #expect(web.visitors.last == "203.0.113.30" && web.visitors.first == NAT64World.boxAddress4)
            var page = ""
            let isReached = try eventually(within: 20, every: 100) {
                page = try world.run(world.server, "curl -sS --max-time 2 http://203.0.113.30:8080/").output
                return page == "from IPv6\n"
            }
            #expect(isReached, "the static binding by the new address")
            let old = try world.run(
                world.server, "curl -sS --max-time 2 http://\(NAT64World.boxAddress4):8080/")
            #expect(old.status != 0, "and by the old one no more")
            // A ping that was there before goes on too: its identifier is mapped anew.
            let count = ping.output.split(separator: "\n").count
            #expect(eventually(within: 20) { ping.output.split(separator: "\n").count > count + 3 }, "\(ping.output)")
            #expect(try daemon.nat64Health() == "good")
        }
    }

    private func status(_ world: NAT64World, _ name: String, _ type: String = "AAAA") throws -> (String, [String]) {
        let answer = try world.client.dig("@\(NAT64World.boxAddress6) \(name) \(type)")
        return (answer.status, answer.data(type))
    }

    /// Takes the way out of the box away and gives it back, as a cable and whoever configures the interface do.
    private func expectHealth(_ daemon: Daemon, _ health: String, _ what: String) throws {
        let isSo = try eventually(within: 20, every: 50) { try daemon.nat64Health() == health }
        #expect(isSo, "\(what): \(daemon.nat64Text)")
    }

    @Test func theLinkGoesDown() throws {
        try withNAT64World { world throws in
            try world.nameServer(world.box, "127.0.0.1", port: 5354)
            let daemon = try world.daemon(upstream: "127.0.0.1:5354", "cache: { min-ttl: 0s }")
            #expect(try status(world, "v4only.example") == ("NOERROR", [NAT64World.server6]))
            try world.box.ip("link set wan0 down")
            try expectHealth(daemon, "bad", "the link is down")
            // native-only, the default: also for a name that is in the cache already.
            #expect(try status(world, "v4only.example") == ("NOERROR", []))
            #expect(try status(world, "new.example") == ("NOERROR", []))
            #expect(try status(world, "v4only.example", "A") == ("NOERROR", [NAT64World.serverAddress]))
            #expect(try status(world, "native.example") == ("NOERROR", [NAT64World.clientAddress]))
            #expect(try !daemon.nat64Reasons().isEmpty)
            let shown = try daemon.ctl("nat64", "status").output
            #expect(shown.contains("is bad") && shown.contains("native-only, in force"), "\(shown)")
            #expect(try daemon.ctl("status").output.contains("native-only"))
            #expect(daemon.child.errors.contains("translator"), "the log says so: \(daemon.child.errors)")
            try daemon.rewrite(NAT64World.configuration("when-down: servfail", upstream: "127.0.0.1:5354"))
            #expect(try daemon.ctl("reload").status == 0)
            #expect(try status(world, "v4only.example").0 == "SERVFAIL")
            #expect(try status(world, "native.example") == ("NOERROR", [NAT64World.clientAddress]))
            try daemon.rewrite(NAT64World.configuration("when-down: synthesize", upstream: "127.0.0.1:5354"))
            #expect(try daemon.ctl("reload").status == 0)
            #expect(try status(world, "v4only.example") == ("NOERROR", [NAT64World.server6]))
            try daemon.rewrite(NAT64World.configuration("when-down: native-only", upstream: "127.0.0.1:5354"))
            #expect(try daemon.ctl("reload").status == 0)
            #expect(try status(world, "v4only.example") == ("NOERROR", []))
            try world.box.ip(["link set wan0 up", "route add default via \(NAT64World.routerAddress)"])
            try expectHealth(daemon, "good", "the link is up again")
            #expect(try status(world, "v4only.example") == ("NOERROR", [NAT64World.server6]))
            #expect(
                try status(world, "new.example") == ("NOERROR", [NAT64World.server6]), "not from the cache's nothing")
            let ping = try world.run(world.client, "ping -n -c 2 -i 0.2 -W 10 \(NAT64World.server6)")
            #expect(ping.status == 0, "\(ping.output)")
        }
    }

    /// The cable is pulled: the address and the route stay, but lead nowhere.
    @Test func theCableIsPulled() throws {
        try withNAT64World { world throws in
            try world.nameServer(world.box, "127.0.0.1", port: 5354)
            let daemon = try world.daemon(upstream: "127.0.0.1:5354")
            #expect(try status(world, "v4only.example") == ("NOERROR", [NAT64World.server6]))
            try world.router.ip("link set r0 down")
            try expectHealth(daemon, "bad", "no carrier")
            #expect(try status(world, "v4only.example") == ("NOERROR", []))
            try world.router.ip("link set r0 up")
            try expectHealth(daemon, "good", "the cable is back")
            #expect(try status(world, "v4only.example") == ("NOERROR", [NAT64World.server6]))
            let ping = try world.run(world.client, "ping -n -c 2 -i 0.2 -W 10 \(NAT64World.server6)")
            #expect(ping.status == 0, "\(ping.output)")
        }
    }

    /// Somebody switches our own device off, or takes our route away.
    @Test func theDeviceIsSwitchedOff() throws {
        try withNAT64World { world throws in
            try world.nameServer(world.box, "127.0.0.1", port: 5354)
            let daemon = try world.daemon(upstream: "127.0.0.1:5354")
            try world.box.ip("link set nat64 down")
            try expectHealth(daemon, "bad", "the device is down")
            let shown = try daemon.ctl("nat64", "status").output
            #expect(shown.contains("nat64") && shown.contains("to mend it:"), "\(shown)")
            #expect(try status(world, "v4only.example") == ("NOERROR", []))
            try world.box.ip("link set nat64 up")
            // The kernel has thrown the routes away with the link: that has to be seen, or mended.
            let works = try eventually(within: 20, every: 200) {
                try world.run(world.client, "ping -n -c 1 -W 1 \(NAT64World.server6)").status == 0
            }
            let isGood = try daemon.nat64Health() == "good"
            #expect(
                works == isGood, "it does not say good while it is not: \(daemon.nat64Text)")
            #expect(works, "by itself")
        }
    }

    /// The device is deleted: it is made anew, and connections don't notice.
    @Test func theDeviceIsDeleted() throws {
        try withNAT64World { world throws in
            let daemon = try world.daemon()
            let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7000)
            #expect(flow.lives("before"))
            try world.box.ip("link del nat64")
            #expect(flow.lives("after", within: 30), "\(daemon.nat64Text)\(daemon.child.errors)")
            try expectHealth(daemon, "good", "the device was made anew")
        }
    }

    /// What somebody else takes away is told, and when it is back, all is well again.
    @Test(arguments: [
        ("ip -6 route del 64:ff9b::/96 dev nat64", "no-prefix-route", "ip -6 route replace 64:ff9b::/96 dev nat64"),
        (
            "sysctl -q -w net.ipv6.conf.all.forwarding=0", "forwarding-off",
            "sysctl -q -w net.ipv6.conf.all.forwarding=1"
        ),
        ("sysctl -q -w net.ipv4.ip_forward=0", "forwarding-off", "sysctl -q -w net.ipv4.ip_forward=1"),
    ])
    func whatSomebodyElseTakesAway(_ command: String, _ reason: String, _ remedy: String) throws {
        try withNAT64World { world throws in
            try world.nameServer(world.box, "127.0.0.1", port: 5354)
            let daemon = try world.daemon(upstream: "127.0.0.1:5354")
            try world.house.must(world.box.prefix + command.split(separator: " ").map(String.init))
            try expectHealth(daemon, "bad", command)
            #expect(try daemon.nat64Reasons() == [reason])
            #expect(try status(world, "v4only.example") == ("NOERROR", []))
            try world.house.must(world.box.prefix + remedy.split(separator: " ").map(String.init))
            try expectHealth(daemon, "good", remedy)
            #expect(try status(world, "v4only.example") == ("NOERROR", [NAT64World.server6]))
            let ping = try world.run(world.client, "ping -n -c 2 -i 0.2 -W 10 \(NAT64World.server6)")
            #expect(ping.status == 0, "\(ping.output)")
        }
    }

    /// Nobody puts it back but dns64d: at once when it is told to read its configuration again, else after ten seconds.
    @Test(arguments: [true, false]) func whatSomebodyTookAwayComesBack(byReload: Bool) throws {
        try withNAT64World { world throws in
            let daemon = try world.daemon()
            try world.box.inside("ip", "-6", "route", "del", "64:ff9b::/96", "dev", "nat64")
            try world.box.inside("sysctl", "-q", "-w", "net.ipv4.ip_forward=0")
            try expectHealth(daemon, "bad", "a route and forwarding are gone")
            if byReload { #expect(try daemon.ctl("reload").status == 0) }
            #expect(
                eventually(within: byReload ? 8 : 25) { (try? daemon.health().health) == "good" }, "\(daemon.nat64Text)"
            )
            let ping = try world.run(world.client, "ping -n -c 2 -i 0.2 -W 10 \(NAT64World.server6)")
            #expect(ping.status == 0, "\(ping.output)")
        }
    }

    /// A firewall is loaded anew, and with it goes the masquerading: it comes back by itself, or is told.
    @Test func theFirewallIsLoadedAnew() throws {
        try withNAT64World { world throws in
            let daemon = try world.daemon()
            try world.box.inside("nft", "flush", "ruleset")
            var works = false
            let isHonest = try eventually(within: 20, every: 200) {
                works = try world.run(world.client, "ping -n -c 1 -W 1 \(NAT64World.server6)").status == 0
                return try works || daemon.nat64Health() == "bad"
            }
            #expect(isHonest, "no packet passes, and yet: \(daemon.nat64Text)")
        }
    }
}
