// A whole answer as this resolver keeps it: built from what upstream or local data said, written once, then only looked
// at.

internal import AnswerCache
internal import DNSMessage

/// Where an answer was found.
enum AnswerSource {
    case upstream
    case cache
    case stale
    case local(LocalAnswer.Origin)
}

/// The answer to one question, its alias chain complete.
final class StoredAnswer {
    let facts: AnswerFacts
    let ttlOffsets: [UInt16]
    let wire: [UInt8]
    /// Seconds for which it may be cached; 0 for not at all.
    let lifetime: UInt32
    /// What upstream said went wrong (RFC 8914), passed on.
    let extendedError: UInt16?
    let source: AnswerSource
    /// Seconds since it was learned, and what TTLs are if it is stale: for answers that come from the cache.
    private(set) var age: UInt32 = 0
    private(set) var staleTTL: UInt32?

    init(
        facts: AnswerFacts, ttlOffsets: [UInt16], wire: [UInt8], lifetime: UInt32, extendedError: UInt16? = nil,
        source: AnswerSource = .upstream
    ) {
        self.facts = facts
        self.ttlOffsets = ttlOffsets
        self.wire = wire
        self.lifetime = lifetime
        self.extendedError = extendedError
        self.source = source
    }

    /// A copy of what the cache holds.
    convenience init(_ view: AnswerView, source: AnswerSource) {
        self.init(
            facts: view.facts, ttlOffsets: Array(view.ttlOffsets), wire: Array(view.wire), lifetime: 0,
            extendedError: view.has(AnswerFlags.failure) ? ExtendedError.cachedError : nil, source: source)
        age = view.age
        staleTTL = view.staleTTL
    }

    /// A failure: no records, only why.
    static func failure(_ code: ResponseCode = .servFail, bogus: Bool = false, extendedError: UInt16?) -> StoredAnswer {
        var flags = AnswerFlags.failure
        if bogus { flags |= AnswerFlags.bogus }
        return StoredAnswer(
            facts: AnswerFacts(responseCode: code.rawValue, flags: flags), ttlOffsets: [], wire: [], lifetime: 0,
            extendedError: extendedError)
    }

    func withView<Result>(_ body: (AnswerView) -> Result) -> Result {
        ttlOffsets.withUnsafeBufferPointer { offsets in
            wire.withUnsafeBytes { bytes in
                var view = AnswerView(facts: facts, ttlOffsets: offsets, wire: bytes, age: age)
                view.staleTTL = staleTTL
                return body(view)
            }
        }
    }

    /// The records in parts; nil only for bytes that are no answer.
    func parts(_ question: DomainName, _ type: RecordType) -> AnswerParts? {
        withView { AnswerParts($0, question: question, type: type) }
    }
}

/// An answer in parts, as records.
struct AnswerParts {
    var responseCode = ResponseCode.noError
    /// The alias chain from the question's name on: CNAME, DNAME and their signatures.
    var aliases: [Record] = []
    /// What stands at the chain's end.
    var records: [Record] = []
    var authority: [Record] = []
    var additional: [Record] = []
    var authenticData = false
    var authoritative = false
    var extendedError: UInt16?
    /// The chain goes on here, with a question of its own.
    var next: DomainName?
    /// Local data took part: it is not upstream's word, so it is not cached.
    var isLocal = false

    /// NOERROR or NXDOMAIN without records at the chain's end.
    var isNegative: Bool { records.isEmpty && next == nil }
    var soa: Record? { authority.first { $0.type == .soa } }
}

/// How TTLs are bounded when an answer is stored.
struct TTLBounds {
    var least: UInt32
    var most: UInt32
    var mostNegative: UInt32

    init(_ settings: ResolverSettings) {
        least = settings.values.minTTL
        most = settings.values.maxTTL
        mostNegative = settings.values.maxNegativeTTL
    }

    func bounded(_ ttl: UInt32) -> UInt32 { min(max(ttl, least), most) }
}

