// What upstream says into the resolver core: what it sends on, what it keeps, and what it says again from the cache.

internal import AnswerCache
internal import DNSMessage
internal import NetAddress
internal import Resolver
internal import Telemetry

private let questions: [Question] = [
    ("www.example.org", .aaaa), ("www.example.org", .a), ("www.example.com", .aaaa), ("www.example.net", .aaaa),
    ("example.org", .https), ("_dns.example.org", .svcb), ("example.org", .mx), ("example.org", .any),
    ("example.org", .soa),
    ("example.org", .ns), ("alias.home.arpa", .aaaa), ("a.b.tree.home.arpa", .aaaa), ("host.corp.example", .aaaa),
    // 192.0.2.1 under 64:ff9b::/96.
    ("1.0.2.0.0.0.0.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.b.9.f.f.4.6.0.0.ip6.arpa", .ptr), ("example.org", .rrsig),
    (".", .ns),
].compactMap { name, type in DomainName(name).map { Question($0, type) } }

/// Input: settings; flags; which question; then the answers to what is asked upstream, each behind its length.
func fuzzAnswer(_ input: UnsafeRawBufferPointer) {
    var reader = InputReader(input)
    let settings = ResolverSettings.variants[Int(reader.octet() & 7)]
    let flags = reader.octet()
    let query = query(questions[Int(reader.octet()) % questions.count], flags)
    let conversation = Conversation(settings, query, trustsAD: flags & 0x20 != 0)
    let first = conversation.ask(answers: &reader)
    conversation.judge(first)
    conversation.askAgain(after: first)
    // Another policy on the same cache never sees this one's answers.
    let other = Conversation(
        ResolverSettings.variants[Int(flags >> 6) + 2], query, trustsAD: flags & 0x20 != 0,
        cache: conversation.cache)
    other.judge(other.ask(answers: &reader))
}

private func query(_ question: Question, _ flags: UInt8) -> [UInt8] {
    var message = Message(query: question, id: 0x4d4d)
    message.checkingDisabled = flags & 1 != 0
    message.authenticData = flags & 2 != 0
    if flags & 4 != 0 { message.edns = EDNS(dnssecOK: flags & 8 != 0) }
    return message.encoded()
}

/// One client's question on its way.
private struct Conversation {
    let query: [UInt8]
    let cache: AnswerCache
    private let question: Question
    private let trustsAD: Bool
    private let test: ResolverUnderTest
    // Streams, so that nothing is lost to truncation.
    private let client = Client(SocketAddress(.v4(IPv4Address(192, 0, 2, 1)), port: 4_000), .stream)

    init(
        _ settings: ResolverSettings, _ query: [UInt8], trustsAD: Bool,
        cache: AnswerCache = AnswerCache(byteLimit: 1 << 16)
    ) {
        self.query = query
        self.cache = cache
        self.trustsAD = trustsAD
        question = (try? Message(parsing: query))?.questions.first ?? Question(.root, .any)
        test = ResolverUnderTest(settings, cache: cache)
    }

    /// Asks, and answers what is asked upstream from the input; with a failure when that is used up.
    func ask(answers reader: inout InputReader) -> Message {
        let outcome = query.withUnsafeBytes { test.handle($0, from: client) }
        var replies = outcome.reply.map { [$0] } ?? []
        var open = outcome.asks
        var rounds = 0
        while !open.isEmpty {
            rounds += 1
            expect(rounds <= 300, "a question that asks upstream for ever")
            let next = open.removeFirst()
            answer(next.token, next.ask, reader.framed())
            let more = test.take()
            replies += more.replies
            open += more.asks
        }
        replies += test.runOut()
        expect(replies.count == 1, "\(replies.count) replies")
        expect(test.resolver.pendingCount == 0, "a query still waits")
        return ReplyRules(query: query, reply: replies.first ?? [], isStream: true).hold()
    }

    private func answer(_ token: UInt64, _ ask: UpstreamAsk, _ bytes: [UInt8]?) {
        guard let bytes else { return test.resolver.failed(token, .timeout, now: test.now) }
        guard var message = try? Message(parsing: bytes) else {
            return test.resolver.failed(token, .malformed, now: test.now)
        }
        // What Upstream makes sure of before it believes a message.
        message.questions = [Question(ask.name, ask.type)]
        message.isResponse = true
        message.truncated = false
        let zone = test.settings.values.forwardZones.filter { ask.name.isSubdomain(of: $0) }.max {
            $0.labelCount < $1.labelCount
        }
        test.resolver.answered(token, message, zone: zone ?? .root, trustsAD: trustsAD, now: test.now)
    }

    /// Ends the process where the reply holds what was not asked for.
    func judge(_ reply: Message) {
        if question.type == .aaaa { expect(!reply.answers.contains { $0.type == .a }, "A in an answer to AAAA") }
        if !trustsAD, question.name.isSubdomain(of: DomainName("example.org") ?? .root) {
            expect(!reply.authenticData, "AD of a server that is not trusted")
        }
        guard question.type != .any else { return }
        var known: Set<DomainName> = [question.name]
        for record in reply.answers {
            switch record.type {
            case .dname:
                expect(known.contains { $0.isProperSubdomain(of: record.name) }, "a DNAME beside the chain: \(record)")
            case .cname:
                expect(known.contains(record.name), "a CNAME beside the chain: \(record)")
                if let target = record.target { known.insert(target) }
            case .rrsig:
                expect(known.contains { $0.isSubdomain(of: record.name) }, "a signature of something else: \(record)")
            default:
                expect(known.contains(record.name), "a record beside the chain: \(record)")
                expect(record.type == question.type, "a record of another type: \(record)")
            }
        }
    }

    /// At once and a little later, the cache says what was said first.
    func askAgain(after first: Message) {
        for seconds: UInt64 in [0, 2] {
            test.now = test.now.advanced(byMilliseconds: seconds * 1000)
            let outcome = query.withUnsafeBytes { test.handle($0, from: client) }
            guard let bytes = outcome.reply else {
                _ = test.runOut()
                return
            }
            let again = ReplyRules(query: query, reply: bytes, isStream: true).hold()
            judge(again)
            guard outcome.asks.isEmpty, first.responseCode != .servFail else { continue }
            expect(
                again.responseCode == first.responseCode,
                "the cache says \(again.responseCode), not \(first.responseCode)")
            expect(again.authenticData == first.authenticData, "AD from the cache is \(again.authenticData)")
            same("answer", first.answers, again.answers)
            same("authority", first.authorities, again.authorities)
            same("additional", first.additionals, again.additionals)
        }
    }

    private func same(_ section: String, _ first: [Record], _ again: [Record]) {
        func bare(_ records: [Record]) -> [Record] {
            records.map { record in
                var record = record
                record.ttl = 0
                return record
            }
        }
        expect(bare(first) == bare(again), "\(section): first \(first), then from the cache \(again)")
        for (one, other) in zip(first, again) {
            expect(other.ttl <= one.ttl, "\(section): a TTL that grows: \(one), \(other)")
        }
    }
}
