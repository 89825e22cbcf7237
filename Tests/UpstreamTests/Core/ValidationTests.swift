// Only the answer to what was asked counts; nothing else may end the wait (RFC 5452 section 9.1).

import DNSMessage
import NetAddress
import Telemetry
import Testing

@testable import Upstream

@Suite struct ValidationTests {
    /// A server that first says something false, then the truth.
    private func lying(_ lie: @escaping (FakeNetwork.Sent) -> [UInt8]) -> FakeNetwork {
        let network = FakeNetwork([zone(".", [serverA])])
        network.servers[serverA] = { sent in
            [(1, .bytes(lie(sent))), (20, .bytes(reply(to: sent.bytes)))]
        }
        network.ask(1, question())
        network.run(until: 10)
        #expect(network.outcomes.isEmpty, "a false answer ended the wait")
        network.run(until: 100)
        #expect(network.answer(1)?.answers.count == 1)
        #expect(network.sent.count == 1)
        network.expectQuiet()
        return network
    }

    @Test func wrongID() {
        let network = lying { reply(to: $0.bytes) { $0.id ^= 1 } }
        #expect(network.counters.value(.upstreamDropWrongID) == 1)
    }

    @Test func notAResponse() {
        #expect(lying { $0.bytes }.counters.value(.upstreamDropNotResponse) == 1)
    }

    @Test func wrongOpcode() {
        let network = lying { reply(to: $0.bytes) { $0.opcode = 4 } }
        #expect(network.counters.value(.upstreamDropNotResponse) == 1)
    }

    @Test(arguments: [
        Question(DomainName("www.example.org.")!, .a), Question(DomainName("www.example.com.")!, .aaaa),
        Question(DomainName("www.example.com.")!, .a, .chaos), Question(.root, .a),
    ])
    func wrongQuestion(_ other: Question) {
        let network = lying { reply(to: $0.bytes) { $0.questions = [other] } }
        #expect(network.counters.value(.upstreamDropWrongQuestion) == 1)
    }

    @Test func twoQuestionsOrNone() {
        let two = lying { reply(to: $0.bytes) { $0.questions.append($0.questions[0]) } }
        #expect(two.counters.value(.upstreamDropWrongQuestion) == 1)
        let none = lying { reply(to: $0.bytes) { $0.questions = [] } }
        #expect(none.counters.value(.upstreamDropWrongQuestion) == 1)
    }

    @Test(arguments: [0, 1, 11]) func short(_ length: Int) {
        let network = lying { Array(reply(to: $0.bytes).prefix(length)) }
        #expect(network.counters.value(.upstreamDropShort) == 1)
    }

    @Test func wrongCaseIsAnotherCase() {
        let network = FakeNetwork([zone(".", [serverA]) { $0.caseRandomization = true }])
        network.servers[serverA] = { sent in
            if sent.isStream { return [] }
            let forged = reply(to: sent.bytes) { $0.questions[0].name = $0.questions[0].name.lowercased }
            return [(1, .bytes(forged)), (20, .bytes(reply(to: sent.bytes)))]
        }
        network.ask(1, question("a-long-name-with-many-letters.example.com."))
        network.run(until: 10)
        #expect(network.outcomes.isEmpty)
        #expect(network.counters.value(.upstreamDropWrongCase) == 1)
        network.run(until: 30)
        let answer = network.answer(1)
        #expect(answer?.questions[0].name.wire == name("a-long-name-with-many-letters.example.com.").wire)
        #expect(answer?.answers[0].name.wire == name("a-long-name-with-many-letters.example.com.").wire)
        network.expectQuiet()
    }

    @Test func caseIsRandom() {
        let network = FakeNetwork([zone(".", [serverA]) { $0.caseRandomization = true }])
        for token in 0..<20 { network.ask(UInt64(token), question("abcdefghijklmnop\(token).example.")) }
        let names = Set(network.sent.map { Array($0.bytes[13..<29]) })
        #expect(names.count == 20, "the same case twice in 2^16 is bad luck, and the seed is fixed")
    }

    @Test func serverThatLosesTheCaseIsAskedOverStream() {
        let network = FakeNetwork([zone(".", [serverA]) { $0.caseRandomization = true }])
        network.servers[serverA] = { sent in
            [(5, .bytes(reply(to: sent.bytes) { $0.questions[0].name = $0.questions[0].name.lowercased }))]
        }
        network.ask(1, question("a-long-name-with-many-letters.example.com."))
        network.run(until: 20)
        #expect(network.answer(1) != nil)
        #expect(network.sent.map(\.isStream) == [false, true])
        network.expectQuiet()
    }

    @Test func withoutRandomizationCaseIsFree() {
        let network = FakeNetwork([zone(".", [serverA])])
        network.servers[serverA] = FakeNetwork.answering(after: 5) { $0.questions[0].name = name("WWW.Example.com.") }
        network.ask(1, question())
        network.run(until: 10)
        #expect(network.answer(1) != nil)
    }

    @Test func malformedGoesToTheNextServer() {
        let network = FakeNetwork([zone(".", [serverA, serverB], .ordered)])
        // An answer that is announced and isn't there.
        network.servers[serverA] = { sent in
            var bytes = reply(to: sent.bytes) {
                $0.answers = []; $0.edns = nil
            }
            bytes[7] = 3
            return [(5, .bytes(bytes))]
        }
        network.servers[serverB] = FakeNetwork.answering(after: 5)
        network.ask(1, question())
        network.run(until: 12)
        #expect(network.answer(1) != nil)
        #expect(network.counters.value(.upstreamDropMalformed) == 1)
        #expect(network.sent.map(\.server) == [serverA, serverB])
        network.expectQuiet()
    }

    @Test func malformedEverywhereFails() {
        let network = FakeNetwork([zone(".", [serverA])])
        network.servers[serverA] = { sent in [(5, .bytes(Array(reply(to: sent.bytes).dropLast(3))))] }
        network.ask(1, question())
        network.run(until: 12)
        #expect(network.failure(1)?.kind == .malformed)
        network.expectQuiet()
    }

    @Test func lateAndDuplicateAnswersAreHarmless() {
        let network = FakeNetwork([zone(".", [serverA])])
        network.servers[serverA] = { sent in
            [
                (5, .bytes(reply(to: sent.bytes))), (5, .bytes(reply(to: sent.bytes))),
                (9000, .bytes(reply(to: sent.bytes))),
            ]
        }
        network.ask(1, question())
        network.run(until: 10_000)
        #expect(network.answer(1) != nil)
        #expect(network.counters.value(.upstreamDropLate) == 2)
        network.expectQuiet()
    }

    @Test func garbageNeverEndsTheWait() {
        let network = FakeNetwork([zone(".", [serverA])])
        network.ask(1, question())
        var random = SystemRandomNumberGenerator()
        let good = reply(to: network.sent[0].bytes)
        for _ in 0..<5000 {
            var bytes = good
            // Without the ID, whatever else it says.
            for _ in 0..<8 { bytes[Int.random(in: 2..<bytes.count)] = UInt8.random(in: 0...255) }
            bytes[0] = ~good[0]
            network.deliver(
                network.sent[0].exchange, false,
                .bytes(Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))))
            network.drain()
        }
        #expect(network.outcomes.isEmpty)
        #expect(network.sent.count == 1)
        network.deliver(network.sent[0].exchange, false, .bytes(good))
        network.drain()
        #expect(network.answer(1) != nil)
    }
}
