// What the cache holds, as text, and text as what the cache holds.

internal import AnswerCache
internal import ControlProtocol
internal import DNSMessage
internal import LinuxIO
internal import Resolver
internal import Telemetry

/// One cached answer, read out.
struct CacheText {
    let name: DomainName
    let type: RecordType
    let variant: UInt8
    let snapshot: AnswerSnapshot

    init?(_ entry: EntryView, now: UInt32) {
        guard let name = DomainName(wire: entry.name),
            let snapshot = AnswerSnapshot(entry, question: name, type: RecordType(entry.type), now: now)
        else { return nil }
        self.name = name
        type = RecordType(entry.type)
        variant = entry.variant
        self.snapshot = snapshot
    }

    var lookup: CacheEntry {
        CacheEntry(
            name: name.description, type: type.description, class: "IN", rcode: snapshot.responseCode.description,
            dnssecOK: variant & 1 != 0, checkingDisabled: variant & 2 != 0, ttlSeconds: snapshot.remaining,
            lifetimeSeconds: snapshot.lifetime, stale: snapshot.remaining == 0, negative: snapshot.isNegative,
            records: snapshot.answers.map(\.description), authority: snapshot.authorities.map(\.description))
    }

    var dump: DumpEntry {
        DumpEntry(
            name: name.description, type: type.description, dnssecOK: variant & 1 != 0,
            checkingDisabled: variant & 2 != 0,
            rcode: snapshot.responseCode.description, ttlSeconds: snapshot.remaining,
            authenticData: snapshot.authenticData,
            answer: snapshot.answers.map(\.description), authority: snapshot.authorities.map(\.description),
            additional: snapshot.additionals.map(\.description))
    }

    static func answers(in cache: AnswerCache, of name: DomainName, _ type: RecordType?, now: UInt32) -> [CacheText] {
        let wire = name.canonicalWire
        var found: [CacheText] = []
        cache.forEach { entry in
            if entry.name.elementsEqual(wire), type == nil || entry.type == type?.rawValue,
                let text = CacheText(entry, now: now)
            {
                found.append(text)
            }
            return true
        }
        return found.sorted { ($0.type.rawValue, $0.variant) < ($1.type.rawValue, $1.variant) }
    }

    /// The answers of one part in `parts` of the names. Names fall to parts by their hash, so that a page holds all of
    /// a name and no
    /// change between two pages moves a name from one to the other. Failures are not worth keeping.
    static func page(of cache: AnswerCache, part: UInt64, parts: UInt64, now: UInt32) -> [DumpEntry] {
        var entries: [CacheText] = []
        cache.forEach { entry in
            if cache.hash(entry.name) % parts == part, let text = CacheText(entry, now: now), !text.snapshot.isFailure,
                text.snapshot.remaining > 0
            {
                entries.append(text)
            }
            return true
        }
        return entries.sorted { ($0.name.description, $0.type.rawValue) < ($1.name.description, $1.type.rawValue) }.map(
            \.dump)
    }

    /// Files an entry that was dumped `age` seconds ago.
    ///
    /// - Returns: false for one whose time is up.
    static func store(
        _ entry: DumpEntry, age: UInt32, in cache: AnswerCache, settings: ResolverSettings, now: MonotonicTime
    ) throws(TextError) -> Bool {
        guard let name = DomainName(entry.name) else { throw TextError(description: "not a domain name") }
        guard let type = RecordType(entry.type), !type.isMeta else { throw TextError(description: "not a record type") }
        guard let code = ResponseCode(entry.rcode), code == .noError || code == .nxDomain else {
            throw TextError(description: "the response code is neither NOERROR nor NXDOMAIN")
        }
        func records(_ lines: [String]) throws(TextError) -> [Record] {
            var result: [Record] = []
            for line in lines {
                var record = try Record(text: line)
                record.ttl = record.ttl > age ? record.ttl - age : 0
                result.append(record)
            }
            return result
        }
        let snapshot = AnswerSnapshot(
            responseCode: code, authenticData: entry.authenticData, answers: try records(entry.answer),
            authorities: try records(entry.authority), additionals: try records(entry.additional))
        return snapshot.store(
            name, type, dnssecOK: entry.dnssecOK, checkingDisabled: entry.checkingDisabled, in: cache,
            settings: settings, now: now)
    }
}
