// What arrives for an exchange with a server into the forwarding core. Whatever it is, the asker hears of its
// question once, in bounded time, and each transmission is closed once.

internal import DNSMessage
internal import NetAddress
internal import Telemetry
internal import Upstream

/// Input: settings; which question; then what comes, each as a choice, and octets behind their length.
func fuzzUpstream(_ input: UnsafeRawBufferPointer) {
    var reader = InputReader(input)
    var network = FuzzedNetwork(options: reader.octet())
    network.ask(options: reader.octet())
    while !reader.isEmpty, network.isOpen {
        let choice = reader.octet()
        network.deliver(choice, reader.framed() ?? [])
    }
    network.end()
}

private struct FuzzedNetwork {
    private var core: UpstreamCore
    private var now = MonotonicTime(nanoseconds: 1_000_000_000)
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)
    private let trustsAD: Bool
    private var asked = UpstreamQuestion(.root, .ns)
    private var open: [(id: ExchangeID, bytes: [UInt8], isStream: Bool)] = []
    private var everOpened: Set<UInt64> = []
    private var outcomes = 0

    init(options: UInt8) {
        let servers = ["192.0.2.53", "192.0.2.54", "2001:db8::53"].compactMap { SocketAddress($0, defaultPort: 53) }
        var zone = UpstreamZone(zone: .root, servers: Array(servers.prefix(1 + Int(options & 3) % 3)))
        zone.policy = [.fastest, .ordered, .race, .fastest][Int(options >> 2 & 3)]
        zone.caseRandomization = options & 16 != 0
        zone.transport = options & 32 != 0 ? .tcp : .udp
        trustsAD = options & 64 != 0
        zone.trustAD = trustsAD
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        core = UpstreamCore(settings: UpstreamSettings(zones: [zone]), counters: Counters(), exchangeLimit: 8) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    /// Whether the question still has no outcome.
    var isOpen: Bool { outcomes == 0 }

    mutating func ask(options: UInt8) {
        let type: [RecordType] = [.aaaa, .a, .https, .ds]
        asked = UpstreamQuestion(
            DomainName("www.Example.org") ?? .root, type[Int(options & 3)], dnssecOK: options & 4 != 0,
            checkingDisabled: options & 8 != 0)
        core.ask(1, asked, now)
        take()
    }

    /// `choice`: which exchange; whether ID and question are those that were sent; whether time passes.
    mutating func deliver(_ choice: UInt8, _ octets: [UInt8]) {
        now = now.advanced(byMilliseconds: UInt64(choice >> 5) * 40)
        core.timerFired(now)
        take()
        guard !open.isEmpty else { return }
        let exchange = open[Int(choice & 3) % open.count]
        var bytes = octets
        if choice & 4 != 0, bytes.count >= 12 {
            bytes.replaceSubrange(0..<2, with: exchange.bytes[0..<2])
            bytes.replaceSubrange(4..<6, with: [0, 1])
            bytes.insert(contentsOf: exchange.bytes[12..<(12 + asked.name.wire.count + 4)], at: 12)
        }
        switch choice >> 3 & 3 {
        case 3 where octets.isEmpty && exchange.isStream: core.streamFailed(exchange.id, .closed("closed"), now)
        case 3 where octets.isEmpty: core.socketFailed(exchange.id, .unreachable("refused"), now)
        default:
            if exchange.isStream {
                core.streamAnswered(exchange.id, bytes, now)
            } else {
                core.received(exchange.id, bytes, now)
            }
        }
        take()
    }

    /// Nothing more comes: time alone has to end it.
    mutating func end() {
        var rounds = 0
        while let deadline = core.nextDeadline {
            rounds += 1
            expect(rounds < 200, "time passes and the core has still something to wait for")
            now = max(now, deadline)
            core.timerFired(now)
            take()
        }
        expect(outcomes == 1, "\(outcomes) outcomes of one question")
        expect(core.questionCount == 0 && core.exchangeCount == 0, "the core holds what is over")
        expect(open.isEmpty, "\(open.count) transmissions were never closed")
    }

    private mutating func take() {
        while let action = core.nextAction() {
            switch action {
            case .send(let id, _, let bytes): opened(id, bytes, isStream: false)
            case .openStream(let id, _, let bytes): opened(id, bytes, isStream: true)
            case .close(let id):
                expect(open.contains { $0.id == id }, "a transmission is closed that is not open")
                open.removeAll { $0.id == id }
            case .answered(_, let message, _):
                outcomes += 1
                expect(
                    message.questions.map(\.name) == [asked.name] && message.questions.map(\.type) == [asked.type],
                    "an answer to \(message.questions)")
                expect(
                    message.isResponse && message.opcode == 0 && !message.truncated, "what was believed is no answer")
                expect(trustsAD || !message.authenticData, "AD of a server that is not trusted")
            case .failed: outcomes += 1
            }
            if outcomes > 0 { expect(now.since(start) <= 4_000_000_000, "an outcome after \(now.since(start)) ns") }
        }
    }

    private mutating func opened(_ id: ExchangeID, _ bytes: [UInt8], isStream: Bool) {
        expect(everOpened.insert(id.rawValue).inserted, "an exchange number is used twice")
        expect((try? Message(parsing: bytes)) != nil, "a query that ldns can't read")
        open.append((id, bytes, isStream))
    }
}
