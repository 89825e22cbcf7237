// `dns64ctl lookup`: what the cache holds for a name.

/// A name, of which the cache is asked; nothing is asked upstream.
public struct LookupRequest: Codable, Hashable, Sendable {
    /// In presentation format, with or without the final dot.
    public var name: String
    /// `AAAA`, `TYPE65280`; absent for all types.
    public var type: String?

    public init(name: String, type: String? = nil) {
        self.name = name
        self.type = type
    }
}

/// What the cache holds.
public struct LookupReport: Codable, Hashable, Sendable {
    /// Empty if nothing.
    public var entries: [CacheEntry]

    public init(entries: [CacheEntry]) {
        self.entries = entries
    }
}

/// One answer in the cache.
public struct CacheEntry: Codable, Hashable, Sendable {
    /// With the final dot.
    public var name: String
    /// `AAAA`, `TYPE65280`.
    public var type: String
    /// `IN`.
    public var `class`: String
    /// `NOERROR`, `NXDOMAIN`.
    public var rcode: String
    /// Asked upstream with DO; answers with and without are held apart.
    public var dnssecOK: Bool
    /// Asked upstream with CD; answers with and without are held apart.
    public var checkingDisabled: Bool
    /// What is left; 0 if stale.
    public var ttlSeconds: UInt32
    /// What there was at first.
    public var lifetimeSeconds: UInt32
    /// Its time is over; it is kept for RFC 8767.
    public var stale: Bool
    /// NXDOMAIN or no data (RFC 2308).
    public var negative: Bool
    /// The answer section in presentation format, with the TTLs that are left.
    public var records: [String]
    /// The authority section likewise.
    public var authority: [String]

    public init(
        name: String, type: String, `class`: String, rcode: String, dnssecOK: Bool, checkingDisabled: Bool,
        ttlSeconds: UInt32, lifetimeSeconds: UInt32, stale: Bool, negative: Bool, records: [String] = [],
        authority:
            [String] = []
    ) {
        self.name = name
        self.type = type
        self.class = `class`
        self.rcode = rcode
        self.dnssecOK = dnssecOK
        self.checkingDisabled = checkingDisabled
        self.ttlSeconds = ttlSeconds
        self.lifetimeSeconds = lifetimeSeconds
        self.stale = stale
        self.negative = negative
        self.records = records
        self.authority = authority
    }
}
