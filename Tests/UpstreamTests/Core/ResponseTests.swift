// What response codes, truncation and EDNS troubles lead to.

import DNSMessage
import NetAddress
import Telemetry
import Testing

@testable import Upstream

@Suite struct ResponseTests {
    @Test(arguments: [ResponseCode.servFail, .refused, .notImp, .formErr, ResponseCode(rawValue: 9)])
    func badCodeGoesToTheNextServer(_ code: ResponseCode) {
        let network = FakeNetwork([zone(".", [serverA, serverB], .ordered)])
        network.servers[serverA] = FakeNetwork.answering(after: 5, code)
        network.servers[serverB] = FakeNetwork.answering(after: 5)
        network.ask(1, question())
        network.run(until: 20)
        #expect(network.answer(1)?.responseCode == .noError)
        #expect(network.outcomes[1]?.milliseconds == 10)
        network.expectQuiet()
    }

    @Test(arguments: [ResponseCode.nxDomain, .noError, ResponseCode(rawValue: 6)])
    func aboutTheNameIsFinal(_ code: ResponseCode) {
        let network = FakeNetwork([zone(".", [serverA, serverB], .ordered)])
        network.servers[serverA] = FakeNetwork.answering(after: 5, code)
        network.ask(1, question())
        network.run(until: 20)
        #expect(network.answer(1)?.responseCode == code)
        #expect(network.sent.count == 1)
        network.expectQuiet()
    }

    @Test func extendedErrorsOfServFailPassThrough() {
        let network = FakeNetwork([zone(".", [serverA, serverB, serverC], .ordered)])
        network.servers[serverA] = FakeNetwork.answering(after: 5, .refused)
        network.servers[serverB] = FakeNetwork.answering(after: 5, .servFail) {
            $0.edns?.options = [EDNS.Option(code: EDNS.Option.extendedError, data: [0, 6])]
        }
        network.servers[serverC] = FakeNetwork.answering(after: 5, .servFail)
        network.ask(1, question())
        network.run(until: 100)
        #expect(network.outcomes[1]?.milliseconds == 15)
        #expect(network.answer(1)?.responseCode == .servFail)
        #expect(network.answer(1)?.edns?.extendedErrors == [6])
        #expect(network.counters.value(.upstreamServFail) == 2)
        network.expectQuiet()
    }

    @Test func servFailHereAndSilenceThere() {
        let network = FakeNetwork([zone(".", [serverA, serverB], .ordered)])
        network.servers[serverA] = FakeNetwork.answering(after: 5, .servFail)
        network.ask(1, question())
        network.run(until: 10_000)
        #expect(network.answer(1)?.responseCode == .servFail)
        #expect(network.outcomes[1]!.milliseconds <= 4000)
        network.expectQuiet()
    }

    @Test func truncationGoesToTheSameServerOverTCP() {
        let network = FakeNetwork([zone(".", [serverA, serverB], .ordered)])
        network.servers[serverA] = { sent in
            [(10, .bytes(reply(to: sent.bytes) { $0.truncated = !sent.isStream }))]
        }
        network.ask(1, question())
        network.run(until: 50)
        #expect(network.answer(1)?.truncated == false)
        #expect(network.sent.map(\.server) == [serverA, serverA])
        #expect(network.sent.map(\.isStream) == [false, true])
        #expect(network.counters.value(.upstreamTCP) == 1)
        network.expectQuiet()
    }

    @Test func truncatedInTheMiddleOfARecord() {
        let network = FakeNetwork([zone(".", [serverA])])
        network.servers[serverA] = { sent in
            let whole = reply(to: sent.bytes) {
                $0.truncated = !sent.isStream; $0.edns = nil
            }
            return [(10, .bytes(sent.isStream ? whole : Array(whole.dropLast(2))))]
        }
        network.ask(1, question())
        network.run(until: 50)
        #expect(network.answer(1) != nil)
        #expect(network.counters.value(.upstreamDropMalformed) == 0)
    }

    @Test func serverWithoutTCPIsPassedOverButStaysGood() {
        let network = FakeNetwork([zone(".", [serverA, serverB], .ordered)])
        network.servers[serverA] = { sent in
            sent.isStream
                ? [(1, .failure(.unreachable("connection refused")))]
                : [(10, .bytes(reply(to: sent.bytes) { $0.truncated = true }))]
        }
        network.servers[serverB] = FakeNetwork.answering(after: 10)
        network.ask(1, question())
        network.run(until: 100)
        #expect(network.outcomes[1]?.milliseconds == 21)
        #expect(network.status(serverA).state == .good)
        network.expectQuiet()
    }

    @Test func streamThatHangsIsBounded() {
        let network = FakeNetwork([zone(".", [serverA])])
        network.servers[serverA] = { sent in
            sent.isStream ? [] : [(10, .bytes(reply(to: sent.bytes) { $0.truncated = true }))]
        }
        network.ask(1, question())
        network.run(until: 60_000)
        #expect(network.failure(1)?.kind == .timeout)
        #expect(network.outcomes[1]?.milliseconds == 4000)
        network.expectQuiet()
    }

    @Test func truncationOverTCPIsNoAnswer() {
        let network = FakeNetwork([zone(".", [serverA])])
        network.servers[serverA] = FakeNetwork.answering(after: 10) { $0.truncated = true }
        network.ask(1, question())
        network.run(until: 100)
        #expect(network.failure(1)?.kind == .malformed)
        network.expectQuiet()
    }

