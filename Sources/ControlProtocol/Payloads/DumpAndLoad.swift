// `dns64ctl dump` and `dns64ctl load`: the cache page by page, as text. dns64ctl reads and writes the file, since the
// daemon may be allowed to touch none.

/// One answer of the cache, as text that can be loaded again.
public struct DumpEntry: Codable, Hashable, Sendable {
    /// With the final dot.
    public var name: String
    /// `AAAA`, `TYPE65280`.
    public var type: String
    /// `IN`.
    public var `class`: String
    /// Asked upstream with DO.
    public var dnssecOK: Bool
    /// Asked upstream with CD.
    public var checkingDisabled: Bool
    /// `NOERROR`, `NXDOMAIN`.
    public var rcode: String
    /// What is left of the whole answer's time.
    public var ttlSeconds: UInt32
    /// Upstream set AD.
    public var authenticData: Bool
    /// The answer section in presentation format, with the TTLs that are left.
    public var answer: [String]
    /// The authority section likewise.
    public var authority: [String]
    /// The additional section likewise, OPT aside.
    public var additional: [String]

    public init(
        name: String, type: String, `class`: String = "IN", dnssecOK: Bool = false, checkingDisabled: Bool = false,
        rcode: String, ttlSeconds: UInt32, authenticData: Bool = false, answer: [String] = [],
        authority: [String] = [], additional: [String] = []
    ) {
        self.name = name
        self.type = type
        self.class = `class`
        self.dnssecOK = dnssecOK
        self.checkingDisabled = checkingDisabled
        self.rcode = rcode
        self.ttlSeconds = ttlSeconds
        self.authenticData = authenticData
        self.answer = answer
        self.authority = authority
        self.additional = additional
    }
}

/// Asks for one page.
public struct DumpRequest: Codable, Hashable, Sendable {
    /// The `next` of the page before; absent for the first.
    public var after: String?
    /// Entries that are wanted at most; the daemon may send fewer.
    public var limit: Int

    public init(after: String? = nil, limit: Int) {
        self.after = after
        self.limit = limit
    }
}

/// One page. Entries that come or go meanwhile may or may not be among the pages; none comes twice.
public struct DumpPage: Codable, Hashable, Sendable {
    /// May be empty though more follow.
    public var entries: [DumpEntry]
    /// The mark to ask on with, known to the daemon alone; absent on the last page.
    public var next: String?

    public init(entries: [DumpEntry], next: String? = nil) {
        self.entries = entries
        self.next = next
    }
}

/// Entries to take into the cache, if they are still good.
public struct LoadRequest: Codable, Hashable, Sendable {
    /// The time since they were dumped, to be taken off every TTL in them.
    public var ageSeconds: UInt64
    /// As many as fit a request.
    public var entries: [DumpEntry]

    public init(ageSeconds: UInt64, entries: [DumpEntry]) {
        self.ageSeconds = ageSeconds
        self.entries = entries
    }
}

/// What became of them.
public struct LoadReport: Codable, Hashable, Sendable {
    /// Now in the cache.
    public var accepted: UInt64
    /// Not taken: expired meanwhile, older than what is there, or unreadable.
    public var rejected: UInt64
    /// What was unreadable, a line each; not necessarily all.
    public var problems: [String]

    public init(accepted: UInt64, rejected: UInt64, problems: [String] = []) {
        self.accepted = accepted
        self.rejected = rejected
        self.problems = problems
    }
}
