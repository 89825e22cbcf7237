// The way back: from bytes to an outcome, or to the next try.

internal import DNSMessage
internal import Telemetry

extension UpstreamCore {
    /// Something came for a transmission.
    mutating func respond(to id: ExchangeID, _ bytes: [UInt8], _ now: MonotonicTime) {
        guard let exchange = exchanges[id] else { return counters.add(.upstreamDropLate) }
        switch exchange.expected.judge(bytes) {
        case .ignored(let reason):
            ignore(id, exchange, reason, now)
        case .bareRefusal:
            // Proves too little to stop listening, so that the first transmission stays open.
            counters.add(.upstreamDropWrongQuestion)
            refuseEDNS(exchange, now)
        case .truncated where exchange.isStream:
            counters.add(.upstreamDropMalformed)
            noteAnswer(exchange, now, isRefusal: true, hasEDNS: false)
            settle(id, exchange, UpstreamFailure(.malformed, "\(exchange.address) truncated an answer over TCP"), now)
        case .truncated:
            noteAnswer(exchange, now, isRefusal: false, hasEDNS: false)
            repeatOnStream(id, exchange, now)
        case .malformed(let why):
            counters.add(.upstreamDropMalformed)
            noteAnswer(exchange, now, isRefusal: true, hasEDNS: false)
            settle(
                id, exchange, UpstreamFailure(.malformed, "\(exchange.address) sent a malformed answer: \(why)"), now)
        case .accepted(let message):
            accept(id, exchange, message, now)
        }
    }

    private mutating func ignore(_ id: ExchangeID, _ exchange: Exchange, _ reason: Counter, _ now: MonotonicTime) {
        counters.add(reason)
        if exchange.isStream {
            // Nobody but the server writes on a stream: it is broken.
            return settle(
                id, exchange, UpstreamFailure(.malformed, "\(exchange.address) answered another question"), now)
        }
        // Either somebody guesses, or the server doesn't keep the letters' case. A stream suits both. The wait goes on.
        if reason == .upstreamDropWrongCase, canStream(exchange) {
            transmit(exchange.question, exchange.server, hasEDNS: exchange.hasEDNS, isStream: true, now)
            updateDeadline(exchange.question)
        }
    }

    private func canStream(_ exchange: Exchange) -> Bool {
        questions[exchange.question]?.progress[exchange.server].hasTriedStream == false
            && exchanges.count < exchangeLimit
    }

    private mutating func repeatOnStream(_ id: ExchangeID, _ exchange: Exchange, _ now: MonotonicTime) {
        let mayStream = canStream(exchange)
        endExchange(id)
        // A datagram would be truncated again.
        questions[exchange.question]?.progress[exchange.server].isSettled = true
        if mayStream {
            transmit(exchange.question, exchange.server, hasEDNS: exchange.hasEDNS, isStream: true, now)
            updateDeadline(exchange.question)
        } else {
            advance(exchange.question, now)
        }
    }

    private mutating func noteAnswer(_ exchange: Exchange, _ now: MonotonicTime, isRefusal: Bool, hasEDNS: Bool) {
        counters.add(.upstreamAnswers)
        health[exchange.address, default: ServerHealth()].noteAnswer(
            now, measured: exchange.isOwnTransport ? now.since(exchange.sentAt) : nil, isRefusal: isRefusal,
            hasEDNS: hasEDNS)
    }
}

// What response codes mean.
extension UpstreamCore {
    private mutating func accept(_ id: ExchangeID, _ exchange: Exchange, _ message: Message, _ now: MonotonicTime) {
        let isFinal = Self.isFinal(message.responseCode)
        noteAnswer(exchange, now, isRefusal: !isFinal, hasEDNS: message.edns != nil)
        if message.responseCode == .servFail { counters.add(.upstreamServFail) }
        guard let outstanding = questions[exchange.question] else { return }
        if Self.refusesEDNS(exchange, message), !outstanding.isProbe {
            questions[exchange.question]?.keep(badAnswer: message)
            endExchange(id)
            return refuseEDNS(exchange, now)
        }
        // Only what the server does without EDNS and wouldn't with it shows that EDNS was the trouble.
        if !exchange.hasEDNS, outstanding.progress[exchange.server].refusedEDNS, !Self.isSyntaxRefusal(message) {
            health[exchange.address]?.noteLacksEDNS(now)
        }
        if isFinal || outstanding.isProbe { return finish(exchange.question, with: message) }
        questions[exchange.question]?.keep(badAnswer: message)
        settle(
            id, exchange, UpstreamFailure(.unreachable, "\(exchange.address) answered \(message.responseCode)"), now)
    }

    /// NOERROR and NXDOMAIN are about the name; so is YXDOMAIN (RFC 6672 section 2.2). Anything else is about the
    /// server.
    private static func isFinal(_ code: ResponseCode) -> Bool {
        code == .noError || code == .nxDomain || code.rawValue == 6
    }

    private static func isSyntaxRefusal(_ message: Message) -> Bool {
        message.responseCode == .formErr || message.responseCode == .notImp
    }

    /// RFC 6891 section 7: "Responders that choose not to implement the protocol extensions defined in this document
    /// MUST respond with a return code (RCODE) of FORMERR to messages containing an OPT record in the additional
    /// section and MUST NOT include an OPT record in the response." Some say NOTIMP. BADVERS to version 0, the lowest,
    /// is no better.
    private static func refusesEDNS(_ exchange: Exchange, _ message: Message) -> Bool {
        exchange.hasEDNS
            && (message.responseCode == .badVersion || isSyntaxRefusal(message) && message.edns == nil)
    }

    /// Again without EDNS: at once if nothing but size is lost, after all others if DO is.
    private mutating func refuseEDNS(_ exchange: Exchange, _ now: MonotonicTime) {
        guard let outstanding = questions[exchange.question], !outstanding.isProbe else { return }
        let hadRefused = outstanding.progress[exchange.server].refusedEDNS
        questions[exchange.question]?.progress[exchange.server].refusedEDNS = true
        if !hadRefused { counters.add(.upstreamEDNSFallback) }
        if !outstanding.question.dnssecOK, !outstanding.progress[exchange.server].hasTriedPlain,
            exchanges.count < exchangeLimit
        {
            transmit(exchange.question, exchange.server, hasEDNS: false, isStream: exchange.isStream, now)
            updateDeadline(exchange.question)
        } else {
            advance(exchange.question, now)
        }
    }
}
