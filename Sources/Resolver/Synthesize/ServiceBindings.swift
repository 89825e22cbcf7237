// RFC 9460 section 4.2.1: "SVCB-aware DNS64 resolvers SHOULD apply the same synthesis logic when resolving AAAA records
// for the
// TargetName for inclusion in the Additional section". The record itself, its hints among it, is passed on untouched:
// "DNS64 resolvers
// MUST NOT extrapolate the AAAA synthesis logic to the IP hints".

internal import AnswerCache
internal import DNSMessage
internal import NetAddress
internal import Telemetry

extension Resolver {
    /// So many targets get their addresses added, at most.
    private static var mostTargets: Int { 4 }

    func writeServiceBinding(
        _ query: PendingQuery, _ answer: StoredAnswer, _ form: ReplyForm, _ out: UnsafeMutableRawBufferPointer,
        _ now: MonotonicTime
    ) -> Int? {
        guard let parts = answer.parts(query.name, query.type) else { return writeServFail(nil, form, out) }
        var added: [Record] = []
        let known = parts.additional
        if !(query.view.dnssecOK && query.view.checkingDisabled) {
            let targets = Self.targets(parts, query.type)
            for target in targets { for type in [RecordType.aaaa, .a] { need(.target(target, type), query, now) } }
            for target in targets {
                guard let records = addresses(of: target, query) else { return nil }
                for record in records where !added.contains(record) && !known.contains(where: { $0.isSameData(record) })
                {
                    added.append(record)
                }
            }
        }
        return answer.withView { view in
            var writer = ReplyWriter(out, form, head(of: view, error: answer.extendedErrorForReply))
            writer.append(view)
            if !added.isEmpty {
                var sections = SectionWriter(question: query.name)
                for record in added { sections.append(record) }
                writer.append(additionals: sections.bytes, count: added.count)
                counters.add(.serviceBindingAdditional)
            }
            return finish(&writer, view.facts.responseCode)
        }
    }

    /// TargetNames, "." read as the record's own name (RFC 9460 section 2.5.2).
    private static func targets(_ parts: AnswerParts, _ type: RecordType) -> [DomainName] {
        var targets: [DomainName] = []
        for record in parts.records where record.type == type {
            guard record.data.count >= 3, let target = leadingName(record.data.dropFirst(2)) else { continue }
            let priority = UInt16(record.data[0]) << 8 | UInt16(record.data[1])
            // Section 2.5.1: "." in AliasMode says that the service does not exist.
            if priority == 0, target.isRoot { continue }
            let name = (target.isRoot ? record.name : target).lowercased
            if !targets.contains(name), targets.count < mostTargets { targets.append(name) }
        }
        return targets
    }

    private static func leadingName(_ bytes: ArraySlice<UInt8>) -> DomainName? {
        var index = bytes.startIndex
        while index < bytes.endIndex, bytes[index] != 0 { index += Int(bytes[index]) + 1 }
        guard index < bytes.endIndex else { return nil }
        return DomainName(wire: bytes[bytes.startIndex...index])
    }

    /// The AAAA records that a client asking for `target` would get, with the chain that leads to them; nil while they
    /// are awaited.
    private func addresses(of target: DomainName, _ query: PendingQuery) -> [Record]? {
        let policy = query.policy
        let aaaaAnswer = query.answers[.target(target, .aaaa)]
        let aAnswer = query.answers[.target(target, .a)]
        var question = SynthesisQuestion(
            dnssecOK: query.view.dnssecOK, checkingDisabled: query.view.checkingDisabled)
        question.nameExcluded = policy.isUnder(policy.values.excludeNames, [target])
        question.ignoresAAAA = policy.isUnder(policy.values.ignoreAAAA, [target])
        return withLeg(aaaaAnswer) { aaaa in
            withLeg(aAnswer) { a in
                switch policy.decide(question, aaaa: aaaa, a: a).content {
                case .needA, .needAAAA: return nil
                case .synthesis(let ttlLimit):
                    return aAnswer.map { Self.synthesized($0, target, policy, ttlLimit) } ?? []
                case .nativeAnswer, .filteredNative:
                    guard let parts = aaaaAnswer?.parts(target, .aaaa), !parts.records.isEmpty else { return [] }
                    return parts.aliases + parts.records.filter { $0.type == .aaaa && !policy.excludesAAAA($0) }
                default: return []
                }
            }
        }
    }

    private static func synthesized(
        _ answer: StoredAnswer, _ target: DomainName, _ policy: SynthesisPolicy, _ ttlLimit: UInt32
    ) -> [Record] {
        guard let parts = answer.parts(target, .a) else { return [] }
        let made = parts.records.filter { $0.type == .a && $0.data.count == 4 }.flatMap { record in
            let address = IPv4Address(record.data[0], record.data[1], record.data[2], record.data[3])
            return policy.prefixes.filter { !policy.excludes(address, under: $0) }.map { prefix in
                let mapped = prefix.embed(address, suffix: policy.suffix)
                return Record(
                    record.name, .aaaa, ttl: min(record.ttl, ttlLimit), data: (0..<16).map { mapped[octet: $0] })
            }
        }
        return parts.aliases + made
    }
}

extension SynthesisPolicy {
    func excludesAAAA(_ record: Record) -> Bool {
        guard record.data.count == 16 else { return true }
        return record.data.withUnsafeBytes { excludeAAAA.contains(.v6($0.loadIPv6(0))) }
    }
}

extension Record {
    /// Whether both say the same of the same name, whatever their TTLs.
    func isSameData(_ other: Record) -> Bool { name == other.name && type == other.type && data == other.data }
}
