// Instances that somebody else made, and dns64d was told to take over: what the configuration names is changed, and they stay.

import NAT64Backend
import NetAddress
import Testing

@testable import JoolBackend

@Suite struct AdoptionTests {
    @Test("an adopted instance is told what the configuration names, and nothing else; it stays")
    func adopted() async throws {
        let trial = try Trial { $0.adopts = true }
        trial.machine.with { state in
            var instance = FakeJool.Instance("iptables")
            instance.globals["udp-timeout"] = "0:07:00"
            instance.globals["logging-debug"] = "TRUE"
            instance.pool4[.init(mark: 3, proto: "UDP", address: "192.0.2.77")] = [1...9]
            instance.bindings = [.init(proto: "TCP", client: "2001:db8::5#1", outside: "192.0.2.77#1", isStatic: true)]
            state.jool.instances["dns64d"] = instance
            state.jool.rules["ip6tables"] = ["PREROUTING -d 64:ff9b::/96 -j JOOL --instance dns64d"]
        }
        trial.change { $0.framework = .iptables }
        let before = try #require(trial.instance())
        let backend = trial.backend()
        var plan = NAT64Plan.sample("192.0.2.5 7000-7999")
        plan.timers.tcpEstablished = 9000
        plan.named = [.tcpEstablished]
        try await backend.apply(plan)
        #expect(
            trial.machine.takeChanges().filter { $0.hasPrefix("jool") } == [
                "jool -i dns64d global update tcp-est-timeout 2:30:00"
            ])
        plan.named.insert(.pool4)
        try await backend.apply(plan)
        var expected = before
        expected.globals["tcp-est-timeout"] = "2:30:00"
        for proto in ["TCP", "UDP", "ICMP"] {
            expected.pool4[.init(proto: proto, address: "192.0.2.5")] = [7000...7999]
        }
        #expect(trial.instance() == expected)
        #expect(await backend.status().details.contains { $0.name == "adopted" })
        try await backend.stop()
        #expect(trial.instance() == expected && trial.machine.jool.rules["ip6tables"]?.count == 1)
        #expect(trial.noted == nil && trial.machine.host == nil)
    }

    @Test("nothing there to adopt, or something else: told with what mends it")
    func adoptRefusals() async throws {
        let trial = try Trial { $0.adopts = true }
        let nothing = await failure { () async throws(BackendFailure) in try await trial.backend().apply(.sample()) }
        #expect(nothing?.kind == .conflict && nothing?.message.contains("no instance dns64d") == true)
        #expect(nothing?.remedy?.contains("jool instance add dns64d --netfilter --pool6 64:ff9b::/96") == true)
        trial.machine.with { $0.jool.instances["dns64d"] = FakeJool.Instance(pool6: "2001:db8:64::/96") }
        let before = trial.machine.jool
        let other = await failure { () async throws(BackendFailure) in try await trial.backend().apply(.sample()) }
        #expect(other?.kind == .conflict && other?.message.contains("2001:db8:64::/96") == true)
        #expect(other?.remedy?.contains("dns64.prefixes: [2001:db8:64::/96]") == true)
        trial.machine.with { $0.jool.instances["dns64d"] = FakeJool.Instance("iptables") }
        let framework = await failure { () async throws(BackendFailure) in try await trial.backend().apply(.sample()) }
        #expect(framework?.kind == .conflict && framework?.remedy == "nat64.jool.framework: iptables")
        #expect(trial.machine.jool.instances["dns64d"] != before.instances["dns64d"])
        #expect(trial.machine.takeChanges() == [] && trial.machine.host == nil)
    }

    @Test("a binding by command for an adopted instance costs nobody else's binding")
    func adoptedBinding() async throws {
        let trial = try Trial { $0.adopts = true }
        let theirs = FakeJool.Binding(proto: "TCP", client: "2001:db8::5#1", outside: "192.0.2.1#41000", isStatic: true)
        trial.machine.with { state in
            state.jool.instances["dns64d"] = FakeJool.Instance()
            state.jool.instances["dns64d"]?.bindings = [theirs]
            state.jool.instances["dns64d"]?.pool4[.init(proto: "TCP", address: "192.0.2.1")] = [40000...49999]
        }
        let backend = trial.backend()
        try await backend.apply(.sample())
        try await backend.bind(try .sample("192.0.2.1:45000"))
        // The client was away: the plan is applied again.
        trial.machine.with { $0.outage = .missing }
        _ = await backend.status()
        trial.machine.with { $0.outage = nil }
        #expect(await backend.status().health == .good)
        #expect(trial.instance()?.bindings.count == 2 && trial.instance()?.bindings.contains(theirs) == true)
    }
}
