// What `--plan` shows is what is then run, in that order; and showing it changes nothing.

import NAT64Backend
import NetAddress
import Testing

@testable import JoolBackend

@Suite struct PreviewTests {
    private func expectSame(_ trial: Trial, _ plan: NAT64Plan, _ what: String) async throws {
        let backend = trial.backend()
        let (jool, host) = (trial.machine.jool, trial.machine.host)
        _ = trial.machine.takeChanges()
        let steps = try await backend.preview(plan)
        #expect(
            trial.machine.takeChanges() == [] && trial.machine.jool == jool && trial.machine.host == host, "\(what)")
        #expect(steps.allSatisfy { !$0.reason.isEmpty }, "\(what)")
        try await backend.apply(plan)
        #expect(trial.machine.takeChanges() == steps.map(\.command), "\(what)")
        #expect(try await backend.preview(plan) == [], "\(what)")
    }

    @Test("the same commands in the same order")
    func same() async throws {
        let trial = try Trial()
        var plan = NAT64Plan.sample()
        plan.staticBindings = [try .sample("192.0.2.1:45000")]
        try await expectSame(trial, plan, "from nothing")
        plan.timers.udp = 600
        plan.pool4 = NAT64Plan.sample("192.0.2.0/28").pool4
        plan.staticBindings = []
        try await expectSame(trial, plan, "another pool4")
        plan.prefixes = NAT64Plan.sample(prefix: "2001:db8:64::/96").prefixes
        try await expectSame(trial, plan, "another prefix")
        plan.pool4 = []
        try await expectSame(trial, plan, "an empty pool4")
    }

    @Test("with the module unloaded, modprobe comes first")
    func withoutModule() async throws {
        let trial = try Trial()
        trial.machine.with { $0.jool.isLoaded = false }
        let steps = try await trial.backend().preview(.sample())
        #expect(steps.first?.command == "modprobe jool" && steps.count > 3)
        #expect(!trial.machine.jool.isLoaded)
        try await expectSame(trial, .sample(), "without the module")
    }

    @Test("with the module unloaded and an instance to adopt, the rest is not known yet")
    func withoutModuleToAdopt() async throws {
        let trial = try Trial { $0.adopts = true }
        trial.machine.with { $0.jool.isLoaded = false }
        let steps = try await trial.backend().preview(.sample())
        #expect(steps.map(\.command).filter { $0.hasPrefix("jool") } == [])
        #expect(steps.first?.command == "modprobe jool")
    }

    @Test("what apply refuses, preview refuses")
    func refusals() async throws {
        let trial = try Trial()
        trial.machine.with { $0.jool.instances["dns64d"] = FakeJool.Instance() }
        let backend = trial.backend()
        let shown = await failure { () async throws(BackendFailure) in try await backend.preview(.sample()) }
        let applied = await failure { () async throws(BackendFailure) in try await backend.apply(.sample()) }
        #expect(shown != nil && shown == applied)
        trial.machine.with { $0.outage = .missing }
        let missing = await failure { () async throws(BackendFailure) in try await backend.preview(.sample()) }
        #expect(missing?.remedy?.contains("jool-tools") == true)
    }
}
