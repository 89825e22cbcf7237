// An IPv6-only network from one configuration file, from the provider's DHCP to a phone's view, with nothing faked:
// dns64d on a box, the programs that announce it fed with what `dns64ctl announce` prints, a client that knows nothing but
// what it is told, and an internet that has IPv4 alone.

import Foundation
import Testing

@Suite(.nat64Turns, .ownThread, .needsNamespaces) struct WholeBoxTests {
    /// DNS64D_TEST_ANNOUNCING names one of them, where time is dear.
    static let choices: [AnnouncingPrograms] = {
        let name = ProcessInfo.processInfo.environment["DNS64D_TEST_ANNOUNCING"]
        return AnnouncingPrograms.allCases.filter { name == nil || $0.rawValue == name }
    }()

    @Test(arguments: choices) func anIPv6OnlyNetwork(_ programs: AnnouncingPrograms) throws {
        try withWholeBox { world throws in
            let radvd = try programs.radvd(world.house)
            try world.leaseBoxAddress()
            let found = try world.picture()
            let daemon = try world.startDaemon(radvd)
            let announcers = try world.announce(programs, daemon, radvd: radvd)
            let running = try world.picture()
            #expect(running.difference(from: found).contains("64:ff9b::/96") || world.backend == "jool")

            try world.joinNetwork()
            try expectIPv6Alone(world)
            try expectReaches(world, "client")
            try expectRouters(world)
            try expectSamePrefix(world, programs, radvd)

            try losePower(world, daemon, announcers)
            let second = try world.startAgain(daemon, radvd)
            let others = try world.announceAgain(programs, radvd: radvd)
            try world.expectBox(running, "killed and started again")
            try expectReaches(world, "power")
            try world.askForConfiguration()

            try expectMoves(world, daemon, second)
            try world.expectBox(running, "another IPv4 address")

            for child in others { child.end() }
            #expect(second.end(seconds: 20) == .exit(0), "\(second.errors)")
            try world.expectBox(found, "stopped with SIGTERM")
        }
    }

    // MARK: what the client has

    private func expectIPv6Alone(_ world: WholeBox) throws {
        #expect(try world.clientAddresses().allSatisfy { $0.contains(":") })
        #expect(try world.client.inside("ip", "-4", "route", "show", "table", "all", "type", "unicast").isEmpty)
        #expect(world.client.resolver == "nameserver \(WholeBox.boxAddress6)\n", "option 23 of DHCPv6")
    }

    /// `dig`, `curl` and `ping` to a name that has no AAAA, by what the client was told and nothing else.
    private func expectReaches(_ world: WholeBox, _ name: String) throws {
        let dig = try world.run(world.client, "dig +short +tries=1 +time=8 \(name).example AAAA")
        #expect(dig.output == "\(WholeBox.server6)\n", "\(dig.output)")
        let page = try world.run(world.client, "curl -sS --max-time 30 http://\(name).example/")
        #expect(page.output == WholeBox.page, "\(name): \(page.errors)")
        let ping = try world.run(world.client, "ping -n -c 2 -i 0.2 -W 10 \(name).example")
        #expect(ping.status == 0, "\(name): \(ping.output)\(ping.errors)")
    }

