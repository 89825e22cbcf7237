// What is under way: questions, and the transmissions that each of them has open.

internal import DNSMessage
internal import NetAddress
internal import Telemetry

struct QuestionID: Hashable {
    let rawValue: UInt64
}

/// One transmission that may still be answered.
struct Exchange {
    let question: QuestionID
    /// Index into the zone's servers as they were when the question was asked.
    let server: Int
    let address: SocketAddress
    let isStream: Bool
    /// Whether this is how the zone's servers are asked in the first place. A server that answers datagrams and lacks
    /// TCP is still good for most questions, and opening a stream is no measure of a datagram's way: what happens on
    /// another transport doesn't touch the server's health.
    let isOwnTransport: Bool
    let expected: ExpectedResponse
    let sentAt: MonotonicTime
    /// When to stop relying on it; nil once that has passed. It is still listened to.
    var retryAt: MonotonicTime?

    var hasEDNS: Bool { expected.hasEDNS }
}

/// How far one question has come with one server.
struct ServerProgress {
    /// Datagrams and streams, all together.
    var transmissions = 0
    /// It had its say: not to be asked again about this.
    var isSettled = false
    /// It refused a query with EDNS and DO; to be asked without as the last resort.
    var refusedEDNS = false
    var hasTriedPlain = false
    var hasTriedStream = false
}

/// One question that somebody waits for, or a probe, which nobody waits for.
struct OutstandingQuestion {
    let question: UpstreamQuestion
    let zone: UpstreamZone
    let isProbe: Bool
    let deadline: MonotonicTime
    /// Tokens, in the order in which they asked.
    var askers: [UInt64]
    var progress: [ServerProgress]
    var exchanges: [ExchangeID] = []
    /// The best of the answers that were no good.
    var badAnswer: Message?
    /// Why the last transmission came to nothing.
    var lastFailure: UpstreamFailure?

    init(_ question: UpstreamQuestion, zone: UpstreamZone, asker: UInt64?, deadline: MonotonicTime) {
        self.question = question
        self.zone = zone
        self.deadline = deadline
        isProbe = asker == nil
        askers = asker.map { [$0] } ?? []
        progress = Array(repeating: ServerProgress(), count: zone.servers.count)
    }

    /// Keeps the more telling of two bad answers: SERVFAIL with extended errors, SERVFAIL, anything else; the first of
    /// equals.
    mutating func keep(badAnswer message: Message) {
        func worth(_ message: Message) -> Int {
            (message.responseCode == .servFail ? 2 : 0) + (message.edns?.extendedErrors.isEmpty == false ? 1 : 0)
        }
        if badAnswer.map({ worth($0) < worth(message) }) ?? true { badAnswer = message }
    }
}
