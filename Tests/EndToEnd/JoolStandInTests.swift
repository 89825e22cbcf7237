// dns64d drives Jool's client: what it types, what it makes of the answers, and what it leaves behind.

import Foundation
import Testing

@Suite(.nat64Turns, .ownThread, .needsNamespaces) struct JoolStandInTests {
    private static let nat64 = """
        pool4: [203.0.113.64 40000-49999]
        timers: { udp: 10m }
        static: [{ proto: tcp, client: "[2001:db8:64::2]:80", public: "203.0.113.64:45000" }]
        """

    /// The plan is shown, and changes nothing; then it is what is run; and at the end all is gone.
    @Test func planStartAndStop() throws {
        try withNAT64World { world throws in
            let standIn = try JoolStandIn(world.house)
            let before = try world.picture()
            let plan = try world.runJoolDaemon(standIn, "--plan", Self.nat64)
            #expect(plan.status == 0, "\(plan.errors)")
            #expect(standIn.changes.isEmpty && standIn.instances.isEmpty)
            try world.expectUnchanged(since: before, "--plan")
            let steps = plan.output.split(separator: "\n").map(String.init)
            let typed = steps.filter { $0.hasPrefix(standIn.program + " ") }.map { line in
                String(line[..<(line.range(of: "   #")?.lowerBound ?? line.endIndex)])
                    .dropFirst(standIn.program.count + 1).replacingOccurrences(of: "'", with: "")
            }
            #expect(typed.first == "instance add dns64d --netfilter --pool6 64:ff9b::/96", "\(plan.output)")
            let daemon = try world.joolDaemon(standIn, Self.nat64)
            #expect(standIn.changes == typed)
            let state = standIn.state()
            #expect(state.contains("dns64d netfilter 64:ff9b::/96") && state.contains("tcp-est-timeout,2:04:00"))
            #expect(state.contains("0,UDP,203.0.113.64,40000,49999,1024,0"), "\(state)")
            #expect(state.contains("TCP,2001:db8:64::2,80,203.0.113.64,45000,1"), "\(state)")
            let again = try world.runJoolDaemon(standIn, "--plan", Self.nat64)
            #expect(!again.output.contains(standIn.program), "nothing is left to do: \(again.output)")
            #expect(try world.answer() == NAT64World.synthesized)
            #expect(daemon.child.end() == .exit(0))
            #expect(standIn.instances.isEmpty)
            try world.expectUnchanged(since: before, "the end")
            // The daemon's words go to the program as they are: none of them is for a shell.
            let safe = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .:/#,_-")
            #expect(standIn.calls.allSatisfy { $0.allSatisfy(safe.contains) })
        }
    }

    private func text(_ entry: [String: Any], _ key: String) -> String { entry[key] as? String ?? "" }
    private func number(_ entry: [String: Any], _ key: String) -> Int { entry[key] as? Int ?? -1 }

