// What goes into the cache and what comes out beside the bytes.

/// What the resolver wants to know of an answer without reading its bytes.
public struct AnswerFacts: Hashable, Sendable {
    /// The bit of `flags` that `removeNegative` looks for: the answer says that something does not exist (RFC 2308).
    public static let negativeFlag: UInt8 = 0x80

    /// The response code with its extended bits (RFC 6891 6.1.3).
    public var responseCode: UInt16
    /// Records in each section.
    public var answerCount: UInt16
    public var authorityCount: UInt16
    public var additionalCount: UInt16
    /// Records of the alias chain at the head of the answer section.
    public var aliasCount: UInt8
    /// Option bits that belong to the caller, but for `negativeFlag`.
    public var flags: UInt8
    /// Seconds; the cache does not look at it.
    public var negativeTTL: UInt32

    @inlinable
    public init(
        responseCode: UInt16 = 0, answerCount: UInt16 = 0, authorityCount: UInt16 = 0, additionalCount: UInt16 = 0,
        aliasCount: UInt8 = 0, flags: UInt8 = 0, negativeTTL: UInt32 = 0
    ) {
        self.responseCode = responseCode
        self.answerCount = answerCount
        self.authorityCount = authorityCount
        self.additionalCount = additionalCount
        self.aliasCount = aliasCount
        self.flags = flags
        self.negativeTTL = negativeTTL
    }
}

/// What an answer is found by.
public struct CacheKey {
    /// The name in wire form, lower-cased (RFC 4343), at most 255 bytes, the root's zero byte included. Borrowed.
    public var name: UnsafeRawBufferPointer
    /// `AnswerCache.hash` of `name`.
    public var nameHash: UInt64
    public var type: UInt16
    public var recordClass: UInt16
    /// Bit 0: DO was set in the question to upstream. Bit 1: CD was.
    public var variant: UInt8

    @inlinable
    public init(name: UnsafeRawBufferPointer, nameHash: UInt64, type: UInt16, recordClass: UInt16, variant: UInt8) {
        self.name = name
        self.nameHash = nameHash
        self.type = type
        self.recordClass = recordClass
        self.variant = variant
    }
}

/// What became of an answer that was handed in.
public enum InsertResult: Sendable {
    case inserted
    /// An older answer of the same key made way.
    case replaced
    /// Too large for this cache, or for the format of an entry. Nothing is stored under this key now.
    case tooLarge
}

extension AnswerCache {
    /// The cache in numbers. The counts of events run since the start.
    public struct Statistics: Hashable, Sendable {
        /// The bound that holds, after rounding.
        public var byteLimit: Int
        /// Indexes, control page, and each byte of the logs between tail and head, be it of a live entry or a dead one.
        public var bytesUsed: Int
        /// Answers that a find can return.
        public var entries: Int
        public var inserts: UInt64
        public var replacements: UInt64
        /// Answers that were thrown out to make room.
        public var evictions: UInt64
        /// Answers that were spared because they had been asked for.
        public var moves: UInt64
        /// Answers that were too large.
        public var refusals: UInt64

        init(byteLimit: Int, bytesUsed: Int) {
            self.byteLimit = byteLimit
            self.bytesUsed = bytesUsed
            entries = 0
            inserts = 0
            replacements = 0
            evictions = 0
            moves = 0
            refusals = 0
        }
    }
}

/// An answer on its way in.
struct NewAnswer {
    let key: CacheKey
    let facts: AnswerFacts
    let ttlOffsets: UnsafeBufferPointer<UInt16>
    let wire: UnsafeRawBufferPointer
    let storedAt: UInt32
    let expiresAt: UInt32
}
