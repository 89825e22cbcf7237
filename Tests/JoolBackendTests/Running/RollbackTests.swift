// Whole or not at all: each command of a plan fails once, and all is as it was.

import NAT64Backend
import NetAddress
import Testing

@testable import JoolBackend

@Suite struct RollbackTests {
    /// From what, and to what.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var framework = JoolFramework.netfilter
        var adopts = false
        var before: NAT64Plan?
        var after: NAT64Plan
        /// What somebody else does in between.
        var meanwhile: @Sendable (inout FakeJool) -> Void = { _ in }
    }

    private static var rich: NAT64Plan {
        var plan = NAT64Plan.sample("192.0.2.1 40000-49999", "192.0.2.8/30 5000-6000")
        plan.timers.udp = 600
        plan.filtering = .addressDependent
        plan.staticBindings = [try? .sample("192.0.2.1:45000"), try? .sample("192.0.2.8:5000", port: 443)]
            .compactMap { $0 }
        return plan
    }

    private static var other: NAT64Plan {
        var plan = NAT64Plan.sample("192.0.2.1 45000-50000", "192.0.2.9 1-1023")
        plan.timers.tcpEstablished = 9000
        plan.log.detail = .bindings
        plan.staticBindings = [try? .sample("192.0.2.1:46000")].compactMap { $0 }
        return plan
    }

    private static var two: NAT64Plan {
        var plan = rich
        plan.prefixes += NAT64Plan.sample(prefix: "2001:db8:64::/96").prefixes
        return plan
    }

    private static var named: NAT64Plan {
        var plan = rich
        plan.named = [.pool4, .udp, .filtering]
        return plan
    }

    private static var remade: NAT64Plan {
        var plan = other
        plan.prefixes = NAT64Plan.sample(prefix: "2001:db8:46::/96").prefixes
        return plan
    }

    static let cases = [
        Case(testDescription: "from nothing", after: rich),
        Case(testDescription: "from one to another", before: rich, after: other),
        Case(testDescription: "to an empty pool4", before: rich, after: NAT64Plan(prefixes: rich.prefixes)),
        Case(testDescription: "to another prefix", before: rich, after: remade),
        Case(testDescription: "two instances from nothing", framework: .iptables, after: two),
        Case(testDescription: "from two instances to one", framework: .iptables, before: two, after: remade),
        Case(
            testDescription: "rows with a mark go", before: rich, after: other,
            meanwhile: { jool in
                let key = FakeJool.PoolKey(mark: 7, proto: "TCP", address: "192.0.2.11", iterations: 77, isFixed: true)
                jool.instances["dns64d"]?.pool4[key] = [5000...5000]
            }),
        Case(
            testDescription: "an adopted one", adopts: true, after: named,
            meanwhile: { jool in
                var instance = FakeJool.Instance()
                instance.pool4[.init(mark: 7, proto: "TCP", address: "192.0.2.11")] = [5000...5000]
                instance.pool4[.init(proto: "TCP", address: "192.0.2.1")] = [1...100]
                instance.globals["logging-debug"] = "TRUE"
                jool.instances["dns64d"] = instance
            }),
    ]

    @Test("each command fails once", arguments: cases, [false, true])
    func eachFails(_ sample: Case, _ isLate: Bool) async throws {
        var number = 0
        while true {
            number += 1
            let trial = try Trial { options in
                options.framework = sample.framework
                options.adopts = sample.adopts
            }
            let backend = trial.backend()
            if let before = sample.before { try await backend.apply(before) }
            trial.machine.with { sample.meanwhile(&$0.jool) }
            let (jool, host, noted) = (trial.machine.jool, trial.machine.host, trial.noted)
            let losses = await Self.losses(backend)
            _ = trial.machine.takeChanges()
            trial.machine.with { state in
                state.changesSeen = 0
                state.failing = .init(first: number, isLate: isLate)
            }
            let failure = await failure { () async throws(BackendFailure) in try await backend.apply(sample.after) }
            let changes = trial.machine.takeChanges()
            let seen = trial.machine.with { $0.changesSeen }
            guard let failure else {
                #expect(seen < number, "command \(number) failed, and nobody noticed: \(changes)")
                break
            }
            let what = "\(number). of \(changes)"
            #expect(trial.machine.jool.settled == jool.settled, "\(what)")
            #expect(trial.machine.host == host, "\(what)")
            #expect(trial.noted == noted, "\(what)")
            #expect(!failure.message.isEmpty, "\(what)")
            if !isLate {
                #expect(failure.message.contains("This is not to be"), "\(failure)")
                #expect(trial.reports.contains { $0.contains("This is not to be.") }, "the program's words: \(what)")
            }
            #expect(!trial.reports.contains { $0.contains("could not all be taken back") }, "\(trial.reports)")
            // What was lost is told once it is lost, not where the instance still stands.
            let after = await Self.losses(backend)
            if sample.before != nil {
                let isGone = changes.contains { $0.hasPrefix("jool instance remove") } && (number > 1 || isLate)
                if !isGone { #expect(after == losses, "\(what)") }
            }
        }
        #expect(number > 2, "there was something to fail")
    }

    private static func losses(_ backend: JoolBackend) async -> [UInt64] {
        ((try? await backend.statistics()) ?? []).filter { $0.name.hasPrefix("jool-") && $0.name.contains("-re") }
            .map(\.value)
    }

    @Test("what can't be taken back is told, and is still known to be ours")
    func rollbackFails() async throws {
        let trial = try Trial()
        let backend = trial.backend()
        trial.machine.with { $0.failing = .init(first: 3, count: 1000) }
        let failure = await failure { () async throws(BackendFailure) in try await backend.apply(.sample()) }
        #expect(failure?.message.contains("This is not to be") == true)
        #expect(trial.reports.contains { $0.contains("could not all be taken back") }, "\(trial.reports)")
        #expect(trial.instance() != nil && trial.noted == ["dns64d"])
        trial.machine.with { $0.failing = nil }
        try await trial.backend().apply(.sample())
        #expect(trial.instance()?.pool4.count == 3, "the next start does not take it for a stranger")
    }

    @Test("a host that refuses leaves Jool as it was")
    func hostRefuses() async throws {
        let trial = try Trial()
        trial.machine.with {
            $0.hostFailure = BackendFailure(.conflict, "the gateway lies in pool4", remedy: "ip route")
        }
        let failure = await failure { () async throws(BackendFailure) in try await trial.backend().apply(.sample()) }
        #expect(failure?.kind == .conflict && trial.machine.jool.instances.isEmpty && trial.noted == nil)
        #expect(trial.machine.takeChanges() == [])
    }

    @Test("where it can't be written down whose the instance is, nothing is made")
    func noNote() async throws {
        let trial = try Trial { $0.instancesFile = "/proc/nobody/writes/here" }
        let failure = await failure { () async throws(BackendFailure) in try await trial.backend().apply(.sample()) }
        #expect(failure?.message.contains("can't be written") == true)
        #expect(trial.machine.jool.instances.isEmpty && trial.machine.host == nil, "\(trial.machine.takeChanges())")
    }
}
