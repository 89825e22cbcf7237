// Against a real Jool, in the virtual machine of Tests/Jool: what goes wrong with its module and its instances while
// dns64d runs, and comes back.

import Foundation
import Testing

@Suite(.nat64Turns, .ownThread, .needsJool) struct JoolGuestTests {
    /// "Watched: an instance that vanishes, a module that is unloaded, a client and module of different versions,
    /// `manually-enabled` false, a hung or missing `jool` program: each is a distinct health reason with the command that
    /// mends it, and dns64d's `when-down` policy follows within five seconds; when it comes back, the plan is applied again
    /// by itself."
    @Test func whatFailsAndComesBack() throws {
        try withNAT64World { world throws in
            let program = try ProgramLink(world)
            // "Version mismatch (a fake client program that says another version)": refused, with both versions.
            try world.expectRefused(
                "jool: { program: \(try program.saying(program.otherVersion)) }",
                saying: [program.otherVersion, program.version])
            #expect(try world.instances().isEmpty)
            let settings = "pool4: [203.0.113.20], timers: { udp: 6m }, jool: { program: \(program.path) }"
            let daemon = try world.joolDaemon(settings)
            let applied = try world.settings(of: "dns64d")
            #expect(applied.contains("udp-timeout,0:06:00"), "\(applied)")
            #expect(try world.isSynthesized())
            try moduleFails(world, daemon)
            #expect(try world.settings(of: "dns64d") == applied, "after the module was gone")
            try instanceFails(world, daemon, applied)
            try programFails(world, daemon, program)
            #expect(try world.settings(of: "dns64d") == applied, "after all")
            let reload = try daemon.reload(try world.joolConfiguration(settings + ", when-down: servfail"))
            #expect(reload.status == 0, "\(reload.errors)")
            try world.expectBad(daemon, "jool-module-missing") { try world.module("-r") }
            #expect(try world.response()?.responseCode == 2, "SERVFAIL")
            #expect(try world.response("native.example")?.addresses == [NAT64World.clientAddress])
            // Ended while there is nothing to end.
            #expect(daemon.child.end(seconds: 20) == .exit(0), "\(daemon.child.errors)")
            try world.module()
        }
    }

    private func moduleFails(_ world: NAT64World, _ daemon: Daemon) throws {
        let reason = try world.expectBad(daemon, "jool-module-missing") { try world.module("-r") }
        #expect((reason["remedy"] as? String ?? "").contains("modprobe jool"))
        // native-only, the default.
        let empty = try #require(try world.response())
        #expect(empty.responseCode == 0 && empty.addresses.isEmpty)
        try world.expectGood(daemon) { try world.module() }
        try world.expectPings("the module is back")
        #expect(try world.instances() == ["dns64d"])
    }

    /// Removed by hand, and made again by hand with the command that the status names; removed once more and left to
    /// dns64d; switched off.
    private func instanceFails(_ world: NAT64World, _ daemon: Daemon, _ applied: [String]) throws {
        let reason = try world.expectBad(daemon, "jool-instance-missing") { try world.jool("instance remove dns64d") }
        let remedy = reason["remedy"] as? String ?? ""
        let words = try #require(remedy.split(separator: "`").first { $0.contains(" instance add ") })
        try world.expectGood(daemon) {
            try world.house.must(world.box.prefix + words.split(separator: " ").map(String.init))
        }
        #expect(try world.settings(of: "dns64d") == applied, "made by hand")
        try world.expectBad(daemon, "jool-instance-missing") { try world.jool("instance remove dns64d") }
        let seconds = try world.expectGood(daemon) {}
        #expect(seconds > 4, "whoever removed it may be at work on it: \(seconds)")
        #expect(try world.settings(of: "dns64d") == applied, "made by dns64d")
        try world.expectPings("the instance is back")
        let disabled = try world.expectBad(daemon, "jool-disabled") {
            try world.jool("-i dns64d global update manually-enabled false")
        }
        #expect((disabled["remedy"] as? String ?? "").contains("manually-enabled true"))
        try world.expectGood(daemon) { try world.jool("-i dns64d global update manually-enabled true") }
        try world.expectPings("enabled again")
    }

    /// It says another version, hangs, is gone: sessions live on.
    private func programFails(_ world: NAT64World, _ daemon: Daemon, _ program: ProgramLink) throws {
        let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7000)
        let (old, other) = (try program.saying("4.1.8.0"), try program.saying(program.otherVersion))
        for (code, path) in [
            ("jool-version-mismatch", other), ("jool-version-unsupported", old),
            ("jool-program-hung", try program.script("sleep 4711")), ("jool-program-missing", nil),
        ] {
            try world.expectBad(daemon, code) { try program.lead(to: path) }
            try world.expectGood(daemon) { try program.lead(to: program.real) }
        }
        #expect(flow.lives("after all"), "no session was lost")
        let left = try world.house.run(["pgrep", "-x", "-f", "sleep 4711"])
        #expect(left.output.isEmpty, "what hung was ended with all that it had started: \(left.output)")
    }
}

/// A path to Jool's client that can be made to lead elsewhere.
struct ProgramLink {
    let world: NAT64World
    let path: String
    let real: String
    /// The real one's.
    let version: String

    init(_ world: NAT64World) throws {
        self.world = world
        path = world.house.path("jool")
        real = try Programs.path(of: "jool")
        version = try String(contentsOfFile: "/sys/module/jool/version", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        try lead(to: real)
    }

    /// One that no module of another version speaks with.
    var otherVersion: String { "4.1.9.1" }

    /// nil: nowhere.
    func lead(to target: String?) throws {
        try? FileManager.default.removeItem(atPath: path)
        if let target { try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target) }
    }

    func script(_ text: String) throws -> String {
        try world.house.script("script\(world.house.number())", "#!/bin/sh\n\(text)\n")
    }

    /// The real one, but for the version that it tells.
    func saying(_ version: String) throws -> String {
        try script("case \"$*\" in *--version*) echo \(version) ;; *) exec \(real) \"$@\" ;; esac")
    }
}
