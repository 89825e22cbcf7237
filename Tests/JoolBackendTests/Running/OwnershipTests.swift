// Whose an instance is: ours, somebody else's, kept, left by a crash.

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
