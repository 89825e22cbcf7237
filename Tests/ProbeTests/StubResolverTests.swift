// The stub resolver against servers that answer well, badly, late, or not at all.

import DNSMessage
import LinuxIO
import NetAddress
import Testing

@testable import Probe

@Suite struct StubResolverTests {
    private static let question = Question(DomainName("www.example.")!, .aaaa)
    private static let record = Record(
        question.name, .aaaa, ttl: 60, data: [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 198, 51, 100, 80])

    /// With time enough for the slowest machine.
    private func resolver(_ server: FakeServer) -> StubResolver {
        StubResolver(server: server.address, timeout: .seconds(5), attempts: 1)
    }

    private func failure(_ server: FakeServer, attempts: Int = 1) throws -> StubFailure {
        let resolver = StubResolver(server: server.address, timeout: .milliseconds(300), attempts: attempts)
        return try #require(throws: StubFailure.self) { try resolver.ask(Self.question) }
    }

    @Test func anAnswer() throws {
        let server = FakeServer(udp: { [FakeServer.answer($0, [Self.record]).encoded()] })
        let answer = try resolver(server).ask(Self.question)
        #expect(answer.records == [Self.record])
        #expect(!answer.overTCP)
        #expect(answer.message.recursionDesired)
        #expect((0..<5000).contains(answer.milliseconds))
    }

    @Test func fromATask() async throws {
        let server = FakeServer(udp: { [FakeServer.answer($0, code: .nxDomain).encoded()] })
        let answer = try await resolver(server).ask(Self.question)
        #expect(answer.message.responseCode == .nxDomain)
        #expect(answer.records.isEmpty)
    }

    @Test func theNameMayComeBackInOtherLetters() throws {
        let server = FakeServer(udp: { query in
            var message = FakeServer.answer(query, [Self.record])
            message.questions = [Question(DomainName("WWW.Example.")!, .aaaa)]
            return [message.encoded()]
        })
        #expect(try resolver(server).ask(Self.question).records.count == 1)
    }

    @Test func silence() throws {
        let server = FakeServer(udp: { _ in [] })
        let started = ContinuousClock.now
        guard case .noAnswer(let milliseconds) = try failure(server, attempts: 2) else {
            Issue.record("not silent")
            return
        }
        #expect((600..<2500).contains(milliseconds))
        #expect(started.milliseconds >= 600)
        #expect(server.questions.udp == 2)
    }

    @Test func theSecondAttemptMayBeAnswered() throws {
        let server = FakeServer(udp: { [first = Once()] query in
            first.take() ? [] : [FakeServer.answer(query, [Self.record]).encoded()]
        })
        let resolver = StubResolver(server: server.address, timeout: .milliseconds(800), attempts: 2)
        let answer = try resolver.ask(Self.question)
        #expect(answer.records.count == 1)
        #expect(answer.milliseconds >= 800)
    }

    @Test func nobodyListens() throws {
        let address = FakeServer(udp: { _ in [] }).address
        let resolver = StubResolver(server: SocketAddress(address.address, port: 1), timeout: .milliseconds(500))
        let failure = try #require(throws: StubFailure.self) { try resolver.ask(Self.question) }
        #expect(failure == .refused(.connectionRefused))
    }

    @Test func anAddressThatIsNotOurs() throws {
        let server = FakeServer(udp: { _ in [] })
        var resolver = resolver(server)
        resolver.source = .v4(IPv4Address(192, 0, 2, 1))
        let failure = try #require(throws: StubFailure.self) { try resolver.ask(Self.question) }
        #expect(failure == .cannotAsk(.addressNotAvailable))
    }

    enum Flaw: CaseIterable {
        case identifier, question, type, count, direction, garbage, short

