// What dns64d does to the machine that it runs on, and that it leaves it as it was found.

import Foundation
import Testing

@Suite(.nat64Turns, .ownThread, .needsNamespaces) struct NAT64MachineTests {
    private func expectWorks(_ world: NAT64World, _ what: String) throws {
        let ping = try world.run(world.client, "ping -n -c 2 -i 0.2 -W 10 \(NAT64World.server6)")
        #expect(ping.status == 0, "\(what): \(ping.output)\(ping.errors)")
        let page = try world.run(world.client, "curl -sS --max-time 30 http://[\(NAT64World.server6)]/")
        #expect(page.output == NAT64World.page, "\(what): \(page.errors)")
    }

    /// Started, stopped, started, killed, started, stopped: the machine is as it was found, and nothing is there twice.
    @Test(arguments: ["pool4: []", "pool4: [203.0.113.64/28, 192.0.2.16/28]"])
    func leftAsItWasFound(_ nat64: String) throws {
        try withNAT64World { world throws in
            try world.router.ip("route add 192.0.2.0/24 via \(NAT64World.boxAddress4)")
            _ = try world.webServer()
            // Somebody else's rules, which have nothing to do with it.
            try world.box.inside("nft", "add table inet theirs")
            try world.box.inside("nft", "add chain inet theirs input { type filter hook input priority 0; }")
            let found = try world.picture()
            let first = try world.daemon(nat64)
            let running = try world.picture()
            #expect(running != found)
            try expectWorks(world, "first")
            #expect(first.child.end(seconds: 15) == .exit(0), "\(first.child.errors)")
            try world.expectUnchanged(since: found, "stopped with SIGTERM")
            let second = try world.again(first)
            try world.expectUnchanged(since: running, "started again")
            try expectWorks(world, "second")
            second.signal(SIGKILL)
            #expect(second.wait(seconds: 10) == .signal(SIGKILL))
            let third = try world.again(first)
            try world.expectUnchanged(since: running, "started after it was killed")
            try expectWorks(world, "third")
            #expect(third.end(seconds: 15) == .exit(0), "\(third.errors)")
            try world.expectUnchanged(since: found, "stopped after it was killed and started")
        }
    }

    /// What a reload can't change, it says, and goes on as before.
    @Test func reloadWithoutTheTranslator() throws {
        try withNAT64World { world throws in
            _ = try world.webServer()
            let daemon = try world.daemon()
            let running = try world.picture()
            try daemon.rewrite("nat64: { backend: none }")
            let reload = try daemon.ctl("reload")
            #expect(reload.status == 0 && reload.output.contains("nat64.backend: takes effect at the next start"))
            try world.expectUnchanged(since: running, "backend: none")
            try expectWorks(world, "as before")
        }
    }

    /// `dns64d --plan` shows each step as a person would type it, and does none.
    @Test func thePlanChangesNothing() throws {
        try withNAT64World { world throws in
            let found = try world.picture()
            let shared = try world.runDaemon(["--plan"])
            #expect(shared.status == 0, "\(shared.errors)")
            for word in ["nat64", "64:ff9b::/96", "ip_forward", "forwarding", "nft"] {
                #expect(shared.output.contains(word), "\(word): \(shared.output)")
            }
            let pool = try world.runDaemon(["--plan"], "pool4: [203.0.113.64/30], tun: { device: other64 }")
            #expect(pool.status == 0, "\(pool.errors)")
            for word in ["other64", "203.0.113.64", "proxy"] {
                #expect(pool.output.contains(word), "\(word): \(pool.output)")
            }
            try world.expectUnchanged(since: found, "--plan")
        }
    }

    /// "A conflict (a route to the prefix that is there already) is an error that says which."
    @Test func aRouteThatIsThereAlready() throws {
        try withNAT64World { world throws in
            try world.box.ip("-6 route add 64:ff9b::/96 via \(NAT64World.clientAddress)")
            let found = try world.picture()
            let finished = try world.runDaemon([])
            #expect(finished.status == 1, "\(finished.output)\(finished.errors)")
            #expect(finished.errors.contains("64:ff9b::/96"), "\(finished.errors)")
            #expect(finished.errors.contains(NAT64World.clientAddress) || finished.errors.contains("lan0"), "which one")
            try world.expectUnchanged(since: found, "after a conflict")
        }
    }