    /// Each router on the way, IPv6 and IPv4 alike.
    private func expectRouters(_ world: WholeBox) throws {
        for kind in ["", "-T -p 80 "] {
            let trace = try world.run(world.client, "traceroute -6 -n -q 1 -w 5 -m 8 \(kind)trace.example")
            let hops = trace.output.split(separator: "\n").dropFirst()
                .compactMap { $0.split(whereSeparator: \.isWhitespace).dropFirst().first.map(String.init) }
            // The box is one hop or a few, as its translator has it; the others have their own addresses.
            let outside = [
                WholeBox.through(WholeBox.providerAddress), WholeBox.through(WholeBox.transitAddress), WholeBox.server6,
            ]
            #expect(
                hops.first == WholeBox.boxAddress6 && hops.suffix(3) == outside[...] && !hops.contains("*"),
                "traceroute \(kind): \(trace.output)\(trace.errors)")
        }
    }

    // MARK: the phone's view

    /// RFC 7050 and RFC 8781 tell the same prefix; who believes router advertisements alone has the same name server.
    private func expectSamePrefix(_ world: WholeBox, _ programs: AnnouncingPrograms, _ radvd: Radvd) throws {
        let dig = try world.run(world.client, "dig +short +tries=1 +time=8 ipv4only.arpa AAAA")
        let addresses = dig.output.split(separator: "\n").map(String.init).sorted()
        // The well-known addresses 192.0.0.170 and 192.0.0.171, behind the prefix.
        #expect(addresses == ["64:ff9b::c000:aa", "64:ff9b::c000:ab"], "\(dig.output)")
        let advertisement = try #require(
            try world.client.solicitRouter("c0", within: 15), "no router advertisement came")
        #expect(advertisement.hasOtherConfiguration && advertisement.routerLifetime > 0)
        #expect(advertisement.nameServers == [WholeBox.boxAddress6])
        let canTell = programs != .dnsmasq && radvd.announcesPref64
        #expect(advertisement.pref64.map(\.prefix) == (canTell ? ["64:ff9b::/96"] : []), "radvd \(radvd.version)")
        // RFC 8781 section 4.1: "highly undesirable for the NAT64 prefix to have a lifetime shorter than the Router
        // Lifetime"
        #expect(advertisement.pref64.allSatisfy { $0.lifetime >= advertisement.routerLifetime })
    }

    // MARK: what happens to the box

    /// Slow enough not to get done by itself.
    private func startDownload(_ world: WholeBox) throws -> Child {
        let file = world.house.path("download\(world.house.number())")
        let child = try world.start(
            world.client, "curl -sS --limit-rate \(WholeBox.slowly) -o \(file) http://download.example/large")
        let isUnderWay = eventually(within: 20) {
            (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0 > 0
        }
        #expect(isUnderWay, "no download: \(child.errors)")
        return child
    }

    /// While somebody loads a file, all at once.
    private func losePower(_ world: WholeBox, _ daemon: Daemon, _ announcers: [Child]) throws {
        let download = try startDownload(world)
        daemon.wasKilled = true
        let children = [daemon.child] + announcers
        for child in children { child.signal(SIGKILL) }
        for child in children { #expect(child.wait(seconds: 10) == .signal(SIGKILL), "\(child.name)") }
        download.end()
    }

    /// The provider gives the box another IPv4 address while a download runs. That one has lost the address it came
    /// from; new connections work.
    private func expectMoves(_ world: WholeBox, _ daemon: Daemon, _ child: Child) throws {
        let download = try startDownload(world)
        let address = WholeBox.boxAddresses[1]
        try world.lease?.give(address)
        let isMoved = try eventually(within: 60, every: 50) { try world.boxAddress4() == address }
        #expect(isMoved, "DHCP gave no other address")
        let begin = Clock.now
        var tries = 0
        let works = try eventually(within: 20, every: 100) {
            tries += 1
            // A name that nobody has asked for, so that upstream is asked from the new address too.
            return try world.run(world.client, "curl -sS --max-time 3 http://moved\(tries).example/").output
                == WholeBox.page
        }
        let seconds = Clock.now - begin
        #expect(works, "after \(seconds) s: \(daemon.nat64Text)\(child.errors)")
        #expect(world.web?.visitors.last == address)
        try expectReaches(world, "moved")
        print(
            "  another IPv4 address: after \(String(format: "%.1f", seconds)) s a new connection worked, try \(tries); the download",
            download.isRunning ? "still waits" : "ended: \(download.errors)")
        download.end()
        #expect(try daemon.health().health == "good" && child.isRunning, "\(daemon.nat64Text)\(child.errors)")
    }
}
