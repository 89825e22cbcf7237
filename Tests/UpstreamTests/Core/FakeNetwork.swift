// The network and the clock as a test wants them: servers are closures, time goes where it is told, nothing is ever
// lost by accident. Also sees to it that the core keeps its word: one outcome a token, one close a transmission.

import DNSMessage
import NetAddress
import Telemetry
import Testing

@testable import Upstream

final class FakeNetwork {
    struct Sent {
        let at: MonotonicTime
        let server: SocketAddress
        let exchange: ExchangeID
        let bytes: [UInt8]
        let isStream: Bool

        var milliseconds: UInt64 { at.nanoseconds / 1_000_000 - FakeNetwork.start }
        var message: Message { parsed(bytes) }
    }

    enum Event {
        case bytes([UInt8])
        case failure(ExchangeFailure)
    }

    /// What a server does with a query: things that happen so many milliseconds later.
    typealias Server = (Sent) -> [(after: UInt64, Event)]

    /// Milliseconds on the clock when a test begins; not 0, so that nothing relies on that.
    static let start: UInt64 = 1000

    var core: UpstreamCore
    let counters = Counters()
    var now = MonotonicTime(nanoseconds: start * 1_000_000)
    var servers: [SocketAddress: Server] = [:]
    private(set) var sent: [Sent] = []
    private(set) var outcomes: [UInt64: (milliseconds: UInt64, outcome: UpstreamOutcome)] = [:]
    private(set) var open: Set<ExchangeID> = []
    private var events: [(at: MonotonicTime, order: Int, exchange: ExchangeID, isStream: Bool, event: Event)] = []
    private var eventCount = 0

    init(_ zones: [UpstreamZone], limit: Int = 4096, seed: UInt64 = 1) {
        var state = seed
        core = UpstreamCore(settings: UpstreamSettings(zones: zones), counters: counters, exchangeLimit: limit) {
            // SplitMix64, so that every run is the same.
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
            return mixed ^ mixed >> 31
        }
    }

    var milliseconds: UInt64 { now.nanoseconds / 1_000_000 - Self.start }

    func ask(_ token: UInt64, _ question: UpstreamQuestion) {
        core.ask(token, question, now)
        drain()
    }

    /// Lets what is due happen, up to so many milliseconds after the start.
    func run(until end: UInt64) {
        let end = MonotonicTime(nanoseconds: (Self.start + end) * 1_000_000)
        while true {
            let event = events.min { ($0.at, $0.order) < ($1.at, $1.order) }
            let timer = core.nextDeadline
            guard let next = [event?.at, timer].compactMap({ $0 }).min(), next <= end else { break }
            now = max(now, next)
            if let event, event.at <= next {
                events.removeAll { $0.order == event.order }
                deliver(event.exchange, event.isStream, event.event)
            } else {
                core.timerFired(now)
            }
            drain()
        }
        now = end
    }

    func deliver(_ exchange: ExchangeID, _ isStream: Bool, _ event: Event) {
        switch (event, isStream) {
        case (.bytes(let bytes), false): core.received(exchange, bytes, now)
        case (.bytes(let bytes), true): core.streamAnswered(exchange, bytes, now)
        case (.failure(let failure), false): core.socketFailed(exchange, failure, now)
        case (.failure(let failure), true): core.streamFailed(exchange, failure, now)
        }
    }

    func drain() {
        while let action = core.nextAction() {
            switch action {
            case .send(let exchange, let server, let bytes): transmit(exchange, server, bytes, isStream: false)
            case .openStream(let exchange, let server, let bytes): transmit(exchange, server, bytes, isStream: true)
            case .close(let exchange): #expect(open.remove(exchange) != nil, "closed twice")
            case .answered(let token, let message, let zone): end(token, .answered(message, zone: zone))
            case .failed(let token, let failure): end(token, .failed(failure))
            }
        }
    }

    private func transmit(_ exchange: ExchangeID, _ server: SocketAddress, _ bytes: [UInt8], isStream: Bool) {
        open.insert(exchange)
        let sent = Sent(at: now, server: server, exchange: exchange, bytes: bytes, isStream: isStream)
        self.sent.append(sent)
        for (after, event) in servers[server]?(sent) ?? [] {
            eventCount += 1
            events.append((now.advanced(byMilliseconds: after), eventCount, exchange, isStream, event))
        }
    }

    private func end(_ token: UInt64, _ outcome: UpstreamOutcome) {
        #expect(outcomes[token] == nil, "two outcomes for one token")
        outcomes[token] = (milliseconds, outcome)
    }

    // MARK: Looking at what came

    func answer(_ token: UInt64) -> Message? {
        if case .answered(let message, _)? = outcomes[token]?.outcome { message } else { nil }
    }

    func failure(_ token: UInt64) -> UpstreamFailure? {
        if case .failed(let failure)? = outcomes[token]?.outcome { failure } else { nil }
    }

    func status(_ server: SocketAddress) -> UpstreamServerStatus {
        core.status(now).first { $0.server == server }!
    }

    /// Nothing is left open: no socket, no question, no timer.
    func expectQuiet() {
        #expect(open.isEmpty)
        #expect(core.exchangeCount == 0)
        #expect(core.questionCount == 0)
        #expect(core.nextDeadline == nil)
    }
}

/// What we send is always a message.
func parsed(_ bytes: [UInt8]) -> Message {
    do { return try Message(parsing: bytes) } catch { preconditionFailure("\(error) in \(bytes)") }
}

/// A message in answer to `query`, which `edit` may spoil.
func reply(to query: [UInt8], _ code: ResponseCode = .noError, edit: (inout Message) -> Void = { _ in }) -> [UInt8] {
    var message = parsed(query)
    message.isResponse = true
    message.recursionAvailable = true
    message.authenticData = false
    message.responseCode = code
    if code == .noError {
        message.answers = [Record(message.questions[0].name, .a, ttl: 60, data: [192, 0, 2, 1])]
    }
    edit(&message)
    return message.encoded()
}

extension FakeNetwork {
    /// Answers everything after so many milliseconds.
    static func answering(
        after: UInt64, _ code: ResponseCode = .noError, edit: @escaping (inout Message) -> Void = { _ in }
    )
        -> Server
    {
        { sent in [(after, .bytes(reply(to: sent.bytes, code, edit: edit)))] }
    }

    static var silent: Server { { _ in [] } }

    static func refusing(after: UInt64 = 1) -> Server {
        { _ in [(after, .failure(.unreachable("connection refused")))] }
    }
}

let serverA = SocketAddress("192.0.2.1", defaultPort: 53)!
let serverB = SocketAddress("192.0.2.2", defaultPort: 53)!
let serverC = SocketAddress("[2001:db8::3]:5353", defaultPort: 53)!

func name(_ text: String) -> DomainName { DomainName(text)! }

func question(_ text: String = "www.example.com.", _ type: RecordType = .a, dnssecOK: Bool = false) -> UpstreamQuestion
{
    UpstreamQuestion(name(text), type, dnssecOK: dnssecOK)
}

func zone(
    _ text: String = ".", _ servers: [SocketAddress], _ policy: UpstreamZone.Policy = .fastest,
    edit: (inout UpstreamZone) -> Void = { _ in }
) -> UpstreamZone {
    var zone = UpstreamZone(zone: name(text), servers: servers)
    zone.policy = policy
    edit(&zone)
    return zone
}