extension StoredAnswer {
    /// Writes `parts` as the answer to `question`.
    convenience init(
        _ parts: AnswerParts, question: DomainName, bounds: TTLBounds, source: AnswerSource = .upstream
    ) {
        var writer = SectionWriter(question: question)
        var lifetime = UInt32.max
        var negativeTTL: UInt32 = 0
        var flags: UInt8 = 0
        func note(_ record: Record) -> Record {
            var record = record
            if !parts.isLocal { record.ttl = bounds.bounded(record.ttl) }
            return record
        }
        for record in parts.aliases.map(note) {
            lifetime = min(lifetime, record.ttl)
            writer.append(record, isAlias: true)
        }
        for record in parts.records.map(note) {
            lifetime = min(lifetime, record.ttl)
            writer.append(record)
        }
        if (parts.records + parts.authority).contains(where: { $0.type == .rrsig }) { flags |= AnswerFlags.signed }
        if parts.isNegative {
            flags |= AnswerFlags.negative
            if let soa = parts.soa {
                flags |= AnswerFlags.hasSOA
                negativeTTL = min(Self.negativeTTL(soa), parts.isLocal ? .max : bounds.mostNegative)
                lifetime = min(lifetime, negativeTTL)
            } else {
                // RFC 2308 section 5: "Negative responses without SOA records SHOULD NOT be cached".
                lifetime = 0
            }
        }
        for record in parts.authority.map(note) {
            var record = record
            if flags & AnswerFlags.hasSOA != 0 { record.ttl = min(record.ttl, negativeTTL) }
            writer.append(record)
        }
        for record in parts.additional.map(note) { writer.append(record) }
        if parts.authenticData { flags |= AnswerFlags.authenticData }
        if parts.authoritative { flags |= AnswerFlags.authoritative }
        self.init(
            facts: AnswerFacts(
                responseCode: parts.responseCode.rawValue,
                answerCount: UInt16(truncatingIfNeeded: parts.aliases.count + parts.records.count),
                authorityCount: UInt16(truncatingIfNeeded: parts.authority.count),
                additionalCount: UInt16(truncatingIfNeeded: parts.additional.count),
                aliasCount: UInt8(clamping: parts.aliases.count), flags: flags, negativeTTL: negativeTTL),
            ttlOffsets: writer.ttlOffsets, wire: writer.bytes,
            lifetime: parts.isLocal || lifetime == .max ? 0 : lifetime, extendedError: parts.extendedError,
            source: source)
    }

    /// RFC 2308 section 5: "the minimum of the MINIMUM field of the SOA record and the TTL of the SOA itself".
    private static func negativeTTL(_ soa: Record) -> UInt32 { min(soa.ttl, soa.soaMinimum ?? 0) }
}

extension AnswerParts {
    /// Reads back what is stored under `question`, TTLs counted down: for a chain that runs into it.
    init?(_ view: AnswerView, question: DomainName, type: RecordType) {
        let head: [UInt8] = [
            0, 0, 0x80, UInt8(truncatingIfNeeded: view.facts.responseCode & 15), 0, 1,
            UInt8(view.facts.answerCount >> 8), UInt8(view.facts.answerCount & 255),
            UInt8(view.facts.authorityCount >> 8), UInt8(view.facts.authorityCount & 255),
            UInt8(view.facts.additionalCount >> 8), UInt8(view.facts.additionalCount & 255),
        ]
        var bytes = head + question.wire
        bytes.append(bigEndian: type.rawValue)
        bytes.append(bigEndian: RecordClass.internet.rawValue)
        bytes.append(contentsOf: view.wire)
        guard let message = try? Message(parsing: bytes) else { return nil }
        func aged(_ record: Record) -> Record {
            var record = record
            record.ttl = view.ttl(record.ttl)
            return record
        }
        let answers = message.answers.map(aged)
        responseCode = ResponseCode(rawValue: view.facts.responseCode)
        aliases = Array(answers.prefix(Int(view.facts.aliasCount)))
        records = Array(answers.dropFirst(Int(view.facts.aliasCount)))
        authority = message.authorities.map(aged)
        additional = message.additionals.map(aged)
        authenticData = view.has(AnswerFlags.authenticData)
        authoritative = view.has(AnswerFlags.authoritative)
    }
}
