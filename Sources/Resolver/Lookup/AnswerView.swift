// An answer where it lies: in the cache, or in the hands of a question that has just been answered. Same shape for
// both, so that
// one piece of code judges and writes either.

internal import AnswerCache
internal import DNSMessage
internal import NetAddress

/// Marks in `AnswerFacts.flags`.
enum AnswerFlags {
    static let negative = AnswerFacts.negativeFlag
    /// Upstream set AD, and its word is taken.
    static let authenticData: UInt8 = 0x01
    /// RRSIG records are in it, for what stands at the alias chain's end or for its denial. A signed alias may lead to
    /// an unsigned
    /// name, of which more can be made.
    static let signed: UInt8 = 0x02
    /// The authority section has an SOA that says for how long the name or type is known to be missing.
    static let hasSOA: UInt8 = 0x04
    /// From local data (AA).
    static let authoritative: UInt8 = 0x08
    /// Upstream refused to answer because DNSSEC validation failed.
    static let bogus: UInt8 = 0x10
    /// Not an answer but the memory that there was none (RFC 9520).
    static let failure: UInt8 = 0x20
}

/// A view of an answer's sections. Valid as long as what it looks at.
struct AnswerView {
    var facts: AnswerFacts
    var ttlOffsets: UnsafeBufferPointer<UInt16>
    /// Answer, authority and additional sections.
    var wire: UnsafeRawBufferPointer
    /// Seconds since upstream said it.
    var age: UInt32
    /// What every TTL is, whatever it was: the TTL of stale answers (RFC 8767 section 4). Nil for an answer that is fresh.
    var staleTTL: UInt32?

    init(_ entry: EntryView, now: UInt32) {
        facts = entry.facts
        ttlOffsets = entry.ttlOffsets
        wire = entry.wire
        age = now &- entry.storedAt
    }

    init(facts: AnswerFacts, ttlOffsets: UnsafeBufferPointer<UInt16>, wire: UnsafeRawBufferPointer, age: UInt32) {
        self.facts = facts
        self.ttlOffsets = ttlOffsets
        self.wire = wire
        self.age = age
    }

    func has(_ flag: UInt8) -> Bool { facts.flags & flag != 0 }
    var isNegative: Bool { has(AnswerFlags.negative) }
    var isFailure: Bool { has(AnswerFlags.failure) || (facts.responseCode != 0 && facts.responseCode != 3) }
    var isNXDomain: Bool { facts.responseCode == 3 }

    /// What is left of a TTL.
    func ttl(_ original: UInt32) -> UInt32 { staleTTL ?? (original > age ? original &- age : 0) }

    /// What is left of the negative TTL (RFC 2308 section 5); nil where no SOA gave one.
    var negativeTTL: UInt32? { has(AnswerFlags.hasSOA) ? ttl(facts.negativeTTL) : nil }
}

/// One record in an answer's bytes; offsets count from the start of the sections.
struct RecordSpan {
    var owner: Int
    var type: UInt16
    /// Where the TTL stands; RDLENGTH is 4 behind it, RDATA 6.
    var ttl: Int
    var end: Int

    var data: Int { ttl &+ 6 }
    var dataLength: Int { end &- data }
}

/// Walks the records of an answer in order. The bytes are this project's own writing, and lengths are checked all the
/// same.
struct RecordCursor {
    let wire: UnsafeRawBufferPointer
    var position = 0

    init(_ wire: UnsafeRawBufferPointer, at position: Int = 0) {
        self.wire = wire
        self.position = position
    }

    mutating func next() -> RecordSpan? {
        let owner = position
        var index = position
        while true {
            guard index < wire.count else { return nil }
            let length = wire[index]
            if length >= 0xc0 {
                index &+= 2
                break
            }
            index &+= Int(length) &+ 1
            if length == 0 { break }
        }
        guard index &+ 10 <= wire.count else { return nil }
        let type = UInt16(wire[index]) << 8 | UInt16(wire[index &+ 1])
        let length = Int(wire[index &+ 8]) << 8 | Int(wire[index &+ 9])
        let end = index &+ 10 &+ length
        guard end <= wire.count else { return nil }
        position = end
        return RecordSpan(owner: owner, type: type, ttl: index &+ 4, end: end)
    }
}

extension UnsafeRawBufferPointer {
    /// 32 bits in network order; the caller has checked the length.
    func load32(_ offset: Int) -> UInt32 {
        UInt32(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// 16 octets as an address; the caller has checked the length.
    func loadIPv6(_ offset: Int) -> IPv6Address {
        IPv6Address(
            high: UInt64(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
            low: UInt64(bigEndian: loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self)))
    }
}
