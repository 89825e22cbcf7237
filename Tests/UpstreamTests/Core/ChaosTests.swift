// Whatever servers do: one outcome for every asker, in bounded time, and nothing left behind.

import DNSMessage
import NetAddress
import Telemetry
import Testing

@testable import Upstream

@Suite struct ChaosTests {
    /// Small, fast, the same in every run.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 33
        }
    }

    private final class Madness {
        var dice: Dice
        init(_ seed: UInt64) { dice = Dice(state: seed) }

        func server(_ sent: FakeNetwork.Sent) -> [(after: UInt64, FakeNetwork.Event)] {
            (0..<Int.random(in: 0...3, using: &dice)).map { _ in
                (UInt64.random(in: 0...5000, using: &dice), event(sent))
            }
        }

        private func event(_ sent: FakeNetwork.Sent) -> FakeNetwork.Event {
            switch Int.random(in: 0..<12, using: &dice) {
            case 0: .failure(.unreachable("no route"))
            case 1: .failure(.closed("closed"))
            case 2: .failure(.local("no descriptors"))
            case 3: .bytes(Array(reply(to: sent.bytes).prefix(Int.random(in: 0...60, using: &dice))))
            case 4: .bytes(reply(to: sent.bytes) { $0.truncated = true })
            case 5: .bytes(reply(to: sent.bytes) { $0.id &+= 1 })
            case 6: .bytes(reply(to: sent.bytes) { $0.questions[0].name = $0.questions[0].name.lowercased })
            case 7:
                .bytes(
                    reply(to: sent.bytes, .formErr) {
                        $0.edns = nil; $0.questions = []
                    })
            case 8: .bytes(noise(reply(to: sent.bytes)))
            case 9: .bytes(reply(to: sent.bytes))
            default:
                .bytes(
                    reply(to: sent.bytes, ResponseCode(rawValue: UInt16.random(in: 0...15, using: &dice))) {
                        $0.edns = nil
                    })
            }
        }

        private func noise(_ bytes: [UInt8]) -> [UInt8] {
            var bytes = bytes
            for _ in 0..<4 {
                bytes[Int.random(in: 2..<bytes.count, using: &dice)] = UInt8.random(in: 0...255, using: &dice)
            }
            return bytes
        }
    }

    @Test(arguments: [UpstreamZone.Policy.fastest, .ordered, .race], [false, true])
    func everyAskerHearsOnceAndInTime(_ policy: UpstreamZone.Policy, _ randomizesCase: Bool) {
        for seed in 0..<4 as Range<UInt64> {
            let settings = [
                zone(".", [serverA, serverB, serverC], policy) { $0.caseRandomization = randomizesCase },
                zone("tcp.example.", [serverB, serverA], policy) { $0.transport = .tcp },
                zone("short.example.", [serverC], policy) { $0.timeoutMilliseconds = 900 },
            ]
            let network = FakeNetwork(settings, limit: 60, seed: seed)
            let madness = Madness(seed)
            for server in [serverA, serverB, serverC] { network.servers[server] = madness.server }
            var asked: [UInt64: UInt64] = [:]
            var cancelled: Set<UInt64> = []
            for token in 0..<400 as Range<UInt64> {
                let suffix = ["tcp.example.", "short.example.", "example."].randomElement(using: &madness.dice)!
                let text = "n\(Int.random(in: 0..<200, using: &madness.dice)).\(suffix)"
                asked[token] = network.milliseconds
                network.ask(token, question(text, dnssecOK: Bool.random(using: &madness.dice)))
                network.run(until: network.milliseconds + UInt64.random(in: 0...60, using: &madness.dice))
                if token % 13 == 0, network.outcomes[token] == nil {
                    network.core.cancel(token)
                    network.drain()
                    cancelled.insert(token)
                }
                if token == 200 { network.core.replace(UpstreamSettings(zones: Array(settings.dropLast()))) }
                #expect(network.core.exchangeCount <= 60)
            }
            network.run(until: network.milliseconds + 20_000)
            for (token, start) in asked where !cancelled.contains(token) {
                #expect(network.outcomes[token].map { $0.milliseconds - start <= 4000 } == true, "token \(token)")
            }
            #expect(cancelled.allSatisfy { network.outcomes[$0] == nil })
            network.expectQuiet()
        }
    }
}
