// RFC 6147 section 5.1: what the answer to an AAAA question is made of. One place decides, for cached answers and for
// those that
// have just come; nothing here allocates, reads a clock or touches a counter.

internal import AnswerCache
internal import DNSMessage
internal import NetAddress

/// What is known of one of the two questions.
enum Leg {
    /// Not answered yet.
    case pending
    case answered(AnswerView)

    var view: AnswerView? {
        if case .answered(let view) = self { return view }
        return nil
    }
}

/// What to answer, and the rule that says so.
struct Decision {
    enum Content {
        /// The AAAA question's answer has to be known first.
        case needAAAA
        case needA
        /// The answer to the AAAA question as it came.
        case nativeAnswer
        /// That answer without the AAAA records that are excluded.
        case filteredNative
        /// AAAA records made from the answer to the A question; the TTL at most so many seconds.
        case synthesis(ttlLimit: UInt32)
        /// The answer to the A question, which is negative, in the place of one to the AAAA question.
        case negativeOfA
        /// The alias chain of the A question's answer with nothing at its end.
        case emptyOfA
        /// The failure that the AAAA question met.
        case failureOfAAAA
        case failureOfA
        /// What would be synthesized leads to a translator that is down.
        case failureOfTranslator
    }

    var content: Content
    var rule: Rule
}

/// The rules, for counters and for `explain`.
enum Rule {
    case off
    case translatorDown
    case excludedName
    case checkingDisabled
    case nameError
    case native
    case nativeAfterExclusion
    case emptyAAAA
    case failedAAAA
    case bogusAAAA
    case failedAAAAPassedOn
    case signedAnswer
    case synthesizeAlways
    case ignoredAAAA
    case nativeWithoutA
    case noA
    case excludedA
    case failedA
    case failedATreatedEmpty
    case waiting
}

/// The facts of the question that bear on the decision.
struct SynthesisQuestion {
    var dnssecOK: Bool
    var checkingDisabled: Bool
    /// A name of the chain is under `exclude-names`.
    var nameExcluded = false
    /// A name of the chain is under `ignore-aaaa`.
    var ignoresAAAA = false
}

extension SynthesisPolicy {
    /// Whether the A question matters for a question with these bits: if not, it need not be asked.
    func wantsA(_ question: SynthesisQuestion) -> Bool {
        mode != .off && !question.nameExcluded && !(question.dnssecOK && question.checkingDisabled)
    }

    func decide(_ question: SynthesisQuestion, aaaa: Leg, a: Leg) -> Decision {
        if mode == .off { return passThrough(aaaa, values.translator == .nativeOnly ? .translatorDown : .off) }
        // RFC 6147 section 5.5: "If the DO bit and the CD bit are both set ... the vDNS64 MUST NOT perform synthesis."
        if question.dnssecOK, question.checkingDisabled { return passThrough(aaaa, .checkingDisabled) }
        if question.nameExcluded { return passThrough(aaaa, .excludedName) }
        if mode == .synthall { return decideByA(question, aaaa, a, .synthesizeAlways) }
        if question.ignoresAAAA { return decideByA(question, aaaa, a, .ignoredAAAA) }
        return decideByAAAA(question, aaaa, a)
    }

    private func passThrough(_ aaaa: Leg, _ rule: Rule) -> Decision {
        guard let view = aaaa.view else { return Decision(content: .needAAAA, rule: .waiting) }
        return Decision(content: view.isFailure ? .failureOfAAAA : .nativeAnswer, rule: rule)
    }

    // MARK: standard

    private func decideByAAAA(_ question: SynthesisQuestion, _ aaaa: Leg, _ a: Leg) -> Decision {
        guard let view = aaaa.view else { return Decision(content: .needAAAA, rule: .waiting) }
        if view.isFailure {
            // A downgrade otherwise: whoever can break the AAAA answer's signature could choose the address.
            if view.has(AnswerFlags.bogus) { return Decision(content: .failureOfAAAA, rule: .bogusAAAA) }
            guard values.synthesizeOnAAAAFailure else {
                return Decision(content: .failureOfAAAA, rule: .failedAAAAPassedOn)
            }
            // Section 5.1.2: "any other RCODE is treated as though the RCODE were 0 and the answer section were empty";
            // section 5.1.3 says the same of a timeout.
            return decideOnEmpty(question, view, a, .failedAAAA, negativeTTL: nil)
        }
        // Section 5.1.2: "If the response code is 3 (NXDOMAIN) ... the result is handled according to normal DNS
        // operation".
        if view.isNXDomain { return Decision(content: .nativeAnswer, rule: .nameError) }
        let found = countAAAA(view)
        if found.kept > 0, found.excluded == 0 { return Decision(content: .nativeAnswer, rule: .native) }
        // Whoever validates would take an answer without some of its records for a forgery, and so too one made anew.
        if isUntouchable(view, question) { return Decision(content: .nativeAnswer, rule: .signedAnswer) }
        if found.kept > 0 { return Decision(content: .filteredNative, rule: .nativeAfterExclusion) }
        return decideOnEmpty(question, view, a, .emptyAAAA, negativeTTL: view.negativeTTL)
    }

