// What is done of itself when something is wrong, and what is left to people; and the watch that sees it.

import NAT64Backend
import NetAddress
import Synchronization
import Testing

@testable import JoolBackend

@Suite struct WatchTests {
    @Test("an instance that was switched off by hand is not switched on by us")
    func disabled() async throws {
        let trial = try Trial { $0.repairDelay = .milliseconds(1) }
        let backend = trial.backend()
        try await backend.apply(.sample())
        trial.edit { $0.globals["manually-enabled"] = "FALSE" }
        _ = trial.machine.takeChanges()
        for _ in 0..<3 {
            #expect(await backend.status().codes == ["jool-disabled"])
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(trial.machine.takeChanges() == [])
        trial.edit { $0.globals["manually-enabled"] = "TRUE" }
        #expect(await backend.status().health == .good)
    }

    @Test("an instance that somebody removed is told first, and made again after a while")
    func removed() async throws {
        let trial = try Trial { $0.repairDelay = .milliseconds(300) }
        let backend = trial.backend()
        try await backend.apply(.sample())
        let before = trial.machine.jool
        trial.machine.with { $0.jool.instances = [:] }
        let since = ContinuousClock.now
        #expect(await backend.status().codes == ["jool-instance-missing"])
        #expect(await comes { await backend.status().health == .good })
        #expect(ContinuousClock.now - since >= .milliseconds(300) && trial.machine.jool == before)
    }

    @Test("made again by hand with its prefix alone: the rest of the plan follows at once")
    func remadeByHand() async throws {
        let trial = try Trial { $0.repairDelay = .seconds(100) }
        let backend = trial.backend()
        try await backend.apply(.sample())
        let before = trial.machine.jool
        trial.machine.with { $0.jool.instances = [:] }
        #expect(await backend.status().codes == ["jool-instance-missing"])
        trial.machine.with { $0.jool.instances["dns64d"] = FakeJool.Instance() }
        #expect(await backend.status().health == .good)
        #expect(trial.machine.jool == before)
    }

    @Test("made again between two looks: seen by its settings, and completed at once")
    func remadeUnseen() async throws {
        let trial = try Trial { $0.repairDelay = .seconds(100) }
        let backend = trial.backend()
        try await backend.apply(.sample())
        let before = trial.machine.jool
        trial.machine.with { $0.jool.instances["dns64d"] = FakeJool.Instance() }
        #expect(await backend.status().health == .good)
        #expect(trial.machine.jool == before)
    }

    @Test("one setting changed by hand is left alone until the plan is applied again")
    func changedByHand() async throws {
        let trial = try Trial()
        let backend = trial.backend()
        try await backend.apply(.sample())
        _ = trial.machine.takeChanges()
        trial.edit { $0.globals["logging-debug"] = "TRUE" }
        #expect(await backend.status().health == .good)
        #expect(trial.machine.takeChanges() == [])
    }

    @Test("made again with another prefix: told, and made anew after a while")
    func remadeOtherwise() async throws {
        let trial = try Trial { $0.repairDelay = .milliseconds(100) }
        let backend = trial.backend()
        try await backend.apply(.sample())
        let before = trial.machine.jool
        trial.machine.with { $0.jool.instances["dns64d"] = FakeJool.Instance(pool6: "2001:db8::/96") }
        #expect(await backend.status().codes == ["jool-prefix-differs"])
        #expect(await comes { await backend.status().health == .good })
        #expect(trial.machine.jool == before)
    }

    @Test("an adopted one that vanishes is not made by us, but completed when it is back")
    func adoptedVanishes() async throws {
        let trial = try Trial { options in
            options.adopts = true
            options.repairDelay = .milliseconds(1)
        }
        trial.machine.with { $0.jool.instances["dns64d"] = FakeJool.Instance() }
        let backend = trial.backend()
        var plan = NAT64Plan.sample()
        plan.named = [.pool4]
        try await backend.apply(plan)
        trial.machine.with { $0.jool.instances = [:] }
        for _ in 0..<3 {
            let reason = await backend.status().reasons.first
            #expect(reason?.code == "jool-instance-missing" && reason?.remedy?.contains("by itself") == false)
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(trial.machine.jool.instances.isEmpty)
        trial.machine.with { $0.jool.instances["dns64d"] = FakeJool.Instance() }
        #expect(await backend.status().health == .good && trial.instance()?.pool4.count == 3)
    }

    @Test("a plan that can't be applied again says so, with the program's words in the log")
    func notApplied() async throws {
        let trial = try Trial()
        let backend = trial.backend()
        try await backend.apply(.sample())
        trial.machine.with { state in
            state.changesSeen = 0
            state.failing = .init(first: 2, count: 1000)
            state.jool.isLoaded = false
        }
        #expect(await backend.status().codes == ["jool-module-missing"])
        trial.machine.with { state in
            state.jool.isLoaded = true
            state.jool.instances = [:]
        }
        let codes = await backend.status().codes
        #expect(codes.last == "plan-not-applied", "\(codes)")
        #expect(trial.reports.contains { $0.contains("This is not to be.") })
    }

    @Test("a path to the client that is called otherwise is in each remedy")
    func otherProgram() async throws {
        let trial = try Trial { $0.program = "/usr/local/jool 4/jool" }
        let backend = trial.backend()
        try await backend.apply(.sample())
        trial.machine.with { $0.jool.instances = [:] }
        let remedy = await backend.status().reasons.first?.remedy ?? ""
        #expect(remedy.contains("'/usr/local/jool 4/jool' instance add dns64d"), "\(remedy)")
    }

    @Test("the watch sees by itself, tells observers in order, and ends with stop")
    func watch() async throws {
        let trial = try Trial { $0.watchInterval = .milliseconds(10) }
        let backend = trial.backend()
        let heard = Heard()
        try await backend.apply(.sample())
        backend.observeHealth { health in heard.add(health) }
        trial.machine.with { $0.outage = .hung }
        #expect(await comes { heard.all.last != .good })
        trial.machine.with { $0.outage = nil }
        #expect(await comes { heard.all.last == .good })
        #expect(heard.all.count == 3 && heard.all.first == .good, "\(heard.all)")
        try await backend.stop()
        let calls = trial.machine.with { $0.calls }
        try await Task.sleep(for: .milliseconds(50))
        #expect(trial.machine.with { $0.calls } == calls)
        #expect(await backend.status().codes == ["not-running"])
    }

    private final class Heard: Sendable {
        private let list = Mutex<[BackendHealth]>([])
        var all: [BackendHealth] { list.withLock { $0 } }
        func add(_ health: BackendHealth) { list.withLock { $0.append(health) } }
    }
}
