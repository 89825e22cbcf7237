// Round-trip times, servers set aside and back, policies, reload.

import DNSMessage
import NetAddress
import Telemetry
import Testing

@testable import Upstream

@Suite struct HealthTests {
    /// Asks `count` different questions, one every `interval` milliseconds.
    private func askMany(_ network: FakeNetwork, _ count: Int, every interval: UInt64, from first: UInt64 = 1000) {
        for index in 0..<UInt64(count) {
            network.ask(first + index, question("n\(first + index).example."))
            network.run(until: network.milliseconds + interval)
        }
    }

    @Test func roundTripTimesAreLearnt() {
        let network = FakeNetwork([zone(".", [serverA])])
        network.servers[serverA] = FakeNetwork.answering(after: 80)
        network.ask(1, question())
        network.run(until: 100)
        #expect(network.status(serverA).smoothedRTT == 80_000_000)
        askMany(network, 40, every: 100)
        #expect(network.status(serverA).smoothedRTT == 80_000_000)
        // Variance has died down: a repeat comes soon after 80 ms, and not before.
        network.servers[serverA] = FakeNetwork.silent
        let start = network.milliseconds
        network.ask(2, question())
        network.run(until: start + 120)
        #expect(network.sent.last!.milliseconds - start > 80)
        #expect(network.sent.last!.milliseconds - start < 100)
    }

    @Test func timeoutHasAFloorAndACeiling() {
        var health = ServerHealth()
        #expect(health.retransmissionTimeout(attempt: 0) == 400_000_000)
        #expect(health.retransmissionTimeout(attempt: 9) == 2_000_000_000)
        for _ in 0..<50 {
            health.noteAnswer(MonotonicTime(nanoseconds: 1), measured: 1000, isRefusal: false, hasEDNS: true)
        }
        #expect(health.retransmissionTimeout(attempt: 0) == 50_000_000)
        #expect(health.retransmissionTimeout(attempt: 1) == 100_000_000)
        health.noteAnswer(MonotonicTime(nanoseconds: 1), measured: .max, isRefusal: false, hasEDNS: true)
        #expect(health.retransmissionTimeout(attempt: 0) == 2_000_000_000)
    }

    @Test func fastestPrefersTheNearerAndExploresTheOther() {
        let network = FakeNetwork([zone(".", [serverA, serverB])])
        network.servers[serverA] = FakeNetwork.answering(after: 60)
        network.servers[serverB] = FakeNetwork.answering(after: 20)
        askMany(network, 400, every: 100)
        let toA = network.sent.filter { $0.server == serverA }.count
        #expect(toA >= 5 && toA <= 50, "about one in twenty: \(toA)")
        #expect(network.sent.count == 400)
    }

    @Test func fastestNoticesThatTheOtherBecameNearer() {
        let network = FakeNetwork([zone(".", [serverA, serverB])])
        network.servers[serverA] = FakeNetwork.answering(after: 20)
        // Far out of the band: never asked a real question, only probed.
        network.servers[serverB] = FakeNetwork.answering(after: 300)
        askMany(network, 200, every: 400)
        let slow = network.sent.filter { $0.server == serverB }
        #expect(slow.filter { $0.message.questions[0].type != .ns }.count == 1, "the first time")
        #expect(slow.count > 3)
        network.servers[serverB] = FakeNetwork.answering(after: 1)
        askMany(network, 600, every: 400, from: 5000)
        let recent = network.sent.suffix(50).filter { $0.server == serverB }.count
        #expect(recent > 30)
    }

    @Test func orderedAsksTheFirstThatWorks() {
        let network = FakeNetwork([zone(".", [serverA, serverB], .ordered)])
        network.servers[serverA] = FakeNetwork.answering(after: 200)
        network.servers[serverB] = FakeNetwork.answering(after: 1)
        askMany(network, 20, every: 300)
        #expect(network.sent.allSatisfy { $0.server == serverA })
        network.servers[serverA] = FakeNetwork.silent
        askMany(network, 10, every: 1000, from: 2000)
        #expect(network.outcomes.count == 30)
        #expect(network.sent.last?.server == serverB)
    }

