import NAT64Backend
import Synchronization
import Telemetry
import Testing
import TunDevice

@testable import TunBackend

/// What becomes of the host under a running backend.
@Suite struct HostWatchTests {
    private func codes(_ backend: TunBackend) async -> [String] {
        guard case .bad(let reasons) = await backend.status().health else { return [] }
        return reasons.map(\.code)
    }

    @Test func aCableThatIsPulledIsBad() async throws {
        try await Trial.run {
            let backend = TunBackend(options: TunBackend.Options(), host: TestHost())
            try await backend.apply(.wellKnown)
            #expect(await codes(backend) == [])
            try Trial.ip("link set beyond down")
            #expect(await codes(backend) == ["outside-link-down"])
            guard case .bad(let reasons) = await backend.status().health else { return }
            #expect(reasons.first?.message.contains("interface outside,") == true)
            try Trial.ip("link set beyond up")
            #expect(await codes(backend) == [])
            try await backend.stop()
        }
    }

    /// Without word from anybody, and with an end to its patience.
    @Test func whatSomebodyUndidIsDoneAgain() async throws {
        try await Trial.run {
            let host = TestHost()
            let reports = Mutex<[String]>([])
            var options = TunBackend.Options()
            options.hostInterval = 1_000_000_000
            options.report = { line in reports.withLock { $0.append(line) } }
            let backend = TunBackend(options: options, host: host)
            try await backend.apply(.wellKnown)
            try await Task.sleep(for: .seconds(2))
            #expect(host.applied.count == 1, "nothing to do")
            host.fail(BackendFailure(.refused, "nft is gone"))
            host.change()
            try await Trial.eventually("told") { await codes(backend) == ["host-changed"] }
            #expect(reports.withLock { $0.filter { $0.contains("nft is gone") }.count } == 1)
            host.fail(nil)
            try await backend.apply(.wellKnown)
            #expect(await codes(backend) == [], "whoever applies a plan need not wait")
            let count = host.applied.count
            try Trial.ip("link set nat64 down")
            host.change()
            try await Task.sleep(for: .seconds(2))
            #expect(host.applied.count == count, "a device that was set down is left alone")
            try await backend.stop()
        }
    }

    @Test func theNextLookIsDueInTime() {
        let second: UInt64 = 1_000_000_000
        func at(_ seconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: (1000 + seconds) * second) }
        var watch = HostWatch(nil, interval: 60 * second, now: at(0))
        func isDue(_ seconds: UInt64, deviceIsUp: Bool = true) -> Bool {
            watch.isDue(at(seconds), deviceIsUp: deviceIsUp)
        }
        #expect(!isDue(59))
        #expect(isDue(60) && !isDue(60, deviceIsUp: false))
        watch.begin(at(60))
        watch.end(.untouched, at(60))
        #expect(!isDue(119) && isDue(120))
        // What fails is tried again soon, then less often.
        for (begin, pause) in [(120, 2), (130, 10), (140, 10)] as [(UInt64, UInt64)] {
            watch.begin(at(begin))
            watch.end(.failed, at(begin))
            #expect(!isDue(begin + pause - 1))
            #expect(isDue(begin + pause))
        }
        #expect(watch.failures == 3)
        watch.begin(at(150))
        watch.end(.mended, at(150))
        #expect(watch.failures == 0 && !isDue(209))
    }

    /// Only the own table counts, and only once.
    @Test func wordComesOfChangesToTheTable() async throws {
        try await Trial.run {
            let monitor = try NetfilterMonitor(table: "ours")
            #expect(try !monitor.hasChanged())
            #expect(Program.run(["nft", "add", "table", "ip", "ours2"]) == 0)
            #expect(Program.run(["nft", "add", "chain", "ip", "ours2", "ours"]) == 0)
            #expect(try !monitor.hasChanged())
            #expect(Program.run(["nft", "add", "table", "ip", "ours"]) == 0)
            #expect(try monitor.hasChanged() && !monitor.hasChanged())
            #expect(Program.run(["nft", "add", "chain", "ip", "ours", "way"]) == 0)
            #expect(try monitor.hasChanged())
            #expect(Program.run(["nft", "add", "rule", "ip", "ours", "way", "accept"]) == 0)
            #expect(try monitor.hasChanged())
            #expect(Program.run(["nft", "flush", "ruleset"]) == 0)
            #expect(try monitor.hasChanged() && !monitor.hasChanged())
        }
    }
}
