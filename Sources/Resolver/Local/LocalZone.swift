// A zone held in memory: RFC 1034 section 4.3.2, RFC 4592 (wildcards), RFC 6672 (DNAME), RFC 2308 (negative answers).

public import DNSMessage

/// An authoritative zone.
public struct LocalZone: Sendable {
    /// What is wrong with the records of a zone.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String
    }

    public let apex: DomainName
    /// Whether names below a delegation are asked of the forwarders rather than referred.
    let forwardsDelegations: Bool
    private var nodes: [DomainName: [RecordType: [Record]]] = [:]
    private let origin: LocalAnswer.Origin

    /// - Parameter records: with the apex's one SOA; all at or under the apex.
    public init(apex: DomainName, records: [Record], forwardsDelegations: Bool = false) throws(Failure) {
        try self.init(apex: apex, records: records, forwardsDelegations: forwardsDelegations, origin: .zone)
    }

    init(apex: DomainName, records: [Record], forwardsDelegations: Bool, origin: LocalAnswer.Origin) throws(Failure) {
        self.apex = apex
        self.forwardsDelegations = forwardsDelegations
        self.origin = origin
        for record in records {
            guard record.name.isSubdomain(of: apex) else {
                throw Failure(description: "\(record.name) is outside the zone \(apex)")
            }
            guard record.recordClass == .internet else {
                throw Failure(description: "\(record.name) \(record.type): only class IN is served")
            }
            if nodes[record.name]?[record.type]?.contains(where: { $0.data == record.data }) == true { continue }
            nodes[record.name, default: [:]][record.type, default: []].append(record)
        }
        guard nodes[apex]?[.soa]?.count == 1 else {
            throw Failure(description: "the zone \(apex) needs exactly one SOA record at its apex")
        }
        try checkAliases()
        addEmptyNonTerminals()
    }

    /// "If a CNAME RR is present at a node, no other data should be present" (RFC 1034 section 3.6.2).
    private func checkAliases() throws(Failure) {
        for (name, sets) in nodes {
            guard let aliases = sets[.cname] else { continue }
            let others = sets.keys.filter { ![.cname, .rrsig, .nsec].contains($0) }
            if aliases.count > 1 { throw Failure(description: "\(name) has \(aliases.count) CNAME records") }
            if !others.isEmpty { throw Failure(description: "\(name) has a CNAME and other data") }
        }
    }

    /// Names that exist because something is below them (RFC 4592 section 2.2.2).
    private mutating func addEmptyNonTerminals() {
        for name in Array(nodes.keys) {
            var above = name.parent
            while let ancestor = above, ancestor.isProperSubdomain(of: apex), nodes[ancestor] == nil {
                nodes[ancestor] = [:]
                above = ancestor.parent
            }
        }
    }

    // MARK: answering

    func answer(_ name: DomainName, _ type: RecordType) -> LocalAnswer {
        if let cut = delegation(above: name, type) { return refer(cut) }
        if let sets = nodes[name] { return answer(sets, name, name, type) }
        let encloser = closestEncloser(of: name)
        if let dnames = nodes[encloser]?[.dname], let dname = dnames.first { return follow(dname, name) }
        // RFC 4592 section 3.3.1: the source of synthesis is the wildcard right under the closest encloser.
        if let wildcard = encloser.prepending(label: [UInt8(ascii: "*")]), let sets = nodes[wildcard] {
            return answer(sets, name, wildcard, type)
        }
        return negative(.nxDomain)
    }

    private func answer(
        _ sets: [RecordType: [Record]], _ name: DomainName, _ source: DomainName, _ type: RecordType
    ) -> LocalAnswer {
        func owned(_ records: [Record]) -> [Record] {
            records.map { record in
                var record = record
                record.name = name
                return record
            }
        }
        if type == .any {
            let all = owned(sets.values.flatMap { $0 })
            return all.isEmpty ? negative(.noError) : positive(all)
        }
        if let records = sets[type] { return positive(owned(records)) }
        if let alias = sets[.cname]?.first, let target = alias.target {
            var parts = AnswerParts()
            parts.aliases = owned([alias])
            parts.next = target
            return finish(parts)
        }
        return negative(.noError)
    }

    private func positive(_ records: [Record]) -> LocalAnswer {
        var parts = AnswerParts()
        parts.records = records
        return finish(parts)
    }

    private func negative(_ code: ResponseCode) -> LocalAnswer {
        var parts = AnswerParts()
        parts.responseCode = code
        parts.authority = nodes[apex]?[.soa] ?? []
        return finish(parts)
    }

    private func follow(_ dname: Record, _ name: DomainName) -> LocalAnswer {
        var parts = AnswerParts()
        guard let base = dname.target, let target = name.replacing(dname.name, with: base) else {
            // RFC 6672 section 2.2: a result that is too long is YXDOMAIN.
            parts.responseCode = ResponseCode(rawValue: 6)
            parts.aliases = [dname]
            return finish(parts)
        }
        parts.aliases = [dname, Record(name, .cname, ttl: dname.ttl, data: target.wire)]
        parts.next = target
        return finish(parts)
    }

    private func refer(_ cut: DomainName) -> LocalAnswer {
        if forwardsDelegations { return .forward }
        var parts = AnswerParts()
        parts.authority = nodes[cut]?[.ns] ?? []
        parts.additional = parts.authority.compactMap(\.target).flatMap { target in
            (nodes[target]?[.a] ?? []) + (nodes[target]?[.aaaa] ?? [])
        }
        parts.isLocal = true
        return .parts(LocalParts(parts: parts, origin: origin))
    }

    private func finish(_ parts: AnswerParts) -> LocalAnswer {
        var parts = parts
        parts.isLocal = true
        parts.authoritative = true
        return .parts(LocalParts(parts: parts, origin: origin))
    }

    /// The highest zone cut at or above `name` and below the apex. The DS at a cut is the parent's (RFC 4035 section
    /// 3.1.4.1).
    private func delegation(above name: DomainName, _ type: RecordType) -> DomainName? {
        let inside = name.ancestors.prefix { $0.isProperSubdomain(of: apex) }
        return inside.last { nodes[$0]?[.ns] != nil && !($0 == name && type == .ds) }
    }

    private func closestEncloser(of name: DomainName) -> DomainName {
        name.ancestors.dropFirst().first { nodes[$0] != nil } ?? apex
    }
}
