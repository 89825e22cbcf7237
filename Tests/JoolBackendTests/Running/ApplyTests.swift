// The plan made true through the client: the fewest commands, whole or taken back.

import HostNetwork
import NAT64Backend
import NetAddress
import Testing

@testable import JoolBackend

@Suite struct ApplyTests {
    private func rich() throws -> NAT64Plan {
        var plan = NAT64Plan.sample("192.0.2.1 40000-49999", "192.0.2.8/30")
        plan.filtering = .addressDependent
        plan.timers.udp = 600
        plan.ownSettings = ["lowest-ipv6-mtu": "1400"]
        plan.staticBindings = [try .sample("192.0.2.1:45000")]
        return plan
    }

    @Test("from nothing: an instance, its settings, pool4 and bindings")
    func fromNothing() async throws {
        let trial = try Trial()
        let backend = trial.backend()
        try await backend.apply(try rich())
        let instance = try #require(trial.instance())
        #expect(instance.framework == "netfilter" && instance.globals["pool6"] == "64:ff9b::/96")
        #expect(instance.globals["tcp-est-timeout"] == "2:04:00" && instance.globals["udp-timeout"] == "0:10:00")
        #expect(instance.globals["address-dependent-filtering"] == "TRUE")
        #expect(instance.globals["lowest-ipv6-mtu"] == "1400" && instance.globals["tcp-trans-timeout"] == "0:04:00")
        for proto in ["TCP", "UDP", "ICMP"] {
            #expect(instance.pool4[.init(proto: proto, address: "192.0.2.1")] == [40000...49999], "\(proto)")
            let whole = instance.pool4[.init(proto: proto, address: "192.0.2.11")]
            #expect(whole == [1...65535], "\(proto)")
        }
        #expect(instance.pool4.count == 15)
        #expect(
            instance.bindings == [
                .init(proto: "TCP", client: "2001:db8::80#80", outside: "192.0.2.1#45000", isStatic: true)
            ])
        #expect(trial.noted == ["dns64d"])
        #expect(trial.machine.host?.prefixes == [Pref64.wellKnown.prefix])
        #expect(await backend.status().health == .good)
    }

    @Test("a second time nothing is run that changes anything")
    func twice() async throws {
        let trial = try Trial()
        let backend = trial.backend()
        try await backend.apply(try rich())
        #expect(!trial.machine.takeChanges().isEmpty)
        try await backend.apply(try rich())
        #expect(trial.machine.takeChanges() == [])
    }

    @Test("what changed is all that is changed, and sessions live on")
    func differences() async throws {
        let trial = try Trial()
        let backend = trial.backend()
        var plan = try rich()
        try await backend.apply(plan)
        trial.edit { $0.talk("TCP", client: "2001:db8::2#5000", outside: "192.0.2.1#40001") }
        _ = trial.machine.takeChanges()
        plan.timers.udp = 900
        try await backend.apply(plan)
        #expect(trial.machine.takeChanges() == ["jool -i dns64d global update udp-timeout 0:15:00"])
        plan.ownSettings = [:]
        try await backend.apply(plan)
        #expect(trial.machine.takeChanges() == ["jool -i dns64d global update lowest-ipv6-mtu 1280"])
        plan.pool4 = NAT64Plan.sample("192.0.2.1 40000-50000", "192.0.2.8/30").pool4
        try await backend.apply(plan)
        // The host is asked for the same addresses.
        #expect(
            trial.machine.takeChanges() == [
                "jool -i dns64d pool4 add --tcp 192.0.2.1 50000 --force",
                "jool -i dns64d pool4 add --udp 192.0.2.1 50000 --force",
                "jool -i dns64d pool4 add --icmp 192.0.2.1 50000",
            ])
        plan.staticBindings = []
        try await backend.apply(plan)
        #expect(trial.machine.takeChanges() == ["jool -i dns64d bib remove '192.0.2.1#45000' --tcp"])
        #expect(trial.instance()?.sessions.count == 1)
    }

    @Test("another prefix: the instance is made anew, and the sessions lost are told and counted")
    func otherPrefix() async throws {
        let trial = try Trial()
        let backend = trial.backend()
        try await backend.apply(.sample())
        for port in 1...3 {
            trial.edit { $0.talk("UDP", client: "2001:db8::2#\(port)", outside: "192.0.2.1#4000\(port)") }
        }
        _ = trial.machine.takeChanges()
        try await backend.apply(.sample(prefix: "2001:db8:64::/96"))
        let changes = trial.machine.takeChanges().filter { $0.contains("instance") }
        #expect(
            changes == [
                "jool instance remove dns64d", "jool instance add dns64d --netfilter --pool6 2001:db8:64::/96",
            ])
        #expect(trial.instance()?.globals["pool6"] == "2001:db8:64::/96" && trial.instance()?.pool4.count == 3)
        let report = try #require(trial.reports.first { $0.contains("made anew") })
        #expect(report.contains("64:ff9b::/96") && report.hasSuffix(": 3"), "\(report)")
        let statistics = try await backend.statistics()
        #expect(statistics.first { $0.name == "jool-instances-remade" }?.value == 1)
        #expect(statistics.first { $0.name == "jool-sessions-lost" }?.value == 3)
    }

    @Test("several prefixes: an instance each, with rules that lead there, and ports of its own")
    func severalPrefixes() async throws {
        let trial = try Trial { $0.framework = .iptables }
        let backend = trial.backend()
        var plan = NAT64Plan.sample("192.0.2.1 40000-49999")
        plan.prefixes += NAT64Plan.sample(prefix: "2001:db8:64::/96").prefixes
        try await backend.apply(plan)
        #expect(trial.noted == ["dns64d", "dns64d-2"])
        #expect(trial.instance()?.pool4[.init(proto: "TCP", address: "192.0.2.1")] == [40000...44999])
        #expect(trial.instance("dns64d-2")?.pool4[.init(proto: "TCP", address: "192.0.2.1")] == [45000...49999])
        #expect(
            trial.machine.jool.rules["ip6tables"]?.sorted() == [
                "PREROUTING -d 2001:db8:64::/96 -j JOOL --instance dns64d-2",
                "PREROUTING -d 64:ff9b::/96 -j JOOL --instance dns64d",
            ])
        _ = trial.machine.takeChanges()
        try await backend.apply(plan)
        #expect(trial.machine.takeChanges() == [])
        try await backend.stop()
        #expect(trial.machine.jool == FakeJool() && trial.noted == nil)
    }

    @Test("the module is loaded where it is missing")
    func modprobe() async throws {
        let trial = try Trial()
        trial.machine.with { $0.jool.isLoaded = false }
        try await trial.backend().apply(.sample())
        #expect(trial.machine.takeChanges().first == "modprobe jool" && trial.instance() != nil)
    }

    @Test("a module that can't be loaded is an error with modprobe's own words in the log")
    func noModule() async throws {
        let trial = try Trial()
        trial.machine.with { state in
            state.jool.isLoaded = false
            state.modprobeRefusal = "modprobe: FATAL: Module jool not found in directory /lib/modules/6.1.0"
        }
        let failure = try #require(
            await failure { () async throws(BackendFailure) in
                try await trial.backend().apply(.sample())
            })
        #expect(failure.kind == .cannotRunHere && failure.remedy?.contains("modprobe jool") == true)
        #expect(trial.reports.contains { $0.contains("Module jool not found") }, "\(trial.reports)")
        #expect(trial.machine.host == nil && trial.noted == nil)
    }

    /// A 4.1.9 client is obeyed by a later module, and then calls the answer an error.
    @Test(
        "versions that don't fit change nothing, not even a module",
        arguments: [
            ("4.1.9.0", JoolVersion(4, 1, 10)), ("4.0.12.0", JoolVersion(4, 0, 12)), ("4.2.0.0", JoolVersion(4, 2, 0)),
        ])
    func versions(_ client: String, _ module: JoolVersion) async throws {
        let trial = try Trial()
        trial.machine.with { state in
            state.jool.clientVersion = client
            state.moduleVersion = module
        }
        let failure = try #require(
            await failure { () async throws(BackendFailure) in
                try await trial.backend().apply(.sample())
            })
        #expect(failure.kind == .cannotRunHere && failure.message.contains(client) && failure.remedy != nil)
        #expect(trial.machine.takeChanges() == [] && trial.machine.jool.instances.isEmpty)
    }
}
