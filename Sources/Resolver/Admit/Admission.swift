// What is answered at all. RFC 1035 section 4.1.1, RFC 6891 section 6.1.3, RFC 7873 section 5.2, RFC 8906.

internal import AnswerCache
internal import DNSMessage
internal import NetAddress
internal import Telemetry

/// What becomes of a query before its question is looked at.
enum Admission {
    case accept
    case drop(Counter)
    /// An answer with this code and nothing in it.
    case answer(ResponseCode, Counter, extendedError: UInt16? = nil)
}

extension Resolver {
    /// Reads the query into `view` and judges its form, its sender and what it asks for.
    func admit(
        _ query: UnsafeRawBufferPointer, _ client: Client, _ view: inout QueryView, now: MonotonicTime
    ) -> Admission {
        // An answer to port 0 can't arrive.
        if client.source.port == 0 { return .drop(.dropSourcePortZero) }
        let shape = view.read(query)
        if case .short = shape { return .drop(.dropTooShort) }
        // Never answer an answer: two servers would go on for ever.
        if view.isResponse { return .drop(.dropQRSet) }
        guard settings.allow.contains(client.source.address.unmapped) else {
            return refuse(query, client, &view, shape, now)
        }
        if view.opcode != 0 {
            // Of a message that has another opcode's shape, nothing but the header is known to be what it seems.
            if case .unusual = shape { view.forgetQuestion() }
            return .answer(.notImp, .badOpcode)
        }
        if case .unusual = shape, let verdict = admitUnusual(query, &view) { return verdict }
        return admitQuestion(view)
    }

    private func admitQuestion(_ view: QueryView) -> Admission {
        if view.hasEDNS {
            // "If a responder does not implement the VERSION level of the request, then it MUST respond with
            // RCODE=BADVERS."
            if view.ednsVersion != 0 { return .answer(.badVersion, .badEDNSVersion) }
            // RFC 7873 section 5.2.2: a COOKIE option of an illegal length is a FORMERR.
            if view.cookieMalformed { return .answer(.formErr, .badCookieMalformed) }
        }
        if view.recordClass != RecordClass.internet.rawValue {
            return .answer(.refused, .badClass, extendedError: ExtendedError.prohibited)
        }
        let type = RecordType(view.type)
        if type.isMeta {
            // Zone transfers are somebody else's to give; OPT and 0 are no types that can be asked for.
            if type == .axfr || type == .ixfr {
                return .answer(.refused, .badType, extendedError: ExtendedError.prohibited)
            }
            return .answer(type == .opt || type.rawValue == 0 ? .formErr : .notImp, .badType)
        }
        return .accept
    }

    /// A query that is not of the common shape: ldns says whether it is one at all.
    private func admitUnusual(_ query: UnsafeRawBufferPointer, _ view: inout QueryView) -> Admission? {
        view.forgetQuestion()
        let message: Message
        do { message = try Message(parsing: query) } catch { return .answer(.formErr, .badTrailer) }
        guard message.questions.count == 1 else { return .answer(.formErr, .badQuestionCount) }
        // A query has no answers, and ldns would have taken a name that is compressed or records that are left over.
        guard message.answers.isEmpty, message.authorities.isEmpty else { return .answer(.formErr, .badTrailer) }
        guard let read = view.readAfter(message, query) else { return .answer(.formErr, .badEDNS) }
        return read ? nil : .answer(.formErr, .badName)
    }

    private func refuse(
        _ query: UnsafeRawBufferPointer, _ client: Client, _ view: inout QueryView, _ shape: QueryView.Shape,
        _ now: MonotonicTime
    ) -> Admission {
        // Nothing of a stranger's odd query is repeated to him but its id.
        if case .unusual = shape { view.forgetQuestion() }
        guard refusals.allows(client.source.address.unmapped, rate: settings.values.refusedRate, now: now) else {
            return .drop(.dropRefusedRateLimit)
        }
        return .answer(.refused, .refusedNotAllowed, extendedError: ExtendedError.prohibited)
    }

    /// The cookie for the reply, if the query brought one.
    func cookie(_ query: UnsafeRawBufferPointer, _ view: QueryView, _ client: Client, _ now: MonotonicTime)
        -> ServerCookie.Reply?
    {
        guard view.cookieLength > 0, settings.values.cookies else { return nil }
        return cookies.reply(
            query, offset: view.cookieOffset, length: view.cookieLength, client: client.source.address,
            now: UInt32(truncatingIfNeeded: unixTimeOffset &+ Int64(now.seconds)))
    }
}
