// The way out: from a question to transmissions.

internal import DNSMessage
internal import NetAddress
internal import Telemetry

extension UpstreamCore {
    /// Starts on a question that nobody asked yet.
    mutating func begin(_ token: UInt64, _ question: UpstreamQuestion, _ now: MonotonicTime) {
        guard let zone = zones.zone(for: question), !zone.servers.isEmpty else {
            counters.add(.upstreamNoServer)
            return act(.failed(token, UpstreamFailure(.noServer, "no upstream server for \(question.name)")))
        }
        guard exchanges.count < exchangeLimit else {
            counters.add(.upstreamFailed)
            return act(.failed(token, UpstreamFailure(.overload, "\(exchangeLimit) transmissions outstanding")))
        }
        let id = QuestionID(rawValue: newID())
        questions[id] = OutstandingQuestion(
            question, zone: zone, asker: token, deadline: now.advanced(byMilliseconds: zone.timeoutMilliseconds))
        questionsByValue[question] = id
        questionsByAsker[token] = id
        transmitNext(id, now)
        if zone.policy == .race { transmitNext(id, onlyUntried: true, now) }
        updateDeadline(id)
        for server in zone.servers { probeIfDue(server, zone, now) }
    }

    /// False if there is nobody left to ask, or no room.
    @discardableResult
    mutating func transmitNext(_ id: QuestionID, onlyUntried: Bool = false, _ now: MonotonicTime) -> Bool {
        guard let outstanding = questions[id] else { return false }
        guard exchanges.count < exchangeLimit else {
            questions[id]?.lastFailure = UpstreamFailure(.overload, "\(exchangeLimit) transmissions outstanding")
            return false
        }
        let awaited = outstanding.exchanges.compactMap { exchanges[$0] }.filter { $0.retryAt != nil }.map(\.server)
        let selection = Selection(outstanding: outstanding, awaited: Set(awaited), now: now) { [health] server in
            health[server] ?? ServerHealth()
        }
        guard let choice = selection.next(onlyUntried: onlyUntried, random: random) else { return false }
        transmit(
            id, choice.server, hasEDNS: choice.hasEDNS, isStream: outstanding.zone.transport == .tcp, now)
        if let other = choice.probe { probe(outstanding.zone.servers[other], outstanding.zone, now) }
        return true
    }

    /// One datagram, or one question on a stream.
    mutating func transmit(_ id: QuestionID, _ server: Int, hasEDNS: Bool, isStream: Bool, _ now: MonotonicTime) {
        guard let outstanding = questions[id] else { return }
        let address = outstanding.zone.servers[server]
        let query = outstanding.question.written(
            for: outstanding.zone, hasEDNS: hasEDNS, isStream: isStream, random: random)
        let exchange = ExchangeID(rawValue: newID())
        // If the server is set aside and its time is up, this is the question that tells.
        _ = health[address, default: ServerHealth()].startProbe(now)
        health[address]?.noteQuery()
        exchanges[exchange] = Exchange(
            question: id, server: server, address: address, isStream: isStream,
            isOwnTransport: isStream == (outstanding.zone.transport == .tcp), expected: query.expected, sentAt: now,
            retryAt: retryTime(outstanding, server, isStream: isStream, now))
        questions[id]?.exchanges.append(exchange)
        questions[id]?.progress[server].transmissions += 1
        if !hasEDNS { questions[id]?.progress[server].hasTriedPlain = true }
        if isStream { questions[id]?.progress[server].hasTriedStream = true }
        counters.add(.upstreamQueries)
        if isStream { counters.add(.upstreamTCP) }
        act(isStream ? .openStream(exchange, address, query.bytes) : .send(exchange, address, query.bytes))
    }

    private func retryTime(_ outstanding: OutstandingQuestion, _ server: Int, isStream: Bool, _ now: MonotonicTime)
        -> MonotonicTime
    {
        if outstanding.isProbe { return outstanding.deadline }
        let known = health[outstanding.zone.servers[server]] ?? ServerHealth()
        let span = known.retransmissionTimeout(attempt: outstanding.progress[server].transmissions)
        // A stream takes a round trip to open, and TCP repeats by itself, after a second at first (RFC 6298 (2.1)).
        guard isStream else { return now.advanced(byNanoseconds: span) }
        return now.advanced(
            byNanoseconds: min(max(3 * span, 1000 * ServerHealth.millisecond), ServerHealth.maximumTimeout))
    }

    mutating func updateDeadline(_ id: QuestionID) {
        guard let outstanding = questions[id] else { return }
        let retries = outstanding.exchanges.compactMap { exchanges[$0]?.retryAt }
        deadlines.set(id, min(outstanding.deadline, retries.min() ?? outstanding.deadline))
    }
}

// Probes: questions of our own, for which no client waits.
extension UpstreamCore {
    private mutating func probeIfDue(_ server: SocketAddress, _ zone: UpstreamZone, _ now: MonotonicTime) {
        if exchanges.count < exchangeLimit, health[server]?.startProbe(now) == true { probe(server, zone, now) }
    }

    /// Asks `server` for the NS records of its zone: any answer will do.
    mutating func probe(_ server: SocketAddress, _ zone: UpstreamZone, _ now: MonotonicTime) {
        guard exchanges.count < exchangeLimit else { return }
        var alone = zone
        alone.servers = [server]
        let id = QuestionID(rawValue: newID())
        questions[id] = OutstandingQuestion(
            UpstreamQuestion(zone.zone, .ns), zone: alone, asker: nil,
            deadline: now.advanced(byNanoseconds: ServerHealth.maximumTimeout))
        let hasEDNS = health[server]?.lacksEDNS(now) != true
        transmit(id, 0, hasEDNS: hasEDNS, isStream: zone.transport == .tcp, now)
        updateDeadline(id)
    }
}
