// What goes wrong under a plan that holds: each with its own code and what mends it; and back again by itself.

import HostNetwork
import NAT64Backend
import NetAddress
import Synchronization
import Testing

@testable import JoolBackend

@Suite struct HealthTests {
    /// Something that goes wrong, and the code by which it is known.
    struct Case: Sendable, CustomTestStringConvertible {
        var code: String
        var remedy: String
        /// A part of what the log has to keep.
        var words = ""
        var change: @Sendable (inout FakeMachine.State) -> Void
        var testDescription: String { "\(code) \(words)" }

        init(
            _ code: String, _ remedy: String, words: String = "",
            _ change: @escaping @Sendable (inout FakeMachine.State) -> Void
        ) {
            (self.code, self.remedy, self.words, self.change) = (code, remedy, words, change)
        }
    }

    private static func says(_ status: Int32, _ words: String, _ output: String = "") -> FakeMachine.Outage {
        .says(FakeAnswer(status: status, output: output, words: words))
    }

    static let barring: [Case] = [
        Case("jool-program-missing", "apt-get install jool-tools") { $0.outage = .missing },
        Case("jool-program-hung", "dmesg | tail") { $0.outage = .hung },
        Case("jool-program-failed", "jool --version") { $0.outage = .crashed(11) },
        Case("jool-program-failed", "jool --version") { $0.outage = .endless },
        Case("jool-program-failed", "jool --version") { $0.outage = .notStarted("Exec format error") },
        Case("jool-netns-missing", "ip netns") { $0.outage = .notStarted("there is no network namespace blue") },
        Case("jool-program-failed", "dmesg | grep -i jool", words: "Something new") {
            $0.outage = says(22, "Error: The kernel module returned error 22: Something new.")
        },
        Case("jool-module-missing", "modprobe jool", words: "hasn't been modprobed") { $0.jool.isLoaded = false },
        Case("jool-version-mismatch", "modprobe -r jool") {
            $0.jool.clientVersion = "4.1.15.0"; $0.moduleVersion = .init(4, 1, 8)
        },
        Case("jool-version-mismatch", "apt-get install jool-tools") { $0.moduleVersion = JoolVersion(4, 1, 13) },
        Case("jool-version-unsupported", "nat64.jool.program") { $0.jool.clientVersion = "4.0.12.0" },
        Case("jool-no-rights", "AmbientCapabilities=CAP_NET_ADMIN", words: "CAP_NET_ADMIN capability required") {
            $0.outage = .saysButVersion(.refused(1, "CAP_NET_ADMIN capability required. (Maybe try su or sudo?)"))
        },
        Case("jool-output-unreadable", "jool --version") { $0.outage = says(0, "", "\u{1b}[31mwhat?\n") },
        Case("jool-output-unreadable", "jool --version") { $0.outage = says(0, "", "") },
        Case("jool-output-unreadable", "jool --version") {
            $0.outage = .saysButVersion(FakeAnswer(output: "Field,Value\nmanually-enabled,TR"))
        },
    ]

    @Test("what keeps us from talking to Jool: told, and the plan is applied again when it is over", arguments: barring)
    func barred(_ sample: Case) async throws {
        let trial = try Trial { $0.lookLimit = .milliseconds(100) }
        let backend = trial.backend()
        try await backend.apply(.sample())
        let before = trial.machine.with { $0 }
        trial.machine.with { sample.change(&$0) }
        let status = await backend.status()
        #expect(status.codes == [sample.code])
        let reason = try #require(status.reasons.first)
        #expect(reason.remedy?.contains(sample.remedy) == true, "\(reason)")
        #expect(sample.words.isEmpty || trial.reports.contains { $0.contains(sample.words) }, "\(trial.reports)")
        #expect(status.sessions == 0)
        let count = trial.reports.count
        _ = await backend.status()
        #expect(trial.reports.count == count, "told once: \(trial.reports)")
        // Meanwhile the instance was lost, as by a module that was put back.
        _ = trial.machine.takeChanges()
        trial.machine.with { state in
            (state.outage, state.moduleVersion) = (nil, before.moduleVersion)
            (state.jool, state.jool.clientVersion) = (FakeJool(), before.jool.clientVersion)
        }
        #expect(await backend.status().health == .good, "at the first look")
        #expect(trial.machine.jool == before.jool && trial.machine.host == before.host)
        #expect(trial.reports.contains { $0.contains("applied to Jool again") })
    }

    static let host: [Case] = [
        Case("forwarding-off", "sysctl -w net.ipv4.ip_forward=1") { $0.settings.forwarding4 = false },
        Case("forwarding-off", "sysctl -w net.ipv6.conf.all.forwarding=1") { $0.settings.forwarding6 = false },
        Case("no-ipv4-route", "ip route show default") { $0.hasRoute = false },
        Case("jool-disabled", "jool -i dns64d global update manually-enabled true") {
            $0.jool.instances["dns64d"]?.globals["manually-enabled"] = "FALSE"
        },
        Case("jool-prefix-differs", "jool instance remove dns64d") {
            $0.jool.instances["dns64d"]?.globals["pool6"] = "2001:db8::/96"
        },
        Case("jool-instance-missing", "jool instance add dns64d --netfilter --pool6 64:ff9b::/96") {
            $0.jool.instances = [:]
        },
    ]

    @Test("what else is wrong: told with what mends it", arguments: host)
    func told(_ sample: Case) async throws {
        let trial = try Trial { $0.repairDelay = .seconds(100) }
        let backend = trial.backend()
        try await backend.apply(.sample())
        let before = trial.machine.with { $0 }
        _ = trial.machine.takeChanges()
        trial.machine.with { sample.change(&$0) }
        let status = await backend.status()
        #expect(status.codes == [sample.code] && status.reasons.first?.remedy?.contains(sample.remedy) == true)
        #expect(trial.machine.takeChanges() == [], "what somebody did is not undone at once")
        trial.machine.with { $0 = before }
        #expect(await backend.status().health == .good)
    }

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
        let trial = try Trial { $0.program = "/opt/jool 4/jool" }
        let backend = trial.backend()
        try await backend.apply(.sample())
        trial.machine.with { $0.jool.instances = [:] }
        let remedy = await backend.status().reasons.first?.remedy ?? ""
        #expect(remedy.contains("'/opt/jool 4/jool' instance add dns64d"), "\(remedy)")
    }

    @Test("the watch sees by itself, tells observers in order, and ends with stop")
    func watch() async throws {
        let trial = try Trial { options in
            options.watchInterval = .milliseconds(10)
            options.lookLimit = .milliseconds(100)
        }
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