        func spoil(_ query: Message) -> [UInt8] {
            var message = FakeServer.answer(query, [StubResolverTests.record])
            switch self {
            case .identifier: message.id &+= 1
            case .question: message.questions = [Question(DomainName("example.")!, .aaaa)]
            case .type: message.questions = [Question(query.questions[0].name, .a)]
            case .count: message.questions = []
            case .direction: message.isResponse = false
            case .garbage: return Array(message.encoded().dropLast(20))
            case .short: return Array(message.encoded().prefix(7))
            }
            return message.encoded()
        }

        var failure: StubFailure? {
            switch self {
            case .identifier: .mismatch("another message ID")
            case .question: .mismatch("an answer to example. AAAA")
            case .type: .mismatch("an answer to www.example. A")
            case .count: .mismatch("an answer without a question")
            case .direction: .mismatch("a question, no answer")
            case .garbage: nil
            case .short: .malformed("7 octets, less than a header")
            }
        }
    }

    @Test(arguments: Flaw.allCases) func whatIsNoAnswer(_ flaw: Flaw) throws {
        let server = FakeServer(udp: { [flaw.spoil($0)] })
        let failure = try failure(server)
        if let expected = flaw.failure {
            #expect(failure == expected)
        } else if case .malformed = failure {
        } else {
            Issue.record("\(failure)")
        }
    }

    @Test(arguments: Flaw.allCases) func theAnswerMayComeAfterWhatIsNone(_ flaw: Flaw) throws {
        let server = FakeServer(udp: { [flaw.spoil($0), FakeServer.answer($0, [Self.record]).encoded()] })
        #expect(try resolver(server).ask(Self.question).records.count == 1)
    }

    @Test func aServerThatDidNotReadTheQuestion() throws {
        let server = FakeServer(udp: { query in
            var message = FakeServer.answer(query, code: .formErr)
            message.questions = []
            return [message.encoded()]
        })
        #expect(try resolver(server).ask(Self.question).message.responseCode == .formErr)
    }

    private static let truncated: FakeServer.Reaction = { query in
        var message = FakeServer.answer(query)
        message.truncated = true
        return [message.encoded()]
    }

    @Test func overTCPIfTruncated() throws {
        let server = FakeServer(
            udp: Self.truncated,
            tcp: { query in
                let bytes = FakeServer.framed(FakeServer.answer(query, [Self.record]).encoded())
                return [Array(bytes[..<20]), Array(bytes[20...])]
            })
        let answer = try resolver(server).ask(Self.question)
        #expect(answer.overTCP)
        #expect(answer.records == [Self.record])
        #expect(server.questions == (1, 1))
    }

    @Test func noTCP() throws {
        #expect(try failure(FakeServer(udp: Self.truncated)) == .afterTruncation(.refused(.connectionRefused)))
        let mute = FakeServer(udp: Self.truncated, tcp: { _ in [] })
        #expect(try failure(mute) == .afterTruncation(.refused(Errno(code: 104))))
        let half = FakeServer(udp: Self.truncated, tcp: { [Array(FakeServer.framed($0.encoded()).prefix(9))] })
        #expect(try failure(half) == .afterTruncation(.refused(Errno(code: 104))))
        let other = FakeServer(udp: Self.truncated, tcp: { [FakeServer.framed(Flaw.identifier.spoil($0))] })
        #expect(try failure(other) == .afterTruncation(.mismatch("another message ID")))
    }

    @Test func mangledAnswersAreNeverTaken() throws {
        var generator = SeededGenerator(seed: 7)
        let query = StubQuery(Self.question, RandomSource(), checkingDisabled: false)
        let whole = FakeServer.answer(try Message(parsing: query.bytes), [Self.record]).encoded()
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = generator.octet()
            }
            bytes.removeLast(Int.random(in: 0...bytes.count / 4, using: &generator))
            guard let answer = try? bytes.withUnsafeBytes({ try query.answer(in: $0) }) else { continue }
            #expect(answer.id == query.id && answer.isResponse)
            #expect(answer.questions == [Self.question] || answer.questions.isEmpty)
        }
    }
}