    /// The AAAA question came to nothing, so A decides.
    private func decideOnEmpty(
        _ question: SynthesisQuestion, _ aaaa: AnswerView, _ a: Leg, _ rule: Rule, negativeTTL: UInt32?
    ) -> Decision {
        guard let view = a.view else { return Decision(content: .needA, rule: .waiting) }
        if view.isFailure {
            if values.failOnAFailure || aaaa.isFailure { return Decision(content: .failureOfA, rule: .failedA) }
            return Decision(content: emptyNative(aaaa), rule: .failedATreatedEmpty)
        }
        let found = countA(view)
        if found.usable > 0 {
            if isUntouchable(view, question) {
                return Decision(content: aaaa.isFailure ? .failureOfAAAA : emptyNative(aaaa), rule: .signedAnswer)
            }
            // Section 5.1.7: the TTL is the minimum of the A record's and the SOA's; without an SOA, of the A record's
            // and
            // 600 seconds.
            return synthesis(ttlLimit: negativeTTL ?? values.ttlWithoutSOA, rule)
        }
        let why: Rule = found.records > 0 ? .excludedA : .noA
        // Section 5.4: "If there is an empty answer, then the DNS64 responds to the original querying client with the
        // answer
        // the DNS64 received to the original (initiator's) query." Where that one has no SOA, the other's serves.
        if !aaaa.isFailure, aaaa.isNegative { return Decision(content: .nativeAnswer, rule: why) }
        if view.isNegative { return Decision(content: .negativeOfA, rule: why) }
        return Decision(content: aaaa.isFailure ? .emptyOfA : .filteredNative, rule: why)
    }

    private func synthesis(ttlLimit: UInt32, _ rule: Rule) -> Decision {
        values.translator == .fail
            ? Decision(content: .failureOfTranslator, rule: .translatorDown)
            : Decision(content: .synthesis(ttlLimit: ttlLimit), rule: rule)
    }

    /// A signed answer to a client that asked for signatures (section 5.5), unless `break-dnssec` says otherwise.
    private func isUntouchable(_ view: AnswerView, _ question: SynthesisQuestion) -> Bool {
        question.dnssecOK && !values.breakDNSSEC && view.has(AnswerFlags.signed)
    }

    private func emptyNative(_ aaaa: AnswerView) -> Decision.Content {
        aaaa.isNegative ? .nativeAnswer : .filteredNative
    }

    // MARK: synthall, and names whose AAAA are ignored

    private func decideByA(_ question: SynthesisQuestion, _ aaaa: Leg, _ a: Leg, _ rule: Rule) -> Decision {
        guard let view = a.view else { return Decision(content: .needA, rule: .waiting) }
        if view.isFailure {
            if values.failOnAFailure { return Decision(content: .failureOfA, rule: .failedA) }
            return nativeInstead(question, aaaa, view, .failedATreatedEmpty)
        }
        let found = countA(view)
        if found.usable > 0 {
            if isUntouchable(view, question) { return nativeInstead(question, aaaa, view, .signedAnswer) }
            // No AAAA answer bears on this, so no negative TTL does: the records live as long as the A that decide.
            return synthesis(ttlLimit: .max, rule)
        }
        return nativeInstead(question, aaaa, view, found.records > 0 ? .excludedA : .nativeWithoutA)
    }

    private func nativeInstead(_ question: SynthesisQuestion, _ aaaa: Leg, _ a: AnswerView, _ rule: Rule) -> Decision {
        guard let view = aaaa.view else { return Decision(content: .needAAAA, rule: .waiting) }
        if view.isFailure {
            if view.has(AnswerFlags.bogus) || !values.synthesizeOnAAAAFailure || a.isFailure || rule == .signedAnswer {
                return Decision(content: .failureOfAAAA, rule: rule)
            }
            return Decision(content: a.isNegative ? .negativeOfA : .emptyOfA, rule: rule)
        }
        let found = countAAAA(view)
        if found.excluded > 0, !isUntouchable(view, question) {
            return Decision(content: found.kept == 0 && a.isNegative ? .negativeOfA : .filteredNative, rule: rule)
        }
        return Decision(content: .nativeAnswer, rule: rule)
    }

    // MARK: counting records

    /// Section 5.1.4: each AAAA in an excluded range is treated as if it did not exist, record by record.
    func countAAAA(_ view: AnswerView) -> (kept: Int, excluded: Int) {
        var kept = 0
        var excluded = 0
        if view.isNegative { return (0, 0) }
        var cursor = RecordCursor(view.wire)
        for _ in 0..<view.facts.answerCount {
            guard let record = cursor.next() else { break }
            guard record.type == RecordType.aaaa.rawValue, record.dataLength == 16 else { continue }
            if excludeAAAA.contains(.v6(view.wire.loadIPv6(record.data))) { excluded += 1 } else { kept += 1 }
        }
        return (kept, excluded)
    }

    /// How many A records there are, and how many AAAA records can be made of them.
    func countA(_ view: AnswerView) -> (records: Int, usable: Int) {
        var records = 0
        var usable = 0
        if view.isNegative { return (0, 0) }
        var cursor = RecordCursor(view.wire)
        for _ in 0..<view.facts.answerCount {
            guard let record = cursor.next() else { break }
            guard record.type == RecordType.a.rawValue, record.dataLength == 4 else { continue }
            records += 1
            let address = IPv4Address(rawValue: view.wire.load32(record.data))
            for prefix in prefixes where !excludes(address, under: prefix) { usable += 1 }
        }
        return (records, usable)
    }
}
