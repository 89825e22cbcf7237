// Jool's client misbehaves in every way: told within five seconds, with what mends it; answers follow `nat64.when-down`;
// and all is good again by itself when it is over.

import Foundation
import Testing

@Suite(.nat64Turns, .ownThread, .needsNamespaces) struct JoolStandInTroubleTests {
    /// Misbehaviour, and what is to be told of it.
    struct Case {
        var mode: JoolStandIn.Mode
        var code: String
        /// A part of the command, or of the line of configuration, that mends it.
        var remedy: String
        /// What the log has to hold: the program's own words, if it had any.
        var words: String
    }

    static let cases: [JoolStandIn.Mode: Case] = Dictionary(
        uniqueKeysWithValues: [
            Case(mode: .hang, code: "jool-program-hung", remedy: "dmesg | tail", words: "was killed"),
            Case(mode: .crash, code: "jool-program-failed", remedy: "--version", words: "signal 11"),
            Case(mode: .garbage, code: "jool-output-unreadable", remedy: "--version", words: "banana"),
            Case(mode: .empty, code: "jool-output-unreadable", remedy: "--version", words: "printed no"),
            Case(mode: .unloaded, code: "jool-module-missing", remedy: "modprobe jool", words: "socket family"),
            Case(
                mode: .lacks, code: "jool-instance-missing",
                remedy: "instance add dns64d --netfilter --pool6 64:ff9b::/96", words: "lacks an instance named"),
            Case(
                mode: .version, code: "jool-version-unsupported", remedy: "nat64.jool.program", words: "4.0.12.0"),
            Case(
                mode: .norights, code: "jool-no-rights", remedy: "AmbientCapabilities=CAP_NET_ADMIN",
                words: "CAP_NET_ADMIN capability required"),
            Case(mode: .endless, code: "jool-program-", remedy: "--version", words: "`"),
            Case(
                mode: .unknown, code: "jool-program-failed", remedy: "dmesg | grep -i jool",
                words: "The flux capacitor is empty."),
            Case(
                mode: .deleted, code: "jool-program-missing", remedy: "apt-get install jool-tools",
                words: "not installed"),
        ].map { ($0.mode, $0) })

    /// How often dns64d looks, how long a look takes, and a bit for a busy machine.
    private static let soon = 5.0

    @Test(arguments: [
        ("native-only", [JoolStandIn.Mode.hang, .empty, .unknown, .lacks]),
        ("servfail", [.garbage, .deleted, .norights, .version]),
        ("native-only", [.unloaded, .crash, .endless]),
    ])
    func misbehaves(_ whenDown: String, _ modes: [JoolStandIn.Mode]) throws {
        try withNAT64World { world throws in
            let standIn = try JoolStandIn(world.house)
            let daemon = try world.joolDaemon(
                standIn, "pool4: [203.0.113.64]\ntimers: { udp: 10m }\nwhen-down: \(whenDown)")
            let state = standIn.state()
            #expect(state.contains("udp-timeout,0:10:00") && state.contains("0,TCP,203.0.113.64,1,65535,1024,0"))
            for mode in modes {
                let expected = try #require(Self.cases[mode])
                #expect(try world.answer() == NAT64World.synthesized, "before \(mode)")
                try standIn.set(mode)
                // Whoever takes the module away takes all that it held.
                if mode == .unloaded { standIn.forget() }
                try expectTold(world, daemon, expected, whenDown == "servfail" ? "SERVFAIL" : "NOERROR")
                try standIn.set(nil)
                if mode == .endless { #expect(try daemon.peakMemory() < 200_000_000) }
                try expectGood(world, daemon, "after \(mode)")
                #expect(standIn.state() == state, "after \(mode)")
            }
            #expect(Set(modes).isSubset(of: Self.cases.keys))
        }
    }

    private func expectTold(_ world: NAT64World, _ daemon: Daemon, _ expected: Case, _ answer: String) throws {
        let start = Clock.now
        // Nobody asks dns64d how its translator is: it has to see by itself.
        let isTold = try eventually(within: 15, every: 50) { try world.answer() == answer }
        let time = Clock.now - start
        #expect(isTold && time < Self.soon, "\(expected.mode): \(time) s; \(daemon.nat64Text)")
        let report = try daemon.json("nat64", "status")
        let reasons = report["reasons"] as? [[String: Any]] ?? []
        #expect(report["health"] as? String == "bad", "\(expected.mode): \(report)")
        let codes = reasons.compactMap { $0["code"] as? String }
        #expect(codes.count == 1 && codes.first?.hasPrefix(expected.code) == true, "\(expected.mode): \(reasons)")
        let remedy = reasons.first?["remedy"] as? String ?? ""
        #expect(remedy.contains(expected.remedy), "\(expected.mode): \(remedy)")
        #expect(daemon.child.errors.contains(expected.words), "\(expected.mode): \(daemon.child.errors.suffix(1500))")
        let shown = try daemon.ctl("nat64", "status").output
        #expect(shown.contains("is bad") && shown.contains("to mend it:"), "\(shown)")
    }

    private func expectGood(_ world: NAT64World, _ daemon: Daemon, _ what: String) throws {
        let isGood = try eventually(within: 20, every: 50) { try world.answer() == NAT64World.synthesized }
        #expect(isGood, "\(what): \(daemon.nat64Text)")
        #expect(try daemon.nat64Health() == "good", "\(what)")
    }

    /// Somebody removes the instance by hand: told at once, and made again after a while.
    @Test func theInstanceIsRemoved() throws {
        try withNAT64World { world throws in
            let standIn = try JoolStandIn(world.house)
            let daemon = try world.joolDaemon(standIn, "pool4: [203.0.113.64]")
            let state = standIn.state()
            try standIn.run("instance remove dns64d")
            let expected = try #require(Self.cases[.lacks])
            try expectTold(world, daemon, expected, "NOERROR")
            // Made again by hand with its prefix alone, it gets the rest of the plan.
            try standIn.run("instance add dns64d --netfilter --pool6 64:ff9b::/96")
            try expectGood(world, daemon, "made by hand")
            #expect(standIn.state() == state)
            try standIn.run("instance remove dns64d")
            try expectTold(world, daemon, expected, "NOERROR")
            try expectGood(world, daemon, "made by itself")
            #expect(standIn.state() == state)
            try standIn.run("-i dns64d global update manually-enabled false")
            let disabled = Case(
                mode: .lacks, code: "jool-disabled", remedy: "global update manually-enabled true",
                words: "switched off")
            try expectTold(world, daemon, disabled, "NOERROR")
            try standIn.run("-i dns64d global update manually-enabled true")
            try expectGood(world, daemon, "switched on")
        }
    }
}
