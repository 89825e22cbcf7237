// How an entry lies in the log:
//
//     EntryHeader (40 bytes) | TTL offsets, 2 bytes each | name | wire bytes | padding to a multiple of 8
//
// The TTL offsets come first so that they are aligned whatever the length of the name.

/// The fixed part of an entry. The fields are in the order that leaves no gaps; a test holds its size to 40 bytes.
@usableFromInline
struct EntryHeader {
    /// The whole entry, in units of 8 bytes.
    @usableFromInline var lengthUnits: UInt16
    @usableFromInline var flags: EntryFlags
    @usableFromInline var nameLength: UInt8
    /// The low 32 bits of the name's hash: where the index has it.
    @usableFromInline var nameHash: UInt32
    @usableFromInline var storedAt: UInt32
    @usableFromInline var expiresAt: UInt32
    @usableFromInline var type: UInt16
    @usableFromInline var recordClass: UInt16
    @usableFromInline var wireLength: UInt16
    @usableFromInline var ttlOffsetCount: UInt16
    @usableFromInline var negativeTTL: UInt32
    @usableFromInline var responseCode: UInt16
    @usableFromInline var answerCount: UInt16
    @usableFromInline var authorityCount: UInt16
    @usableFromInline var additionalCount: UInt16
    @usableFromInline var aliasCount: UInt8
    @usableFromInline var factFlags: UInt8
    @usableFromInline var variant: UInt8
    @usableFromInline var unused: UInt8 = 0

    static let flagsOffset = 2
    /// The longest entry that `lengthUnits` can tell.
    static let largestEntry = Int(UInt16.max) * 8

    /// What an entry takes in the log.
    static func entryLength(name: Int, ttlOffsets: Int, wire: Int) -> Int {
        (MemoryLayout<EntryHeader>.size + ttlOffsets * 2 + name + wire + 7) & ~7
    }
}

/// What happens to an entry after it was written.
@usableFromInline
struct EntryFlags: OptionSet, Sendable {
    @usableFromInline var rawValue: UInt8
    @usableFromInline
    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Found since it was written or last spared.
    @usableFromInline static let visited = EntryFlags(rawValue: 1)
    /// Out of the index; its bytes wait for the tail.
    @usableFromInline static let dead = EntryFlags(rawValue: 2)
    /// Somebody is asking upstream for a fresh one.
    @usableFromInline static let prefetching = EntryFlags(rawValue: 4)
    /// No entry but the rest of the log before its end. Only `lengthUnits` and the flags are there.
    @usableFromInline static let filler = EntryFlags(rawValue: 8)
    /// Dead or a filler. A constant, because unoptimised code puts the array literal of the two on the heap.
    @usableFromInline static let gone = EntryFlags(rawValue: 2 | 8)
}

extension EntryHeader {
    /// `length` is `entryLength` of the same answer and not above `largestEntry`; the parts were held to their limits.
    init(_ answer: NewAnswer, length: Int) {
        lengthUnits = UInt16(length / 8)
        flags = EntryFlags(rawValue: 0)
        nameLength = UInt8(answer.key.name.count)
        nameHash = UInt32(truncatingIfNeeded: answer.key.nameHash)
        storedAt = answer.storedAt
        expiresAt = answer.expiresAt
        type = answer.key.type
        recordClass = answer.key.recordClass
        wireLength = UInt16(answer.wire.count)
        ttlOffsetCount = UInt16(answer.ttlOffsets.count)
        negativeTTL = answer.facts.negativeTTL
        responseCode = answer.facts.responseCode
        answerCount = answer.facts.answerCount
        authorityCount = answer.facts.authorityCount
        additionalCount = answer.facts.additionalCount
        aliasCount = answer.facts.aliasCount
        factFlags = answer.facts.flags
        variant = answer.key.variant
    }
}
