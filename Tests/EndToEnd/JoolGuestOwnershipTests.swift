// Whose an instance is: somebody else's that is adopted, ours that is to stay, ours that a crash left, one that is in the
// way.

import Foundation
import Testing

extension JoolGuestTests {
    /// "`adopt: true` takes over an instance that somebody else made, changes what the configuration names and nothing
    /// else, and leaves it standing at exit; without it a foreign instance of that name is an error that says so."
    @Test func somebodyElsesInstance() throws {
        try withNAT64World { world throws in
            let found = try world.picture()
            try world.jool("instance add theirs --netfilter --pool6 64:ff9b::/96")
            for proto in ["tcp", "udp", "icmp"] {
                try world.jool("-i theirs pool4 add --\(proto) 203.0.113.9 61001-65000")
            }
            try world.jool("-i theirs bib add 203.0.113.9#61080 2001:db8:64::2#80 --tcp")
            try world.jool("-i theirs global update logging-session true")
            try world.jool("-i theirs global update tcp-est-timeout 3:00:00")
            let theirs = try world.settings(of: "theirs")
            try world.expectRefused("jool: { instance: theirs }", saying: ["theirs", "adopt: true"])
            try world.expectRefused("", saying: ["netfilter"])
            #expect(try world.settings(of: "theirs") == theirs && world.instances() == ["theirs"])
            try world.expectUnchanged(since: found, "refused")
            let daemon = try world.joolDaemon("jool: { instance: theirs, adopt: true }, timers: { udp: 10m }")
            let changed = theirs.map { $0.hasPrefix("udp-timeout,") ? "udp-timeout,0:10:00" : $0 }
            #expect(try world.settings(of: "theirs") == changed)
            #expect(try world.isSynthesized())
            try world.expectPings("adopted")
            #expect(try daemon.bindings().contains { $0["isStatic"] as? Bool == true })
            #expect(daemon.child.end(seconds: 20) == .exit(0), "\(daemon.child.errors)")
            #expect(try world.settings(of: "theirs") == changed && world.instances() == ["theirs"])
            try world.expectUnchanged(since: found, "the host's own settings, after an adoption")
        }
    }

    /// `keep: true`: connections outlive dns64d, whether it ends or is killed, and the next one takes over.
    @Test func ourInstanceIsKept() throws {
        try withNAT64World { world throws in
            let found = try world.picture()
            let first = try world.joolDaemon("jool: { keep: true }")
            let running = try world.picture()
            let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7000)
            #expect(flow.lives("first"))
            #expect(first.child.end(seconds: 20) == .exit(0), "\(first.child.errors)")
            #expect(try world.instances() == ["dns64d"])
            #expect(flow.lives("without dns64d"))
            let second = try world.again(first)
            #expect(flow.lives("second"))
            #expect(try first.sessions("--proto", "tcp").first?["state"] as? String == "established")
            second.signal(SIGKILL)
            #expect(second.wait(seconds: 10) == .signal(SIGKILL))
            #expect(flow.lives("without dns64d, which was killed"))
            try first.rewrite(try world.joolConfiguration("jool: { keep: false }"))
            let third = try world.again(first)
            #expect(flow.lives("third"))
            try world.expectUnchanged(since: running, "nothing is there twice")
            #expect(third.end(seconds: 20) == .exit(0), "\(third.errors)")
            #expect(try world.instances().isEmpty)
            try world.expectUnchanged(since: found, "no longer kept")
        }
    }

    /// Without the module, which dns64d loads; as somebody else than root; and with a client of another version that speaks
    /// with this module all the same, as those from 4.1.10 on do with that of each 4.1 from 4.1.9 on.
    @Test func withoutTheModuleAndAsNobody() throws {
        try withNAT64World { world throws in
            let newer = try ProgramLink(world).saying("4.1.14.0")
            try world.module("-r")
            let plan = try world.runDaemon(["--plan"], backend: "jool")
            #expect(plan.status == 0 && plan.output.contains("modprobe jool"), "\(plan)")
            #expect(plan.output.contains("jool instance add dns64d"), "\(plan)")
            let bounds = ["setpriv", "--bounding-set=-sys_module", "--inh-caps=-sys_module"]
            try world.expectRefused("", prefix: bounds, saying: ["modprobe jool"])
            let settings = "jool: { program: \(newer) }"
            let daemon = try world.joolDaemon(settings, server: "workers: 1, user: nobody")
            #expect(daemon.nat64Text.contains("4.1.14.0"), "\(daemon.nat64Text)")
            let status = try String(contentsOfFile: "/proc/\(daemon.child.pid)/status", encoding: .utf8)
            #expect(status.contains("Uid:\t65534"), "\(status)")
            try world.expectPings("as nobody")
            let flow = try LivingFlow(world, world.client, NAT64World.clientAddress, port: 7000)
            #expect(flow.lives("as nobody"))
            #expect(try daemon.sessions("--proto", "tcp").count == 1)
            let reload = try daemon.reload(try world.joolConfiguration(settings + ", timers: { udp: 7m }"))
            #expect(reload.status == 0, "\(reload.errors)")
            #expect(try world.settings(of: "dns64d").contains("udp-timeout,0:07:00"))
            #expect(daemon.child.end(seconds: 20) == .exit(0), "\(daemon.child.errors)")
            #expect(try world.instances().isEmpty)
        }
    }
}
