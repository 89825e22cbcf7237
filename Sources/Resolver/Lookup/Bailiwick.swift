// What of an upstream's answer is believed: the alias chain from the name that was asked for, what stands at its end,
// and the
// sections that belong to it. Everything else is left behind before anything is stored (RFC 2181 section 5.4.1, RFC
// 5452).

internal import AnswerCache
internal import DNSMessage

extension AnswerParts {
    /// Takes from `message`, which a server of `zone` gave for `question`, what answers it.
    ///
    /// - Parameter leavesZone: whether a name that the chain leads to belongs to other servers than `zone`'s, or to
    ///   local data.
    init(
        _ message: Message, question: DomainName, type: RecordType, zone: DomainName, dnssecOK: Bool, maxAliases: Int,
        leavesZone: (DomainName) -> Bool
    ) {
        responseCode = message.responseCode
        authenticData = message.authenticData
        extendedError = message.edns?.extendedErrors.first
        let inside = message.answers.filter { $0.recordClass == .internet && $0.name.isSubdomain(of: zone) }
        var name = question
        var followed = 0
        var left = false
        while type != .any, type != .cname, followed <= maxAliases, let step = Self.step(from: name, type, inside) {
            aliases += step.records.filter { dnssecOK || $0.type != .rrsig }
            name = step.target
            followed += 1
            left = leavesZone(name)
            if left { break }
        }
        records = left ? [] : Self.terminal(name, type, inside, dnssecOK)
        if followed > maxAliases || left || (records.isEmpty && followed > 0 && !Self.isDenied(name, message, zone)) {
            // The chain's end is for another question: asked by itself, so that nobody's guess is taken for a denial.
            next = name
            responseCode = .noError
            return
        }
        takeSections(message, name, zone, dnssecOK)
    }

    /// One link of the chain at `name`: a CNAME, or a DNAME above it with the CNAME that it makes.
    private static func step(from name: DomainName, _ type: RecordType, _ answers: [Record]) -> (
        records: [Record], target: DomainName
    )? {
        let own = answers.filter { $0.name == name }
        if own.contains(where: { $0.type == type }) { return nil }
        let dnames = answers.filter { $0.type == .dname && name.isProperSubdomain(of: $0.name) }
        var records: [Record] = []
        if type != .dname || !dnames.isEmpty, let dname = dnames.max(by: { $0.name.wire.count < $1.name.wire.count }) {
            records = [dname] + answers.filter { $0.coveredType == .dname && $0.name == dname.name }
            if let cname = own.first(where: { $0.type == .cname }), let target = cname.target {
                return (records + [cname], target)
            }
            // RFC 6672 section 3.1: a server that sends no CNAME leaves it to us to make one, with the DNAME's TTL.
            guard let base = dname.target, let target = name.replacing(dname.name, with: base) else { return nil }
            return (records + [Record(name, .cname, ttl: dname.ttl, data: target.wire)], target)
        }
        // "If a CNAME RR is present at a node, no other data should be present" (RFC 1034 section 3.6.2): the first
        // counts.
        guard let cname = own.first(where: { $0.type == .cname }), let target = cname.target else { return nil }
        return ([cname] + own.filter { $0.coveredType == .cname }, target)
    }

    private static func terminal(
        _ name: DomainName, _ type: RecordType, _ answers: [Record], _ dnssecOK: Bool
    ) -> [Record] {
        answers.filter { record in
            guard record.name == name else { return false }
            if type == .any || record.type == type { return true }
            return dnssecOK && record.coveredType == type
        }
    }

    /// Whether the message says that there is nothing at `name`: by its code, or by an SOA of a zone that holds the
    /// name.
    private static func isDenied(_ name: DomainName, _ message: Message, _ zone: DomainName) -> Bool {
        if message.responseCode == .nxDomain { return true }
        return message.authorities.contains { $0.type == .soa && name.isSubdomain(of: $0.name) }
    }

    private mutating func takeSections(_ message: Message, _ terminal: DomainName, _ zone: DomainName, _ dnssecOK: Bool)
    {
        let kept = message.authorities.filter { record in
            guard record.name.isSubdomain(of: zone) else { return false }
            switch record.type {
            case .soa: return isNegative && terminal.isSubdomain(of: record.name)
            case .ns: return !isNegative && terminal.isSubdomain(of: record.name)
            case .nsec, .nsec3, .rrsig, .ds: return dnssecOK
            default: return false
            }
        }
        // One SOA: the one closest to the name, where a server sends several.
        let soa = kept.filter { $0.type == .soa }.max { $0.name.wire.count < $1.name.wire.count }
        authority = kept.filter { $0.type != .soa }
        if let soa { authority.insert(soa, at: 0) }
        // RFC 6147 section 5.3.2: "The DNS64 MUST pass the additional section unchanged." What lies outside the zone
        // that the
        // server speaks for is no part of its answer.
        additional = message.additionals.filter {
            $0.recordClass == .internet && $0.name.isSubdomain(of: zone) && $0.type != .tsig
                && (dnssecOK || $0.type != .rrsig)
        }
        if isNegative { additional = [] }
    }
}
