// What goes wrong under a plan that holds: each with its own code and what mends it; and back again by itself.

import HostNetwork
import NAT64Backend
import NetAddress
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
        let trial = try Trial()
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

    @Test("what is seen by several programs is told once, whichever of them answers first")
    func inAnyOrder() async throws {
        let trial = try Trial()
        let backend = trial.backend()
        try await backend.apply(.sample())
        let before = trial.reports
        let last = [["--version"], ["-i", "dns64d", "global", "display", "--csv"]]
        for arguments in last + last {
            trial.machine.with { ($0.outage, $0.last) = (.crashed(11), arguments) }
            #expect(await backend.status().codes == ["jool-program-failed"])
        }
        #expect(trial.reports.count == before.count + 1, "\(trial.reports)")
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
}
