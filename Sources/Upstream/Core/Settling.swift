// The ends: of a transmission, and of a question.

internal import DNSMessage
internal import Telemetry

extension UpstreamCore {
    /// The edge could not transmit, or the stream ended.
    mutating func fail(_ id: ExchangeID, _ failure: ExchangeFailure, _ now: MonotonicTime) {
        guard let exchange = exchanges[id] else { return }
        let reported: UpstreamFailure
        switch failure {
        case .unreachable(let why):
            counters.add(.upstreamUnreachable)
            if exchange.isOwnTransport { health[exchange.address]?.noteUnreachable(now) }
            reported = UpstreamFailure(.unreachable, "\(exchange.address): \(why)")
        case .closed(let why):
            counters.add(.streamClosedEarly)
            if exchange.isOwnTransport { health[exchange.address]?.noteTimeout(now, sentAt: exchange.sentAt) }
            reported = UpstreamFailure(.unreachable, "\(exchange.address): \(why)")
        case .local(let why):
            reported = UpstreamFailure(.local, why)
        }
        settle(id, exchange, reported, now)
    }

    /// `exchange` is over, and its server had its say about this question.
    mutating func settle(_ id: ExchangeID, _ exchange: Exchange, _ failure: UpstreamFailure, _ now: MonotonicTime) {
        endExchange(id)
        questions[exchange.question]?.progress[exchange.server].isSettled = true
        questions[exchange.question]?.lastFailure = failure
        advance(exchange.question, now)
    }

    mutating func endExchange(_ id: ExchangeID) {
        guard let exchange = exchanges.removeValue(forKey: id) else { return }
        questions[exchange.question]?.exchanges.removeAll { $0 == id }
        act(.close(id))
    }

    /// Something came to nothing: asks the next server, or ends if nothing more can come.
    mutating func advance(_ id: QuestionID, _ now: MonotonicTime) {
        guard let outstanding = questions[id] else { return }
        if !outstanding.isProbe, transmitNext(id, now) { return updateDeadline(id) }
        if outstanding.exchanges.contains(where: { exchanges[$0]?.retryAt != nil }) { return updateDeadline(id) }
        // All had their say or were silent for as long as we gave them; an answer in hand is worth more than waiting
        // on.
        if outstanding.exchanges.isEmpty || outstanding.badAnswer != nil { return giveUp(id) }
        updateDeadline(id)
    }

    /// Transmissions that we relied on weren't answered in time, or the question's whole time is up.
    mutating func handleSilence(_ id: QuestionID, _ now: MonotonicTime) {
        guard let outstanding = questions[id] else { return deadlines.remove(id) }
        var isSilent = false
        for exchangeID in outstanding.exchanges {
            guard let exchange = exchanges[exchangeID], let retryAt = exchange.retryAt, retryAt <= now else { continue }
            exchanges[exchangeID]?.retryAt = nil
            isSilent = true
            counters.add(.upstreamTimeouts)
            if exchange.isOwnTransport { health[exchange.address]?.noteTimeout(now, sentAt: exchange.sentAt) }
        }
        if outstanding.deadline <= now { return giveUp(id) }
        let before = exchanges.count
        if isSilent { advance(id, now) }
        if exchanges.count > before { counters.add(.upstreamRetries) }
        updateDeadline(id)
    }

    /// The best bad answer, so that its extended errors reach the client; else the last thing that went wrong.
    private mutating func giveUp(_ id: QuestionID) {
        guard let outstanding = questions[id] else { return }
        if let badAnswer = outstanding.badAnswer { return finish(id, with: badAnswer) }
        let isSilence = !outstanding.exchanges.isEmpty
        let span = outstanding.zone.timeoutMilliseconds
        let failure =
            isSilence
            ? UpstreamFailure(.timeout, "no answer within \(span) ms")
            : outstanding.lastFailure ?? UpstreamFailure(.timeout, "no answer")
        if !outstanding.isProbe { counters.add(.upstreamFailed) }
        end(id)
        for token in outstanding.askers { act(.failed(token, failure)) }
    }

    mutating func finish(_ id: QuestionID, with answer: Message) {
        guard let outstanding = questions[id] else { return }
        var message = answer
        // RFC 4035 section 4.9.3: no "reliance on signature validation allegedly performed on its behalf, except when
        // [it] obtained the data in question from a trusted security-aware recursive name server via a secure channel."
        message.authenticData = message.authenticData && outstanding.zone.trustAD
        if outstanding.zone.caseRandomization { message = message.withoutRandomCase(outstanding.question.name) }
        end(id)
        for token in outstanding.askers { act(.answered(token, message, zone: outstanding.zone.zone)) }
    }

    /// Forgets a question and closes what it has open. Its askers hear nothing from here.
    mutating func end(_ id: QuestionID) {
        guard let outstanding = questions.removeValue(forKey: id) else { return }
        for exchange in outstanding.exchanges {
            exchanges[exchange] = nil
            act(.close(exchange))
        }
        deadlines.remove(id)
        if !outstanding.isProbe { questionsByValue[outstanding.question] = nil }
        for token in outstanding.askers { questionsByAsker[token] = nil }
    }
}
