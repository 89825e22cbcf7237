// Everything a reload can change in the resolver core, as one value that is swapped whole.

public import DNSMessage
public import NetAddress

/// The settings of the resolver core.
public final class ResolverSettings: Sendable {
    /// Each property states its default.
    public struct Values: Sendable {
        public var policies = PolicySet(standard: SynthesisPolicy(SynthesisPolicy.Values()))
        /// Who may ask.
        public var allow = IPPrefixSet()
        /// Where `allow` was set, for `explain`.
        public var allowOrigin = "default"
        /// The largest UDP answer, whatever the client would take (RFC 9715 section 3).
        public var udpSize: UInt16 = 1232
        public var cookies = true
        /// 16 octets (RFC 9018 section 4.4); the same in every server behind one address.
        public var cookieSecret: [UInt8] = Array(repeating: 0, count: 16)
        /// REFUSED answers a second to one client network.
        public var refusedRate: UInt32 = 10
        /// Questions of clients that may wait at once.
        public var pendingLimit = 10_000
        public var maxAliases = 16
        public var minTTL: UInt32 = 0
        public var maxTTL: UInt32 = 86_400
        public var maxNegativeTTL: UInt32 = 3_600
        public var prefetch = true
        public var serveStale = false
        /// Seconds past its TTL for which an answer may be served stale.
        public var staleMaxAge: UInt32 = 86_400
        /// The client response timer (RFC 8767 section 5), milliseconds.
        public var staleReplyAfter: UInt64 = 1_800
        /// "a TTL of 30 seconds is RECOMMENDED" (RFC 8767 section 5).
        public var staleTTL: UInt32 = 30
        public var localData = LocalData()
        /// The zones that have servers of their own, the root left out.
        public var forwardZones: [DomainName] = []

        public init() {}
    }

    public let values: Values
    let policies: PolicySet
    let allow: IPPrefixSet

    public init(_ values: Values) {
        self.values = values
        policies = values.policies
        allow = values.allow
    }

    /// The longest zone with servers of its own that holds `name`; the root where there is none.
    func forwardZone(of name: DomainName) -> DomainName {
        values.forwardZones.filter { name.isSubdomain(of: $0) }.max { $0.wire.count < $1.wire.count } ?? .root
    }
}
