// The section `dns64` and its exceptions, `clients`. RFC 6147 (DNS64), RFC 6052 (prefixes).

public import NetAddress

extension Configuration {
    /// What is synthesized, and from what.
    public struct DNS64: Hashable, Sendable {
        public var mode: Mode = .standard
        /// At least one; none overlaps another.
        public var prefixes: [Pref64] = [.wellKnown]
        /// The bits behind the embedded IPv4 address; all other bits are zero.
        public var suffix = IPv6Address(high: 0, low: 0)
        /// IPv6 ranges; default ::ffff:0:0/96 (RFC 6147 section 5.1.4).
        public var excludeAAAA: [IPPrefix] = IPPrefix("::ffff:0:0/96").map { [$0] } ?? []
        public var excludeA: [ExcludedA] = [.special]
        /// Domain names, lower case, without the final dot ("." is the root).
        public var excludeNames: [String] = []
        /// Domain names, lower case, without the final dot ("." is the root).
        public var ignoreAAAA: [String] = []
        /// Synthesize for clients that ask for DNSSEC too (RFC 6147 section 5.5).
        public var breakDNSSEC = false
        public var reverse: Reverse = .cname
        /// What follows when the AAAA question fails upstream.
        public var aaaaFailure: AAAAFailure = .synthesize
        /// What follows when the A question fails upstream.
        public var aFailure: AFailure = .servfail
        /// The upper bound of a synthesized TTL where the AAAA answer had no SOA (RFC 6147 section 5.1.7).
        public var ttlWithoutSOA: Duration = .seconds(600)
        /// Synthesized AAAA in the additional section of SVCB and HTTPS answers (RFC 9460 section 4.2.1).
        public var serviceBindings = true
        /// The longest alias chain that is followed.
        public var maxAliases = 16

        /// The defaults.
        public init() {}
    }

    /// When synthesis happens.
    public enum Mode: String, CaseIterable, Hashable, Sendable {
        /// Where there is no native AAAA.
        case standard
        /// Wherever there is an A; native AAAA only where there is none.
        case synthall
        case off
    }

    /// One element of `exclude-a`.
    public enum ExcludedA: Hashable, Sendable {
        /// The list `SpecialIPv4.ranges`.
        case special
        /// An IPv4 range.
        case range(IPPrefix)
    }

    /// How PTR questions under a prefix are answered (RFC 6147 section 5.3.1).
    public enum Reverse: String, CaseIterable, Hashable, Sendable {
        case cname, direct, off
    }

    /// RFC 6147 section 5.1.2: another error code than NXDOMAIN, or a timeout, is "treated as though the RCODE were 0
    /// and the answer section were empty".
    public enum AAAAFailure: String, CaseIterable, Hashable, Sendable {
        case synthesize, servfail
    }

    /// What the client gets when A failed upstream and there is no AAAA.
    public enum AFailure: String, CaseIterable, Hashable, Sendable {
        case servfail, nodata
    }

    /// What some clients get instead of the `dns64` section.
    public struct Client: Hashable, Sendable {
        /// At least one.
        public var match: [IPPrefix]
        /// A label for logs and statistics.
        public var name: String?
        /// The keys of the dns64 section that this entry names itself, as written in the file, in the schema's order.
        public var overrides: [String]
        /// The dns64 section with this entry's own keys put over it.
        public var effective: DNS64

        public init(match: [IPPrefix], name: String? = nil, overrides: [String] = [], effective: DNS64 = DNS64()) {
            self.match = match
            self.name = name
            self.overrides = overrides
            self.effective = effective
        }
    }
}
