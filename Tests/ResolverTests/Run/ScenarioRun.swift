// Plays one scenario against a resolver core of its own. Time stands still but where the scenario says otherwise.

import AnswerCache
import DNSMessage
import NetAddress
import Resolver
import Telemetry

/// A scenario on its way: the resolver, and what it did that no line has told yet.
final class ScenarioRun {
    private var setup: Setup
    private let resolver: Resolver
    let counters = Counters()
    private var trustsAD: Bool
    private(set) var now = MonotonicTime(nanoseconds: 1_000_000_000_000)

    private(set) var sent: [Int: SentQuery] = [:]
    /// Questions that upstream has been asked and has not answered.
    private var open: [(token: UInt64, ask: UpstreamAsk)] = []
    private var untoldAsks: [UpstreamAsk] = []
    private var untoldCancels: [UpstreamAsk] = []
    private var untoldReplies: [Int: [UInt8]] = [:]
    /// Queries of which the stream was told that no reply comes.
    private var abandoned: Set<Int> = []

    /// A query that has been sent, and what is known of it.
    struct SentQuery {
        var bytes: [UInt8]
        var transport: Client.Transport
        var reply: [UInt8]?
        var mayStayOpen = false
        /// Counters that handling it raised, and by how much.
        var raised: [Counter: UInt64] = [:]
    }

    init(_ setup: Setup) throws {
        self.setup = setup
        let made = try setup.settings()
        trustsAD = made.trustsAD
        resolver = Resolver(
            settings: made.settings, cache: AnswerCache(byteLimit: 1 << 20), counters: counters,
            latency: LatencyHistogram(),
            random: { 0x1234_5678_9abc_def0 })
        // The time of day, which cookies carry, starts at 2026-01-01.
        resolver.unixTimeOffset = 1_767_225_600 - 1000
    }

    func play(_ step: Step, _ line: ScenarioLine) throws {
        if step.isEvent { try nothingUntold(line) }
        switch step {
        case .query(let query): send(query)
        case .upstream(let upstream): try answer(upstream, line)
        case .wait(let milliseconds): wait(milliseconds)
        case .reload(let block):
            guard setup.take(block) else { return }
            let made = try setup.settings()
            trustsAD = made.trustsAD
            resolver.settings = made.settings
        case .asked(let asks): try claim(asks, &untoldAsks, "asked upstream", line)
        case .cancelled(let asks): try claim(asks, &untoldCancels, "cancelled", line)
        case .reply(let expected): try check(expected, line)
        case .noReply(let numbers): try checkNoReply(numbers, line)
        case .dropped(let numbers, let counter): try checkDropped(numbers, counter, line)
        case .counters(let wanted):
            for (counter, value) in wanted where counters.value(counter) != value {
                throw line.failure("counter \(counter.name): expected \(value), got \(counters.value(counter))")
            }
        }
    }

    /// Nothing may be left when the scenario ends.
    func end(_ line: ScenarioLine) throws {
        try nothingUntold(line)
        for (number, query) in sent.sorted(by: { $0.key < $1.key }) where query.reply == nil && !query.mayStayOpen {
            throw line.failure("the scenario ends and query \(number) has had no reply")
        }
    }

    // MARK: events

    private func send(_ step: QueryStep) {
        for number in step.numbers {
            var bytes = step.bytes(number)
            if let other = step.cookieFrom { addCookie(of: other, to: &bytes) }
            let before = Counter.allCases.map(counters.value)
            var query = SentQuery(bytes: bytes, transport: step.transport)
            let client = Client(step.client, step.transport, token: UInt64(number))
            let reply = bytes.withUnsafeBytes { bytes in
                withUnsafeTemporaryAllocation(byteCount: 65_535, alignment: 8) { out in
                    resolver.handle(bytes, from: client, now: now, into: out).map { Array(out[0..<$0]) }
                }
            }
            for (counter, value) in zip(Counter.allCases, before) where counters.value(counter) > value {
                query.raised[counter] = counters.value(counter) - value
            }
            query.reply = reply
            sent[number] = query
            if let reply { untoldReplies[number] = reply }
            takeActions()
        }
    }

    /// Puts the cookie that the reply to query `number` brought into a query with EDNS.
    private func addCookie(of number: Int, to bytes: inout [UInt8]) {
        guard let reply = sent[number]?.reply, let cookie = ReplyCheck.cookie(reply),
            var message = try? Message(parsing: bytes)
        else { return }
        message.edns?.options.append(.init(code: EDNS.Option.cookie, data: cookie))
        bytes = message.encoded()
    }