    /// dns64ctl nat64 reads as it does with the built-in translator.
    @Test func whatIsShown() throws {
        try withNAT64World { world throws in
            let standIn = try JoolStandIn(world.house)
            let daemon = try world.joolDaemon(standIn, Self.nat64)
            let tail = "64:ff9b::c633:6450,443,203.0.113.64"
            try standIn.put(
                "session",
                [
                    "TCP,2001:db8:64::2,5000,\(tail),40001,198.51.100.80,443,1:59:56.744,ESTABLISHED",
                    "TCP,2001:db8:64::2,5000,64:ff9b::c633:6451,80,203.0.113.64,40001,198.51.100.81,80,0:03:50.000,TRANS",
                    "UDP,2001:db8:64::2,5353,\(tail),40002,198.51.100.80,443,0:04:54.676",
                    "ICMP,2001:db8:64::3,351,\(tail),40003,198.51.100.80,40003,0:00:40.172",
                ])
            try standIn.put(
                "bib",
                [
                    "TCP,2001:db8:64::2,5000,203.0.113.64,40001,0", "UDP,2001:db8:64::2,5353,203.0.113.64,40002,0",
                    "ICMP,2001:db8:64::3,351,203.0.113.64,40003,0",
                ])
            let status = try daemon.json("nat64", "status")
            #expect(text(status, "backend") == "jool" && text(status, "health") == "good", "\(status)")
            #expect(number(status, "sessions") == 4 && number(status, "bindings") == 4)
            let shown = try daemon.ctl("nat64", "status").output
            #expect(shown.contains("the translator jool is good") && shown.contains("4.1.9.0"), "\(shown)")
            let sessions = try daemon.sessions()
            #expect(sessions.count == 4)
            let udp = try #require(sessions.first { text($0, "proto") == "udp" })
            #expect(number(udp, "remainingSeconds") == 295 && text(udp, "public") == "203.0.113.64")
            #expect(try daemon.sessions("--proto", "tcp").map { text($0, "state") } == ["established", "trans"])
            #expect(try daemon.sessions("--client", "2001:db8:64::3").count == 1)
            #expect(Set(try daemon.bindings().map { number($0, "sessions") }) == [0, 1, 2])
            #expect(try daemon.translated("received-6") == 12_021)
            try expectChanges(daemon, standIn)
        }
    }

    private func expectChanges(_ daemon: Daemon, _ standIn: JoolStandIn) throws {
        // One of two sessions of a binding can't go alone.
        let partial = try daemon.ctl("nat64", "drop", "--remote", "198.51.100.81")
        #expect(partial.status != 0 && partial.errors.contains("none was ended"), "\(partial)")
        #expect(try daemon.ctl("nat64", "drop", "--client", "2001:db8:64::2").status == 0)
        #expect(try daemon.sessions().map { text($0, "proto") } == ["icmp"])
        let bind = try daemon.ctl("nat64", "bind", "tcp", "[2001:db8:64::2]:81", "203.0.113.64:45001")
        #expect(bind.status == 0, "\(bind.errors)")
        #expect(standIn.changes.last == "-i dns64d bib add 203.0.113.64#45001 2001:db8:64::2#81 --tcp")
        #expect(try daemon.ctl("nat64", "bind", "tcp", "[2001:db8:64::2]:82", "203.0.113.64:45001").status != 0)
        #expect(try daemon.ctl("nat64", "unbind", "tcp", "203.0.113.64:45001").status == 0)
        #expect(standIn.changes.last == "-i dns64d bib remove 203.0.113.64#45001 --tcp")
        let count = standIn.changes.count
        try daemon.rewrite(
            NAT64World.joolText(standIn, Self.nat64.replacingOccurrences(of: "udp: 10m", with: "udp: 15m")))
        let reload = try daemon.ctl("reload")
        #expect(reload.status == 0, "\(reload.errors)")
        #expect(standIn.changes[count...] == ["-i dns64d global update udp-timeout 0:15:00"])
    }

    /// What is kept, and what a crash left, is taken up as it is; nothing is there twice.
    @Test func keptAndCrashed() throws {
        try withNAT64World { world throws in
            let standIn = try JoolStandIn(world.house)
            let daemon = try world.joolDaemon(standIn, jool: "keep: true", Self.nat64)
            let (state, changes) = (standIn.state(), standIn.changes)
            #expect(daemon.child.end() == .exit(0))
            #expect(standIn.state() == state && standIn.changes == changes, "kept")
            var child = try world.again(daemon)
            #expect(standIn.state() == state && standIn.changes == changes, "taken up")
            child.signal(SIGKILL)
            _ = child.wait(seconds: 5)
            child = try world.again(daemon)
            #expect(standIn.state() == state && standIn.changes == changes, "after a crash")
            child.signal(SIGKILL)
            _ = child.wait(seconds: 5)
            try daemon.rewrite(NAT64World.joolText(standIn, Self.nat64))
            child = try world.again(daemon)
            #expect(standIn.state() == state && standIn.changes == changes, "no longer to be kept")
            #expect(child.end() == .exit(0) && standIn.instances.isEmpty, "\(child.errors)")
        }
    }