    @Test func tcpZoneNeverSendsDatagrams() {
        let network = FakeNetwork([zone(".", [serverA, serverB], .ordered) { $0.transport = .tcp }])
        network.servers[serverA] = { _ in [(3, .failure(.closed("closed in the middle of an answer")))] }
        network.servers[serverB] = FakeNetwork.answering(after: 10)
        network.ask(1, question())
        network.run(until: 100)
        #expect(network.answer(1) != nil)
        #expect(network.sent.allSatisfy { $0.isStream })
        #expect(network.counters.value(.streamClosedEarly) == 1)
        network.expectQuiet()
    }

    // MARK: EDNS

    /// A server from before RFC 2671.
    private func oldServer(_ code: ResponseCode, bare: Bool = false) -> FakeNetwork.Server {
        { sent in
            guard sent.message.edns != nil else { return [(5, .bytes(reply(to: sent.bytes)))] }
            let refusal = reply(to: sent.bytes, code) {
                $0.edns = nil
                if bare { $0.questions = [] }
            }
            return [(5, .bytes(refusal))]
        }
    }

    @Test(arguments: [(ResponseCode.formErr, false), (.notImp, false), (.formErr, true), (.notImp, true)])
    func withoutEDNSAfterARefusal(_ code: ResponseCode, _ bare: Bool) {
        let network = FakeNetwork([zone(".", [serverA])])
        network.servers[serverA] = oldServer(code, bare: bare)
        network.ask(1, question())
        network.run(until: 20)
        #expect(network.outcomes[1]?.milliseconds == 10)
        #expect(network.answer(1) != nil)
        #expect(network.counters.value(.upstreamEDNSFallback) == 1)
        #expect(network.status(serverA).edns == .lacking)
        // Remembered for a while, not for ever.
        network.ask(2, question("two.example."))
        #expect(network.sent.last?.message.edns == nil)
        network.run(until: 1_000_000)
        network.ask(3, question("three.example."))
        #expect(network.sent.last?.message.edns != nil)
    }

    @Test func badVersionIsARefusalToo() {
        let network = FakeNetwork([zone(".", [serverA])])
        network.servers[serverA] = { sent in
            sent.message.edns == nil
                ? [(5, .bytes(reply(to: sent.bytes)))]
                : [
                    (
                        5,
                        .bytes(
                            reply(to: sent.bytes) {
                                $0.responseCode = .noError; $0.answers = []
                            }.settingBadVersion)
                    )
                ]
        }
        network.ask(1, question())
        network.run(until: 20)
        #expect(network.answer(1)?.answers.count == 1)
    }

    @Test func refusalInSpiteOfEDNSIsNotRemembered() {
        let network = FakeNetwork([zone(".", [serverA])])
        // FORMERR whatever we send.
        network.servers[serverA] = FakeNetwork.answering(after: 5, .formErr) { $0.edns = nil }
        network.ask(1, question())
        network.run(until: 100)
        #expect(network.answer(1)?.responseCode == .formErr)
        #expect(network.sent.count == 2)
        #expect(network.status(serverA).edns == .unknown)
        network.expectQuiet()
    }

    @Test func dnssecIsNotGivenUpWhileAnotherServerHasIt() {
        let network = FakeNetwork([zone(".", [serverA, serverB], .ordered)])
        network.servers[serverA] = oldServer(.formErr)
        network.servers[serverB] = FakeNetwork.answering(after: 5)
        network.ask(1, question(dnssecOK: true))
        network.run(until: 20)
        #expect(network.sent.map(\.server) == [serverA, serverB])
        #expect(network.answer(1)?.edns?.dnssecOK == true)
        network.expectQuiet()
    }

    @Test func dnssecIsGivenUpWhenNothingElseWorks() {
        let network = FakeNetwork([zone(".", [serverA, serverB], .ordered)])
        network.servers[serverA] = oldServer(.formErr)
        network.servers[serverB] = FakeNetwork.answering(after: 5, .refused)
        network.ask(1, question(dnssecOK: true))
        network.run(until: 50)
        #expect(network.sent.map(\.server) == [serverA, serverB, serverA])
        #expect(network.sent[2].message.edns == nil)
        #expect(network.answer(1)?.responseCode == .noError)
        // Known by now: the other is preferred for DO.
        network.ask(2, question("two.example.", dnssecOK: true))
        #expect(network.sent.last?.server == serverB)
        network.expectQuietAfter(100)
    }

    @Test func authenticDataIsHandedOnOnlyByTrust() {
        for trust in [true, false] {
            let network = FakeNetwork([zone(".", [serverA]) { $0.trustAD = trust }])
            network.servers[serverA] = FakeNetwork.answering(after: 5) { $0.authenticData = true }
            network.ask(1, question())
            network.run(until: 20)
            #expect(network.answer(1)?.authenticData == trust)
        }
    }
}

extension [UInt8] {
    /// BADVERS is 16: its upper bits are in the OPT record, which stands last here and is 11 octets long.
    fileprivate var settingBadVersion: [UInt8] {
        var bytes = self
        bytes[count - 6] = 1
        return bytes
    }
}

extension FakeNetwork {
    func expectQuietAfter(_ end: UInt64) {
        run(until: end)
        expectQuiet()
    }
}