    private func answer(_ step: UpstreamStep, _ line: ScenarioLine) throws {
        guard let index = open.firstIndex(where: { $0.ask == step.ask }) else {
            throw line.failure(
                "upstream has no such question open; open: \(open.map { Self.text($0.ask) }.joined(separator: ", "))")
        }
        let token = open.remove(at: index).token
        switch step.outcome {
        case .message(let message, let zone, let trusts):
            // Through the wire and back, as it would come.
            guard let parsed = try? Message(parsing: message.encoded()) else {
                throw line.failure("this message can't be written")
            }
            resolver.answered(
                token, parsed, zone: zone ?? forwardZone(of: step.ask.name), trustsAD: trusts ?? trustsAD, now: now)
        case .failure(let failure):
            resolver.failed(token, failure, now: now)
        }
        takeActions()
    }

    private func forwardZone(of name: DomainName) -> DomainName {
        resolver.settings.values.forwardZones.filter { name.isSubdomain(of: $0) }.max { $0.labelCount < $1.labelCount }
            ?? .root
    }

    private func wait(_ milliseconds: UInt64) {
        let end = now.advanced(byMilliseconds: milliseconds)
        while let deadline = resolver.nextDeadline, deadline <= end {
            now = max(now, deadline)
            resolver.tick(now)
            takeActions()
        }
        now = end
    }

    private func takeActions() {
        for action in resolver.takeActions() {
            switch action {
            case .ask(let token, let ask):
                open.append((token, ask))
                untoldAsks.append(ask)
            case .cancel(let token):
                if let index = open.firstIndex(where: { $0.token == token }) {
                    untoldCancels.append(open.remove(at: index).ask)
                }
            case .reply(let bytes, let client):
                untoldReplies[Int(client.token)] = bytes
                sent[Int(client.token)]?.reply = bytes
            case .abandon(let client): abandoned.insert(Int(client.token))
            case .explained: break
            }
        }
    }

    // MARK: expectations

    static func text(_ ask: UpstreamAsk) -> String {
        "\(ask.name) \(ask.type)" + (ask.dnssecOK ? " do" : "") + (ask.checkingDisabled ? " cd" : "")
    }

    private func nothingUntold(_ line: ScenarioLine) throws {
        if !untoldAsks.isEmpty {
            throw line.failure("before this, upstream was asked: \(untoldAsks.map(Self.text).joined(separator: ", "))")
        }
        if !untoldCancels.isEmpty {
            throw line.failure("before this, was cancelled: \(untoldCancels.map(Self.text).joined(separator: ", "))")
        }
        if let (number, bytes) = untoldReplies.min(by: { $0.key < $1.key }) {
            throw line.failure("before this, query \(number) was answered:\n\(ReplyCheck.text(bytes))")
        }
    }

    private func claim(_ asks: [UpstreamAsk], _ untold: inout [UpstreamAsk], _ what: String, _ line: ScenarioLine)
        throws
    {
        let got = untold
        untold = []
        guard asks.map(Self.text).sorted() == got.map(Self.text).sorted() else {
            throw line.failure(
                "\(what): expected \(asks.map(Self.text).joined(separator: ", ")); "
                    + "got \(got.isEmpty ? "nothing" : got.map(Self.text).joined(separator: ", "))")
        }
    }

    private func check(_ expected: ReplyStep, _ line: ScenarioLine) throws {
        for number in expected.numbers {
            guard let query = sent[number] else { throw line.failure("there is no query \(number)") }
            guard let reply = untoldReplies.removeValue(forKey: number) else {
                throw line.failure(
                    query.reply == nil ? "query \(number) has no reply yet" : "query \(number) was answered earlier")
            }
            let differences = ReplyCheck(expected, query, self).differences(reply)
            if !differences.isEmpty {
                throw line.failure(
                    "reply \(number):\n" + differences.joined(separator: "\n") + "\n\(ReplyCheck.text(reply))")
            }
        }
    }

    private func checkNoReply(_ numbers: ClosedRange<Int>, _ line: ScenarioLine) throws {
        for number in numbers {
            if let reply = sent[number]?.reply {
                throw line.failure("query \(number) was answered:\n\(ReplyCheck.text(reply))")
            }
            sent[number]?.mayStayOpen = true
        }
    }

    private func checkDropped(_ numbers: ClosedRange<Int>, _ counter: Counter, _ line: ScenarioLine) throws {
        try checkNoReply(numbers, line)
        for number in numbers where (sent[number]?.transport == .stream) != abandoned.contains(number) {
            throw line.failure("query \(number): a stream, and only a stream, is told that no reply comes")
        }
        for number in numbers where sent[number]?.raised[counter] != 1 {
            let raised = sent[number]?.raised.keys.map(\.name).sorted().joined(separator: ", ") ?? ""
            throw line.failure("query \(number): expected a drop counted as \(counter.name), got \(raised)")
        }
    }
}
