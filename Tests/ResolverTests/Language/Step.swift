// The steps of a scenario: what happens (query, datagram, upstream, wait, reload) and what must have come of it (asked,
// reply, no reply, dropped, counters, cancelled).

import DNSMessage
import NetAddress
import Resolver
import Telemetry

enum Step {
    case query(QueryStep)
    case upstream(UpstreamStep)
    case wait(milliseconds: UInt64)
    case reload(ScenarioBlock)
    case asked([UpstreamAsk])
    case cancelled([UpstreamAsk])
    case reply(ReplyStep)
    case noReply(ClosedRange<Int>)
    case dropped(ClosedRange<Int>, Counter)
    case counters([(counter: Counter, value: UInt64)])

    /// Things happen only when everything that came of the last one has been told.
    var isEvent: Bool {
        switch self {
        case .query, .upstream, .wait, .reload: true
        default: false
        }
    }
}

/// A client's datagram or stream message.
struct QueryStep {
    var numbers: ClosedRange<Int>
    /// The bytes of query `number`.
    var bytes: (Int) -> [UInt8]
    var client: SocketAddress
    var transport = Client.Transport.udp
    /// The client cookie is repeated with the server cookie that this query's reply brought.
    var cookieFrom: Int?
}

struct UpstreamStep {
    enum Outcome {
        case message(Message, zone: DomainName?, trustsAD: Bool?)
        case failure(AskFailure)
    }
    var ask: UpstreamAsk
    var outcome: Outcome
}

struct ReplyStep {
    enum Cookie {
        case none
        /// A server cookie of 16 octets behind the client's own.
        case present
        case sameAs(Int)
        case differsFrom(Int)
    }
    var numbers: ClosedRange<Int>
    var responseCode: ResponseCode
    var authoritative = false
    var authenticData = false
    var truncated = false
    var extendedErrors: [UInt16] = []
    var cookie = Cookie.none
    /// False where the reply is a header alone.
    var hasQuestion = true
    /// False where the reply has no OPT record though the query had one.
    var hasEDNS = true
    var largestSize: Int?
    var sections: SectionPatterns
}