    @Test func raceTakesTheFirstGoodAnswer() {
        let network = FakeNetwork([zone(".", [serverA, serverB, serverC], .race)])
        network.servers[serverA] = FakeNetwork.answering(after: 1, .servFail)
        network.servers[serverB] = FakeNetwork.answering(after: 30)
        network.servers[serverC] = FakeNetwork.answering(after: 50)
        network.ask(1, question())
        #expect(network.sent.map(\.server) == [serverA, serverB])
        network.run(until: 200)
        #expect(network.answer(1)?.responseCode == .noError)
        #expect(network.outcomes[1]?.milliseconds == 30)
        #expect(network.sent.map(\.server) == [serverA, serverB, serverC])
        network.expectQuiet()
    }

    @Test func raceWithOneServerAsksOnce() {
        let network = FakeNetwork([zone(".", [serverA], .race)])
        network.ask(1, question())
        #expect(network.sent.count == 1)
    }

    @Test func setAsideProbedAndBack() {
        let network = FakeNetwork([zone(".", [serverA, serverB], .ordered)])
        network.servers[serverA] = FakeNetwork.silent
        network.servers[serverB] = FakeNetwork.answering(after: 5)
        askMany(network, 3, every: 500)
        guard case .setAside(let until) = network.status(serverA).state else {
            Issue.record("still \(network.status(serverA))")
            return
        }
        #expect(network.status(serverA).timeoutsInARow == 3)
        // Not asked meanwhile.
        let before = network.sent.count
        askMany(network, 3, every: 100, from: 2000)
        #expect(network.sent.dropFirst(before).allSatisfy { $0.server == serverB })
        // Then probed once, while questions go elsewhere.
        network.run(until: until.nanoseconds / 1_000_000 - FakeNetwork.start + 1)
        network.servers[serverA] = FakeNetwork.answering(after: 50)
        let mark = network.sent.count
        network.ask(1, question())
        network.ask(2, question("two.example."))
        #expect(network.status(serverA).state == .probing)
        #expect(
            network.sent.dropFirst(mark).filter { $0.server == serverA }.map { $0.message.questions[0].type } == [.ns])
        network.run(until: network.milliseconds + 60)
        #expect(network.status(serverA).state == .good)
        network.ask(3, question("three.example."))
        #expect(network.sent.last?.server == serverA)
        network.expectQuietAfter(network.milliseconds + 100)
    }

    @Test func backOffDoublesUpToAMinute() {
        var health = ServerHealth()
        var now = MonotonicTime(nanoseconds: 1_000_000_000)
        var spans: [UInt64] = []
        for _ in 0..<9 {
            health.noteUnreachable(now)
            let until = health.setAsideUntil!
            spans.append(until.since(now) / 1_000_000_000)
            now = until
            let isFirst = health.startProbe(now)
            let isSecond = health.startProbe(now)
            #expect(isFirst && !isSecond, "one is enough")
        }
        #expect(spans == [1, 2, 4, 8, 16, 32, 60, 60, 60])
        health.noteAnswer(now, measured: nil, isRefusal: true, hasEDNS: false)
        #expect(health.setAsideUntil == nil)
    }

    @Test func oneHiccupIsNotThreeTimeouts() {
        let network = FakeNetwork([zone(".", [serverA, serverB], .ordered)])
        network.servers[serverB] = FakeNetwork.answering(after: 1)
        for token in 0..<100 as Range<UInt64> { network.ask(token, question("n\(token).example.")) }
        network.run(until: 1000)
        #expect(network.counters.value(.upstreamTimeouts) == 100)
        #expect(network.status(serverA).timeoutsInARow == 1)
        #expect(network.status(serverA).state == .good)
    }

    @Test func slowNameDoesNotCondemnTheServer() {
        let network = FakeNetwork([zone(".", [serverA, serverB], .ordered)])
        network.servers[serverA] = { sent in
            sent.message.questions[0].name == name("slow.example.") ? [] : [(5, .bytes(reply(to: sent.bytes)))]
        }
        network.servers[serverB] = FakeNetwork.silent
        network.ask(1, question("slow.example."))
        askMany(network, 100, every: 50)
        #expect(network.status(serverA).state == .good)
        #expect(network.status(serverA).timeouts > 1)
        #expect(network.failure(1)?.kind == .timeout)
    }

    @Test func unreachableIsSetAsideAtOnce() {
        let network = FakeNetwork([zone(".", [serverA, serverB], .ordered)])
        network.servers[serverA] = FakeNetwork.refusing()
        network.servers[serverB] = FakeNetwork.answering(after: 5)
        network.ask(1, question())
        network.run(until: 10)
        #expect(network.outcomes[1]?.milliseconds == 6)
        network.ask(2, question("two.example."))
        #expect(network.sent.last?.server == serverB)
        #expect(network.counters.value(.upstreamUnreachable) == 1)
    }

    @Test func allSetAsideAreAskedAllTheSame() {
        let network = FakeNetwork([zone(".", [serverA, serverB], .ordered)])
        network.servers[serverA] = FakeNetwork.refusing()
        network.servers[serverB] = FakeNetwork.refusing(after: 3)
        network.ask(1, question())
        network.run(until: 10)
        #expect(network.failure(1)?.kind == .unreachable)
        #expect(network.outcomes[1]?.milliseconds == 4, "no use in waiting")
        network.servers[serverA] = FakeNetwork.answering(after: 5)
        network.ask(2, question("two.example."))
        #expect(network.sent.last?.server == serverA, "its back-off ends first")
        network.run(until: 20)
        #expect(network.answer(2) != nil)
        #expect(network.status(serverA).state == .good)
    }

    @Test func localTroubleIsNotTheServers() {
        let network = FakeNetwork([zone(".", [serverA])])
        network.servers[serverA] = { _ in [(0, .failure(.local("too many open files")))] }
        network.ask(1, question())
        network.run(until: 10)
        #expect(network.failure(1)?.kind == .local)
        #expect(network.status(serverA).state == .good)
    }

    @Test func reloadKeepsHealthAndQuestions() {
        let network = FakeNetwork([zone(".", [serverA, serverB], .ordered)])
        network.servers[serverA] = FakeNetwork.answering(after: 30)
        network.servers[serverB] = FakeNetwork.answering(after: 5)
        network.ask(1, question())
        network.run(until: 40)
        network.ask(2, question("two.example."))
        network.core.replace(UpstreamSettings(zones: [zone("example.", [serverC]), zone(".", [serverA], .ordered)]))
        #expect(network.status(serverA).smoothedRTT == 30_000_000)
        #expect(network.core.status(network.now).count == 2)
        network.ask(3, question("three.example."))
        #expect(network.sent.last?.server == serverC)
        network.run(until: 80)
        #expect(network.answer(2) != nil, "no question is lost")
        network.core.flushHealth()
        #expect(network.status(serverA).smoothedRTT == nil)
    }

    @Test func fastestMeasuresStreamsWhereTheyAreTheRule() {
        let network = FakeNetwork([zone(".", [serverA, serverB]) { $0.transport = .tcp }])
        network.servers[serverA] = FakeNetwork.answering(after: 60)
        network.servers[serverB] = FakeNetwork.answering(after: 20)
        askMany(network, 50, every: 100)
        #expect(network.sent.filter { $0.server == serverB }.count > 40)
        #expect(network.status(serverB).smoothedRTT == 20_000_000)
    }

    @Test func statusCounts() {
        let network = FakeNetwork([zone(".", [serverA]), zone("corp.example.", [serverA, serverC])])
        network.servers[serverA] = FakeNetwork.answering(after: 5)
        askMany(network, 3, every: 10)
        let rows = network.core.status(network.now)
        #expect(rows.map(\.zone) == [name("."), name("corp.example."), name("corp.example.")])
        #expect(rows[0].queries == 3 && rows[0].answers == 3 && rows[0].timeouts == 0)
        #expect(rows[0].edns == .supported)
        #expect(rows[2].edns == .unknown && rows[2].queries == 0)
    }
}
