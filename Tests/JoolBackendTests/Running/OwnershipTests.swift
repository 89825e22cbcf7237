// Whose an instance is: ours, somebody else's, adopted, kept.

import Foundation
import NAT64Backend
import NetAddress
import Testing

@testable import JoolBackend

@Suite struct OwnershipTests {
    @Test("somebody else's instance of that name is told, and left alone")
    func foreign() async throws {
        let trial = try Trial()
        trial.machine.with { $0.jool.instances["dns64d"] = FakeJool.Instance() }
        let before = trial.machine.jool
        let backend = trial.backend()
        let failure = try #require(
            await failure { () async throws(BackendFailure) in try await backend.apply(.sample()) })
        #expect(failure.kind == .conflict && failure.message.contains("dns64d did not make"))
        #expect(failure.remedy?.contains("nat64.jool.adopt: true") == true)
        #expect(failure.remedy?.contains("jool instance remove dns64d") == true)
        try await backend.stop()
        #expect(trial.machine.jool == before && trial.machine.takeChanges() == [] && trial.noted == nil)
    }

    @Test("one of that name in another network namespace is none of our business")
    func elsewhere() async throws {
        let trial = try Trial()
        trial.machine.with { $0.jool.elsewhere = ["65a8000,dns64d,iptables", "65a8000,a,b\"c,netfilter"] }
        try await trial.backend().apply(.sample())
        #expect(trial.instance()?.framework == "netfilter")
    }

    @Test("another instance at Netfilter is an error that says so")
    func netfilterTaken() async throws {
        let trial = try Trial()
        trial.machine.with { $0.jool.instances["theirs"] = FakeJool.Instance() }
        let before = trial.machine.jool
        let failure = await failure { () async throws(BackendFailure) in try await trial.backend().apply(.sample()) }
        #expect(failure?.kind == .conflict && failure?.remedy?.contains("iptables") == true, "\(failure as Any)")
        #expect(trial.machine.jool == before && trial.machine.host == nil && trial.noted == nil)
    }

    // MARK: adopted

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

    // MARK: kept, crashed, left over

    @Test("keep: it stays at stop, and is ours at the next start")
    func kept() async throws {
        let trial = try Trial { $0.keeps = true }
        var backend = trial.backend()
        try await backend.apply(.sample())
        trial.edit { $0.talk("TCP", client: "2001:db8::2#5000", outside: "192.0.2.1#40001") }
        try await backend.stop()
        #expect(trial.instance()?.sessions.count == 1 && trial.noted == ["dns64d"])
        #expect(trial.machine.host != nil, "it goes on translating, and needs what the host does for it")
        _ = trial.machine.takeChanges()
        #expect(try await JoolBackend.recover(instancesFile: "\(trial.folder)/jool.instances") == [])
        backend = trial.backend()
        try await backend.apply(.sample())
        #expect(trial.machine.takeChanges() == [] && trial.instance()?.sessions.count == 1)
        trial.change { $0.keeps = false }
        backend = trial.backend()
        try await backend.apply(.sample())
        try await backend.stop()
        #expect(trial.machine.jool == FakeJool() && trial.machine.host == nil && trial.noted == nil)
    }

    @Test("keep: a start that fails leaves it standing")
    func keptThroughFailure() async throws {
        let trial = try Trial { $0.keeps = true }
        try await trial.backend().apply(.sample())
        trial.edit { $0.talk("TCP", client: "2001:db8::2#5000", outside: "192.0.2.1#40001") }
        let before = trial.machine.jool
        trial.machine.with { $0.hostFailure = BackendFailure(.refused, "no") }
        let backend = trial.backend()
        #expect(await failure { () async throws(BackendFailure) in try await backend.apply(.sample()) } != nil)
        try await backend.stop()
        #expect(trial.machine.jool == before && trial.noted == ["dns64d"])
    }

    @Test("after a crash it is still ours, and no session is lost")
    func crashed() async throws {
        let trial = try Trial()
        try await trial.backend().apply(.sample())
        trial.edit { $0.talk("TCP", client: "2001:db8::2#5000", outside: "192.0.2.1#40001") }
        _ = trial.machine.takeChanges()
        let backend = trial.backend()
        try await backend.apply(.sample())
        #expect(trial.machine.takeChanges() == [] && trial.instance()?.sessions.count == 1)
        try await backend.stop()
        #expect(trial.machine.jool == FakeJool() && trial.noted == nil)
    }

    @Test("an instance of ours of another name goes")
    func obsolete() async throws {
        let trial = try Trial()
        try await trial.backend().apply(.sample())
        trial.change { $0.instance = InstanceName("other")! }
        try await trial.backend().apply(.sample())
        #expect(Set(trial.machine.jool.instances.keys) == ["other"] && trial.noted == ["other"])
    }

    @Test("a note of another boot is void: instances go with a reboot, and what stands now is somebody else's")
    func anotherBoot() async throws {
        let trial = try Trial()
        trial.machine.with { $0.jool.instances["dns64d"] = FakeJool.Instance() }
        let before = trial.machine.jool
        var own = OwnInstances(boot: "another", networkNamespace: nil, program: "jool")
        own.names = ["dns64d"]
        try OwnInstancesFile(path: "\(trial.folder)/jool.instances").save(own)
        let failure = await failure { () async throws(BackendFailure) in try await trial.backend().apply(.sample()) }
        #expect(failure?.kind == .conflict && trial.machine.jool == before)
    }

    @Test(
        "a damaged note is an error that says what to do",
        arguments: [
            "{", "\u{0}\u{0}\u{0}", "[]",
            "{\"version\":9,\"boot\":\"x\",\"program\":\"jool\",\"names\":[],\"isKept\":false}",
        ])
    func damaged(_ text: String) async throws {
        let trial = try Trial()
        trial.noteText = text
        let backend = trial.backend()
        let failure = await failure { () async throws(BackendFailure) in try await backend.apply(.sample()) }
        #expect(failure?.kind == .refused && failure?.message.contains("jool.instances") == true, "\(failure as Any)")
        #expect(failure?.remedy?.contains("remove") == true)
        #expect(trial.machine.takeChanges() == [] && trial.noteText == text)
    }

    @Test("stop with a client that is gone says so, and the next start knows the instance")
    func stopFails() async throws {
        let trial = try Trial()
        let backend = trial.backend()
        try await backend.apply(.sample())
        trial.machine.with { $0.outage = .missing }
        let failure = await failure { () async throws(BackendFailure) in try await backend.stop() }
        #expect(failure != nil && trial.noted == ["dns64d"] && trial.machine.host == nil)
        trial.machine.with { $0.outage = nil }
        try await trial.backend().apply(.sample())
    }

    @Test("stop with the module gone is no failure")
    func stopWithoutModule() async throws {
        let trial = try Trial()
        let backend = trial.backend()
        try await backend.apply(.sample())
        trial.machine.with { state in
            state.jool.instances = [:]
            state.jool.isLoaded = false
        }
        try await backend.stop()
        #expect(trial.noted == nil && trial.machine.host == nil)
    }
}
