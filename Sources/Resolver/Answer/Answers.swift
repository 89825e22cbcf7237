// From a decision to a reply: the one place where answers are written, for the hot path and for questions that waited.

internal import AnswerCache
internal import DNSMessage
internal import NetAddress
internal import Telemetry

extension Resolver {
    /// The answer to a question that no policy changes.
    func writePlain(_ view: AnswerView, _ form: ReplyForm, _ out: UnsafeMutableRawBufferPointer, error: UInt16? = nil)
        -> Int
    {
        var writer = ReplyWriter(out, form, head(of: view, error: error))
        writer.append(view)
        return finish(&writer, view.facts.responseCode)
    }

    /// Carries out a decision on an AAAA question.
    ///
    /// - Parameter failure: the extended error of a failure, if there is one.
    func write(
        _ decision: Decision, _ policy: SynthesisPolicy, aaaa: Leg, a: Leg, failure: UInt16?, stale: UInt16? = nil,
        _ form: ReplyForm, _ out: UnsafeMutableRawBufferPointer
    ) -> Int? {
        note(decision.rule, aaaa)
        switch decision.content {
        case .needA, .needAAAA: return nil
        case .nativeAnswer:
            guard let view = aaaa.view else { return nil }
            return writePlain(view, form, out, error: stale)
        case .negativeOfA:
            guard let view = a.view else { return nil }
            return writePlain(view, form, out, error: stale)
        case .filteredNative:
            guard let view = aaaa.view else { return nil }
            return writeFiltered(view, policy, form, out, stale) { policy.excludeAAAA.contains(.v6($0)) }
        case .emptyOfA:
            guard let view = a.view else { return nil }
            return writeFiltered(view, policy, form, out, stale) { _ in true }
        case .synthesis(let ttlLimit):
            guard let view = a.view else { return nil }
            return writeSynthesis(view, policy, ttlLimit, form, out, stale)
        case .failureOfAAAA: return writeFailure(aaaa, failure, form, out)
        case .failureOfA: return writeFailure(a, failure, form, out)
        case .failureOfTranslator: return writeFailure(a, ExtendedError.networkError, form, out)
        }
    }

    func head(of view: AnswerView, error: UInt16? = nil) -> ReplyHead {
        ReplyHead(
            responseCode: view.facts.responseCode, authoritative: view.has(AnswerFlags.authoritative),
            authenticData: view.has(AnswerFlags.authenticData), extendedError: error)
    }

    private func writeFailure(_ leg: Leg, _ error: UInt16?, _ form: ReplyForm, _ out: UnsafeMutableRawBufferPointer)
        -> Int
    {
        // A forwarder's client can do nothing with its upstream's REFUSED or NOTIMP: the resolution failed.
        var writer = ReplyWriter(
            out, form, ReplyHead(responseCode: ResponseCode.servFail.rawValue, extendedError: error))
        return finish(&writer, ResponseCode.servFail.rawValue)
    }

    /// RFC 6147 section 5.1.7: AAAA records made from A records; section 5.4: authority and additional sections "are
    /// copied from
    /// the response to the final query that the DNS64 performed".
    private func writeSynthesis(
        _ view: AnswerView, _ policy: SynthesisPolicy, _ ttlLimit: UInt32, _ form: ReplyForm,
        _ out: UnsafeMutableRawBufferPointer, _ stale: UInt16?
    ) -> Int {
        var head = head(of: view, error: ExtendedError.synthesized)
        // AD would say that the AAAA records were validated; nobody signed those.
        head.authenticData = false
        head.secondError = stale
        var writer = ReplyWriter(out, form, head)
        var cursor = RecordCursor(view.wire)
        for index in 0..<view.facts.answerCount {
            guard let record = cursor.next() else { break }
            if index < UInt16(view.facts.aliasCount) {
                writer.append(record, of: view)
            } else if record.type == RecordType.a.rawValue, record.dataLength == 4 {
                let address = IPv4Address(rawValue: view.wire.load32(record.data))
                if let synthesizedNames { remember(address, form, synthesizedNames) }
                for prefix in policy.prefixes where !policy.excludes(address, under: prefix) {
                    writer.append(
                        aaaa: prefix.embed(address, suffix: policy.suffix), from: record, of: view, ttlLimit: ttlLimit)
                    counters.add(.synthesizedRecords)
                }
            }
        }
        writer.appendRest(of: view, from: cursor.position)
        counters.add(.synthesized)
        return finish(&writer, 0)
    }

    private func remember(_ address: IPv4Address, _ form: ReplyForm, _ names: SynthesizedNames) {
        let name = UnsafeRawBufferPointer(rebasing: form.query[12..<12 + form.view.nameLength])
        names.note(name, address, form.client)
    }

    /// The alias chain, and those records at its end that are not AAAA records to leave out.
    private func writeFiltered(
        _ view: AnswerView, _ policy: SynthesisPolicy, _ form: ReplyForm, _ out: UnsafeMutableRawBufferPointer,
        _ stale: UInt16?, excluding: (IPv6Address) -> Bool
    ) -> Int {
        var head = head(of: view, error: stale)
        head.authenticData = false
        var writer = ReplyWriter(out, form, head)
        var cursor = RecordCursor(view.wire)
        for index in 0..<view.facts.answerCount {
            guard let record = cursor.next() else { break }
            if index < UInt16(view.facts.aliasCount) {
                writer.append(record, of: view)
            } else if record.type == RecordType.aaaa.rawValue, record.dataLength == 16,
                !excluding(view.wire.loadIPv6(record.data))
            {
                writer.append(record, of: view)
            } else {
                counters.add(.aaaaExcluded, record.type == RecordType.aaaa.rawValue ? 1 : 0)
            }
        }
        writer.appendRest(of: view, from: cursor.position)
        return finish(&writer, view.facts.responseCode)
    }

    private func note(_ rule: Rule, _ aaaa: Leg) {
        switch rule {
        case .native, .nativeAfterExclusion, .nativeWithoutA: counters.add(.nativeKept)
        case .signedAnswer, .checkingDisabled: counters.add(.synthesisSkippedDNSSEC)
        case .excludedName: counters.add(.synthesisSkippedName)
        case .excludedA: counters.add(.synthesisSkippedAddress)
        case .noA: counters.add(.synthesisSkippedNoA)
        case .bogusAAAA: counters.add(.synthesisRefusedBogus)
        case .failedAAAA: counters.add(.aaaaFailedTreatedEmpty)
        case .translatorDown: counters.add(.synthesisSkippedTranslatorDown)
        default: break
        }
    }
}