    /// What a crash left goes also where Jool is no longer the translator.
    @Test func crashedAndGivenUp() throws {
        try withNAT64World { world throws in
            let standIn = try JoolStandIn(world.house)
            let before = try world.picture()
            let daemon = try world.joolDaemon(standIn, Self.nat64)
            daemon.wasKilled = true
            daemon.child.signal(SIGKILL)
            _ = daemon.child.wait(seconds: 5)
            #expect(standIn.instances.count == 1)
            try daemon.rewrite("nat64: { backend: none }")
            let child = try world.house.start(
                world.daemonPrefix + [Programs.daemon, "--config", daemon.configuration])
            #expect(eventually(within: 10, every: 50) { standIn.instances.isEmpty }, "\(child.errors)")
            #expect(child.end() == .exit(0))
            try world.expectUnchanged(since: before, "what was done for Jool is undone")
        }
    }

    /// A client that hangs keeps dns64d from nothing: it ends in time, and the next one knows the instance for its own.
    @Test func stopsThoughTheClientHangs() throws {
        try withNAT64World { world throws in
            let standIn = try JoolStandIn(world.house)
            let daemon = try world.joolDaemon(standIn, Self.nat64)
            let state = standIn.state()
            try standIn.set(.hang)
            let start = Clock.now
            daemon.child.signal(SIGTERM)
            let ending = daemon.child.wait(seconds: 20)
            #expect(ending == .exit(0) && Clock.now - start < 15, "\(ending as Any) after \(Clock.now - start) s")
            #expect(daemon.child.errors.contains("not all could be undone"), "\(daemon.child.errors)")
            try standIn.set(nil)
            #expect(standIn.state() == state)
            let child = try world.again(daemon)
            #expect(standIn.state() == state)
            #expect(child.end() == .exit(0) && standIn.instances.isEmpty)
        }
    }

    /// Somebody else's instance is not touched unless it is to be adopted; then it stays.
    @Test func somebodyElses() throws {
        try withNAT64World { world throws in
            let standIn = try JoolStandIn(world.house)
            try standIn.run("instance add dns64d --netfilter --pool6 64:ff9b::/96")
            try standIn.run("-i dns64d global update icmp-timeout 0:02:00")
            let (state, count) = (standIn.state(), standIn.changes.count)
            let refused = try world.runJoolDaemon(standIn, "--plan", Self.nat64)
            #expect(refused.status != 0 && refused.errors.contains("nat64.jool.adopt: true"), "\(refused.errors)")
            #expect(standIn.changes.count == count)
            let daemon = try world.joolDaemon(standIn, jool: "adopt: true", "timers: { udp: 10m }")
            #expect(standIn.changes[count...] == ["-i dns64d global update udp-timeout 0:10:00"])
            #expect(daemon.child.end() == .exit(0))
            let expected = state.filter { $0 != "udp-timeout,0:05:00" } + ["udp-timeout,0:10:00"]
            #expect(standIn.state() == expected.sorted())
        }
    }

    /// Names that a shell would take for more than a name.
    @Test(arguments: ["a;b", "$(id)", "a b", "-i", "`id`", "a|b", "../x", ""])
    func namesThatAreRefused(_ name: String) throws {
        try withHouse { house in
            let text = """
                server: { listen: ["127.0.0.1:5399"] }
                upstream: []
                nat64: { backend: jool, jool: { instance: "\(name)" } }
                """
            let file = try house.write("check.yaml", text)
            let finished = try house.run([Programs.daemon, "--config", file, "--check"])
            #expect(finished.status != 0 && finished.errors.contains("nat64.jool.instance"), "\(finished.errors)")
        }
    }
}
