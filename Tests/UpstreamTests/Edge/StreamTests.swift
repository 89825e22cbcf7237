// The engine against a server on loopback, over TCP.

import DNSMessage
import NetAddress
import Synchronization
import Telemetry
import Testing

@testable import Upstream

@Suite(.serialized) struct StreamTests {
    private func tcpZone(_ server: FakeServer, milliseconds: UInt64 = 4000) -> UpstreamZone {
        zone(".", [server.address]) {
            $0.transport = .tcp
            $0.timeoutMilliseconds = milliseconds
        }
    }

    @Test func truncationGoesToTCP() async throws {
        let server = FakeServer(
            udp: {
                [
                    reply(to: $0) {
                        $0.truncated = true; $0.answers = []
                    }
                ]
            },
            tcp: { peer in
                while let query = peer.read() {
                    // More than any datagram of ours.
                    peer.write(
                        reply(to: query) { message in
                            message.answers = (0..<1000).map {
                                Record(
                                    message.questions[0].name, .a, ttl: 1,
                                    data: [10, 0, UInt8($0 >> 8), UInt8($0 & 255)])
                            }
                        })
                }
            })
        let workers = try Workers([zone(".", [server.address])])
        workers.ask(1, question())
        #expect(await workers.wait(for: 1)[1]?.answerCount == 1000)
        #expect(workers.value(.upstreamTCP) == 1)
        await workers.stop()
        server.stop()
    }

    @Test func pipelinedAndOutOfOrder() async throws {
        let server = FakeServer(tcp: { peer in
            var queries: [[UInt8]] = []
            while let query = peer.read() {
                queries.append(query)
                if queries.count == 20 {
                    for query in queries.reversed() { peer.write(reply(to: query)) }
                    queries = []
                }
            }
        })
        let workers = try Workers([tcpZone(server)], count: 2)
        for token in 0..<40 as Range<UInt64> { workers.ask(token, question("n\(token).example."), on: Int(token % 2)) }
        let outcomes = await workers.wait(for: 40)
        for (token, outcome) in outcomes {
            guard case .answered(let message, _) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(message.questions[0].name == name("n\(token).example."))
        }
        #expect(outcomes.count == 40)
        #expect(server.connectionsSeen.load(ordering: .relaxed) == 1)
        await workers.stop()
        server.stop()
    }

    @Test func answerInSmallPieces() async throws {
        let server = FakeServer(tcp: { peer in
            while let query = peer.read() {
                let answer = reply(to: query)
                for octet in [UInt8(answer.count >> 8), UInt8(answer.count & 255)] + answer { peer.writeRaw([octet]) }
            }
        })
        let workers = try Workers([tcpZone(server)])
        workers.ask(1, question())
        #expect(await workers.wait(for: 1)[1]?.answerCount == 1)
        await workers.stop()
        server.stop()
    }

    @Test func closedInTheMiddleOfAnAnswer() async throws {
        let server = FakeServer(tcp: { peer in
            if let query = peer.read() { peer.writeRaw([0, 200] + reply(to: query).prefix(30)) }
        })
        let workers = try Workers([tcpZone(server)])
        workers.ask(1, question())
        #expect(await workers.wait(for: 1, seconds: 3)[1]?.failureKind == .unreachable)
        #expect(workers.value(.streamClosedEarly) == 1)
        await workers.stop()
        server.stop()
    }

    @Test func idleConnectionClosedByTheServerCostsNoAnswer() async throws {
        // One answer a connection; the second question finds it closed, or about to be.
        let server = FakeServer(tcp: { peer in
            if let query = peer.read() { peer.write(reply(to: query)) }
        })
        let workers = try Workers([tcpZone(server)])
        for token in 0..<20 as Range<UInt64> {
            workers.ask(token, question("n\(token).example."))
            #expect(await workers.wait(for: Int(token) + 1)[token]?.answerCount == 1)
        }
        await workers.stop()
        server.stop()
    }

    @Test func garbageIsAFailureNotAHang() async throws {
        let server = FakeServer(tcp: { peer in
            _ = peer.read()
            for _ in 0..<40 { peer.write([UInt8](repeating: 0xaa, count: 40)) }
            _ = peer.read()
        })
        let workers = try Workers([tcpZone(server)])
        workers.ask(1, question())
        #expect(await workers.wait(for: 1, seconds: 3)[1]?.failureKind != nil)
        await workers.stop()
        server.stop()
    }

    @Test func anotherQuestionsAnswerIsAFailure() async throws {
        let server = FakeServer(tcp: { peer in
            while let query = peer.read() {
                peer.write(reply(to: query) { $0.questions[0].name = name("evil.example.") })
            }
        })
        let workers = try Workers([tcpZone(server)])
        workers.ask(1, question())
        #expect(await workers.wait(for: 1, seconds: 3)[1]?.failureKind == .malformed)
        await workers.stop()
        server.stop()
    }

    @Test func silentStreamIsBoundedAndNotUsedAgain() async throws {
        let server = FakeServer(tcp: { peer in while peer.read() != nil {} })
        let workers = try Workers([tcpZone(server, milliseconds: 1300)])
        let start = ContinuousClock.now
        workers.ask(1, question())
        #expect(await workers.wait(for: 1)[1]?.failureKind == .timeout)
        #expect(ContinuousClock.now - start < .milliseconds(2300))
        #expect(server.connectionsSeen.load(ordering: .relaxed) == 2, "the second try took a fresh one")
        #expect(await workers.streams.connectionCount() == 1, "the first is not used again")
        await workers.stop()
        server.stop()
    }

    @Test func refusedConnectionFailsAtOnce() async throws {
        let dead = SocketAddress(.v4(IPv4Address(127, 0, 0, 1)), port: 1)
        let workers = try Workers([zone(".", [dead]) { $0.transport = .tcp }])
        workers.ask(1, question())
        let outcome = await workers.wait(for: 1, seconds: 2)[1]
        guard case .failed(let failure)? = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        #expect(failure.kind == .unreachable)
        #expect(failure.text == "127.0.0.1:1: Connection refused")
        await workers.stop()
    }

    @Test func idleConnectionIsKeptThenClosed() async throws {
        let server = FakeServer(tcp: { peer in while let query = peer.read() { peer.write(reply(to: query)) } })
        var limits = StreamLimits()
        limits.idleMilliseconds = 150
        let workers = try Workers([tcpZone(server)], limits: limits)
        for token in 0..<5 as Range<UInt64> {
            workers.ask(token, question("n\(token).example."))
            _ = await workers.wait(for: Int(token) + 1)
        }
        #expect(server.connectionsSeen.load(ordering: .relaxed) == 1)
        #expect(await workers.streams.connectionCount() == 1)
        try await Task.sleep(for: .milliseconds(400))
        #expect(await workers.streams.connectionCount() == 0)
        await workers.stop()
        server.stop()
    }

    @Test func connectionsAndQuestionsAreLimited() async throws {
        let server = FakeServer(tcp: { peer in while peer.read() != nil {} })
        var limits = StreamLimits()
        limits.connectionsPerServer = 2
        limits.questionsPerConnection = 10
        let workers = try Workers([tcpZone(server, milliseconds: 500)], limits: limits)
        for token in 0..<30 as Range<UInt64> { workers.ask(token, question("n\(token).example.")) }
        let outcomes = await workers.wait(for: 30)
        #expect(outcomes.values.filter { $0.failureKind == .local }.count == 10)
        #expect(outcomes.values.filter { $0.failureKind == .timeout }.count == 20)
        #expect(server.connectionsSeen.load(ordering: .relaxed) == 2)
        await workers.stop()
        server.stop()
    }
}