    /// A device of that name that somebody else made.
    @Test func aDeviceThatIsThereAlready() throws {
        try withNAT64World { world throws in
            try world.box.ip("link add nat64 type veth peer name other64")
            let found = try world.picture()
            let finished = try world.runDaemon([])
            #expect(finished.status == 1 && finished.errors.contains("nat64"), "\(finished.errors)")
            try world.expectUnchanged(since: found, "after a conflict")
        }
    }

    @Test func aSecondDaemonOnTheSameMachine() throws {
        try withNAT64World { world throws in
            _ = try world.webServer()
            let first = try world.daemon()
            let running = try world.picture()
            let second = try world.house.run(
                world.daemonPrefix + [
                    Programs.daemon, "--config",
                    try world.house.write(
                        "second.yaml",
                        "server: { listen: [\"[::1]:5300\"] }\ncontrol: { socket: null }\n" + NAT64World.configuration()
                    ),
                ])
            #expect(second.status == 1, "\(second.output)\(second.errors)")
            try world.expectUnchanged(since: running, "the second could not start")
            #expect(first.child.isRunning)
            try expectWorks(world, "the first goes on")
        }
    }

    /// Killed, and started again with `backend: none`: nobody needs what is left.
    @Test func whatACrashLeft() throws {
        try withNAT64World { world throws in
            let found = try world.picture()
            let first = try world.daemon()
            first.wasKilled = true
            first.child.signal(SIGKILL)
            #expect(first.child.wait(seconds: 10) == .signal(SIGKILL))
            try first.rewrite("nat64: { backend: none }")
            let second = try world.house.start(world.daemonPrefix + [Programs.daemon, "--config", first.configuration])
            let isReady = eventually(within: 20) { second.errors.contains("ready") || !second.isRunning }
            #expect(isReady && second.isRunning, "\(second.errors)")
            try world.expectUnchanged(since: found, "a start without a translator takes back what the crash left")
        }
    }

    /// SIGTERM while it is being started: nothing is left.
    @Test func endedWhileStarting() throws {
        try withNAT64World { world throws in
            let found = try world.picture()
            let file = try world.house.write(
                "early.yaml",
                "server: { listen: [\(NAT64World.listen)], workers: 1 }\n"
                    + "control: { socket: \"\(world.house.path("early.sock"))\" }\n" + NAT64World.configuration())
            for delay: UInt32 in [20_000, 60_000, 120_000, 200_000, 300_000] {
                let child = try world.house.start(world.daemonPrefix + [Programs.daemon, "--config", file])
                usleep(delay)
                let ending = child.end(seconds: 15)
                // Before it has come to anything, a signal may end it as any program.
                let isEarly = ending == .signal(SIGTERM) && !child.errors.contains("listening")
                #expect(ending == .exit(0) || isEarly, "after \(delay) us: \(child.errors)")
                try world.expectUnchanged(since: found, "ended after \(delay) us")
            }
        }
    }

    /// Without the right to change the network: what is missing, and the line of the unit file that mends it.
    @Test func withoutTheCapability() throws {
        try withNAT64World { world throws in
            let found = try world.picture()
            let finished = try world.runDaemon(
                [], prefix: ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"])
            #expect(finished.status == 1, "\(finished.output)\(finished.errors)")
            #expect(finished.errors.contains("CAP_NET_ADMIN"), "\(finished.errors)")
            #expect(finished.errors.contains("AmbientCapabilities="), "\(finished.errors)")
            try world.expectUnchanged(since: found, "after it could not start")
        }
    }

    /// `server.user`: it works without root, and still leaves the machine as it was.
    @Test func asAUserOfItsOwn() throws {
        try withNAT64World { world throws in
            _ = try world.webServer()
            let found = try world.picture()
            let daemon = try world.daemon(server: "workers: 1, user: nobody")
            let status = try String(contentsOfFile: "/proc/\(daemon.child.pid)/status", encoding: .utf8)
            #expect(status.contains("Uid:\t\(getpwnam("nobody")?.pointee.pw_uid ?? 0)\t"))
            try expectWorks(world, "as nobody")
            #expect(daemon.child.end(seconds: 15) == .exit(0), "\(daemon.child.errors)")
            try world.expectUnchanged(since: found, "stopped as nobody")
        }
    }
}
