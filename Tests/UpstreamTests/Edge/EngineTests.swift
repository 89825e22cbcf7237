// The engine against a server on loopback, over UDP.

import DNSMessage
import NetAddress
import Synchronization
import Telemetry
import Testing

@testable import Upstream

@Suite(.serialized) struct EngineTests {
    @Test func datagramThereAndBack() async throws {
        let server = FakeServer(udp: { [reply(to: $0)] })
        let workers = try Workers([zone(".", [server.address])])
        for token in 0..<200 as Range<UInt64> { workers.ask(token, question("n\(token).example.")) }
        let outcomes = await workers.wait(for: 200)
        #expect(outcomes.count == 200)
        #expect(outcomes.values.allSatisfy { $0.answerCount == 1 })
        #expect(workers.value(.upstreamAnswers) == 200)
        await workers.stop()
        server.stop()
    }

    @Test func everyDatagramHasAPortOfItsOwn() async throws {
        let server = FakeServer(udp: { [reply(to: $0)] })
        let workers = try Workers([zone(".", [server.address])])
        for token in 0..<50 as Range<UInt64> { workers.ask(token, question("n\(token).example.")) }
        #expect(await workers.wait(for: 50).count == 50)
        let ports = server.ports.withLock { $0.sorted() }
        #expect(ports.count > 45, "of 64,512")
        #expect(Set(zip(ports, ports.dropFirst()).map { $1 - $0 }).count > 10, "and not in a row")
        await workers.stop()
        server.stop()
    }

    @Test func garbageFirstTruthAfterwards() async throws {
        let server = FakeServer(udp: { query in
            [
                [], [1, 2, 3], reply(to: query) { $0.id ^= 0x55 }, query, [UInt8](repeating: 255, count: 4000),
                reply(to: query),
            ]
        })
        let workers = try Workers([zone(".", [server.address])])
        workers.ask(1, question())
        #expect(await workers.wait(for: 1)[1]?.answerCount == 1)
        #expect(workers.value(.upstreamDropShort) == 2)
        #expect(workers.value(.upstreamDropWrongID) == 2 || workers.value(.upstreamDropNotResponse) == 2)
        await workers.stop()
        server.stop()
    }

    @Test func nobodyListensThere() async throws {
        let dead = SocketAddress(.v4(IPv4Address(127, 0, 0, 1)), port: 1)
        let server = FakeServer(udp: { [reply(to: $0)] })
        let workers = try Workers([zone(".", [dead, server.address], .ordered), zone("dead.example.", [dead])])
        workers.ask(1, question())
        workers.ask(2, question("www.dead.example."))
        let outcomes = await workers.wait(for: 2, seconds: 2)
        #expect(outcomes[1]?.answerCount == 1)
        #expect(outcomes[2]?.failureKind == .unreachable)
        await workers.stop()
        server.stop()
    }

    @Test func silentServerIsBounded() async throws {
        let server = FakeServer(udp: { _ in [] })
        let workers = try Workers([zone(".", [server.address]) { $0.timeoutMilliseconds = 600 }])
        let start = ContinuousClock.now
        workers.ask(1, question())
        #expect(await workers.wait(for: 1)[1]?.failureKind == .timeout)
        let took = ContinuousClock.now - start
        #expect(took >= .milliseconds(600) && took < .milliseconds(1500))
        #expect(server.queriesSeen.load(ordering: .relaxed) == 2)
        await workers.stop()
        server.stop()
    }

    @Test func everyWorkerGetsItsAnswers() async throws {
        let server = FakeServer(udp: { [reply(to: $0)] })
        let workers = try Workers([zone(".", [server.address])], count: 4)
        for token in 0..<400 as Range<UInt64> {
            workers.ask(token, question("n\(token / 40).example."), on: Int(token % 4))
        }
        let outcomes = await workers.wait(for: 400)
        #expect(outcomes.count == 400)
        #expect(outcomes.values.allSatisfy { $0.answerCount == 1 })
        #expect(workers.value(.upstreamCoalesced) + workers.value(.upstreamQueries) == 400)
        await workers.stop()
        server.stop()
    }

    @Test func acrossWorkersOneQuestionIsOutstanding() async throws {
        let server = FakeServer(udp: { _ in [] })
        let workers = try Workers([zone(".", [server.address]) { $0.timeoutMilliseconds = 300 }], count: 4)
        for token in 0..<40 as Range<UInt64> { workers.ask(token, question(), on: Int(token % 4)) }
        let outcomes = await workers.wait(for: 40)
        #expect(outcomes.values.allSatisfy { $0.failureKind == .timeout })
        #expect(outcomes.count == 40)
        #expect(server.queriesSeen.load(ordering: .relaxed) == 1)
        #expect(workers.value(.upstreamCoalesced) == 39)
        await workers.stop()
        server.stop()
    }

    @Test func cancelledElsewhereToo() async throws {
        let server = FakeServer(udp: { _ in [] })
        let workers = try Workers([zone(".", [server.address]) { $0.timeoutMilliseconds = 200 }], count: 2)
        for worker in 0..<2 {
            workers.ask(UInt64(worker), question(), on: worker)
            workers.onWorker(worker) { $0.cancel(UInt64(worker)) }
        }
        #expect(await workers.wait(for: 1, seconds: 0.4).isEmpty)
        let left = Mutex<[Int]>([])
        for worker in 0..<2 {
            workers.onWorker(worker) { engine in left.withLock { $0.append(engine.outstandingCount) } }
        }
        await workers.stop()
        #expect(left.withLock { $0 } == [0, 0])
        server.stop()
    }
}
