// What is sent, again, elsewhere and for how long.

import DNSMessage
import NetAddress
import Telemetry
import Testing

@testable import Upstream

@Suite struct TransmissionTests {
    @Test func queryIsWhatWasAsked() {
        let network = FakeNetwork([
            zone(".", [serverA]) {
                $0.ednsSize = 1400; $0.trustAD = true
            }
        ])
        network.ask(1, UpstreamQuestion(name("WWW.Example."), .https, dnssecOK: true, checkingDisabled: true))
        let query = network.sent[0].message
        #expect(query.questions == [Question(name("www.example."), .https)])
        #expect(query.recursionDesired && query.authenticData && query.checkingDisabled && !query.isResponse)
        #expect(query.edns == EDNS(udpSize: 1400, dnssecOK: true))
        let plain = FakeNetwork([zone(".", [serverA])])
        plain.ask(1, question())
        #expect(plain.sent[0].message.authenticData == false)
        #expect(plain.sent[0].message.edns == EDNS(udpSize: 1232))
    }

    @Test func everyTransmissionHasItsOwnID() {
        let network = FakeNetwork([zone(".", [serverA])])
        network.ask(1, question())
        network.run(until: 3999)
        #expect(network.sent.count > 2)
        #expect(Set(network.sent.map { $0.message.id }).count == network.sent.count)
    }

    @Test func retriesBackOff() {
        let network = FakeNetwork([zone(".", [serverA])])
        network.ask(1, question())
        network.run(until: 3999)
        // 400 ms at first, doubled each time.
        #expect(network.sent.map(\.milliseconds) == [0, 400, 1200, 2800])
        #expect(network.counters.value(.upstreamRetries) == 3)
    }

    @Test func lostDatagramIsRepeated() {
        let network = FakeNetwork([zone(".", [serverA])])
        var count = 0
        network.servers[serverA] = { sent in
            count += 1
            return count == 1 ? [] : [(30, .bytes(reply(to: sent.bytes)))]
        }
        network.ask(1, question())
        network.run(until: 1000)
        #expect(network.outcomes[1]?.milliseconds == 430)
        network.expectQuiet()
    }

    @Test func answerToAnEarlierTransmissionCounts() {
        let network = FakeNetwork([zone(".", [serverA])])
        network.servers[serverA] = { [weak network] sent in
            network!.sent.count == 1 ? [(900, .bytes(reply(to: sent.bytes)))] : []
        }
        network.ask(1, question())
        network.run(until: 2000)
        #expect(network.outcomes[1]?.milliseconds == 900)
        #expect(network.answer(1) != nil)
        // Measured from its own transmission.
        #expect(network.status(serverA).smoothedRTT == 900_000_000)
        network.expectQuiet()
    }

    @Test(arguments: [UpstreamZone.Policy.fastest, .ordered, .race])
    func budgetIsBoundedWithAllServersDead(_ policy: UpstreamZone.Policy) {
        let network = FakeNetwork([zone(".", [serverA, serverB, serverC], policy)])
        network.ask(1, question())
        network.run(until: 60_000)
        #expect(network.failure(1)?.kind == .timeout)
        #expect(network.outcomes[1]?.milliseconds == 4000)
        #expect(network.sent.count <= 15)
        #expect(network.counters.value(.upstreamFailed) == 1)
        network.expectQuiet()
    }

    @Test func budgetIsTheZones() {
        let network = FakeNetwork([zone(".", [serverA]) { $0.timeoutMilliseconds = 700 }])
        network.ask(1, question())
        network.run(until: 5000)
        #expect(network.outcomes[1]?.milliseconds == 700)
        #expect(network.sent.count == 2)
    }

    @Test func thousandAskersOneQuestion() {
        let network = FakeNetwork([zone(".", [serverA])])
        network.servers[serverA] = FakeNetwork.answering(after: 50)
        for token in 0..<1000 { network.ask(UInt64(token), question()) }
        #expect(network.sent.count == 1)
        #expect(network.counters.value(.upstreamCoalesced) == 999)
        network.run(until: 100)
        #expect(network.outcomes.count == 1000)
        #expect((0..<1000).allSatisfy { network.answer(UInt64($0)) != nil })
        network.ask(5000, question())
        #expect(network.sent.count == 2, "the outcome is not remembered: that is the cache's work")
    }

    @Test func differentQuestionsAreNotJoined() {
        let network = FakeNetwork([zone(".", [serverA])])
        network.ask(1, question())
        network.ask(2, question("www.example.com.", .aaaa))
        network.ask(3, question("www.example.com.", dnssecOK: true))
        network.ask(4, UpstreamQuestion(name("www.example.com."), .a, checkingDisabled: true))
        network.ask(5, question("WWW.EXAMPLE.COM."))
        #expect(network.sent.count == 4)
    }

    @Test func cancelledAskersHearNothing() {
        let network = FakeNetwork([zone(".", [serverA])])
        network.servers[serverA] = FakeNetwork.answering(after: 50)
        network.ask(1, question())
        network.ask(2, question())
        network.core.cancel(1)
        network.core.cancel(77)
        network.run(until: 100)
        #expect(network.outcomes[1] == nil)
        #expect(network.answer(2) != nil)
        network.ask(3, question("other.example."))
        network.core.cancel(3)
        network.drain()
        network.expectQuiet()
    }

    @Test func longestZoneIsAsked() {
        let network = FakeNetwork([
            zone(".", [serverA]), zone("corp.example.", [serverB]), zone("lab.corp.example.", [serverC]),
        ])
        let expected: [(String, RecordType, SocketAddress)] = [
            ("www.example.", .a, serverA), ("xcorp.example.", .a, serverA), ("corp.example.", .a, serverB),
            ("WWW.CORP.example.", .a, serverB), ("a.b.lab.corp.example.", .a, serverC),
            // The parent has it.
            ("lab.corp.example.", .ds, serverB), ("a.lab.corp.example.", .ds, serverC),
        ]
        for (index, (text, type, server)) in expected.enumerated() {
            network.ask(UInt64(index), question(text, type))
            #expect(network.sent.last?.server == server, "\(text)")
        }
    }

    @Test func noZoneNoServer() {
        let network = FakeNetwork([zone("corp.example.", [serverB]), zone("empty.example.", [])])
        network.ask(1, question("www.example.org."))
        network.ask(2, question("www.empty.example."))
        #expect(network.failure(1)?.kind == .noServer)
        #expect(network.failure(2)?.kind == .noServer)
        #expect(network.counters.value(.upstreamNoServer) == 2)
        network.expectQuiet()
    }

    @Test func outstandingTransmissionsAreLimited() {
        let network = FakeNetwork([zone(".", [serverA])], limit: 10)
        for token in 0..<12 { network.ask(UInt64(token), question("n\(token).example.")) }
        #expect(network.sent.count == 10)
        #expect(network.failure(10)?.kind == .overload)
        network.run(until: 10_000)
        #expect(network.sent.count == 10, "no room for repeats either")
        #expect(network.outcomes.count == 12)
        network.expectQuiet()
    }
}
