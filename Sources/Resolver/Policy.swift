// What one class of clients gets. Read-only once made: a reload makes new ones and swaps them in whole.

public import DNSMessage
public import NetAddress

/// The DNS64 policy of one class of clients.
public final class SynthesisPolicy: Sendable {
    /// When AAAA records are made.
    public enum Mode: String, Sendable, CaseIterable {
        /// Where the terminal name has no AAAA of its own (RFC 6147 section 5.1).
        case standard
        /// Wherever there is an A; a name's own AAAA only where there is none.
        case synthall
        case off
    }

    /// How names under a prefix in ip6.arpa are answered (RFC 6147 section 5.3.1).
    public enum Reverse: String, Sendable, CaseIterable {
        case cname
        case direct
        case off
    }

    /// An IPv4 range that is never synthesized, and why.
    public struct ExcludedIPv4: Hashable, Sendable {
        public let prefix: IPPrefix
        /// Holds under 64:ff9b::/96 alone (RFC 6052 section 3.1).
        public let underWellKnownPrefixOnly: Bool
        public let reason: String

        public init(prefix: IPPrefix, underWellKnownPrefixOnly: Bool, reason: String) {
            self.prefix = prefix
            self.underWellKnownPrefixOnly = underWellKnownPrefixOnly
            self.reason = reason
        }
    }

    /// What the translator's health means for answers (`nat64.when-down`).
    public enum TranslatorState: String, Sendable {
        case works
        /// It is down: nothing is synthesized, as with mode `off`.
        case nativeOnly
        /// It is down: what would be synthesized fails.
        case fail
    }

    /// Everything a policy says. Each property states its default.
    public struct Values: Sendable {
        /// What `explain` and `policies` call it.
        public var label = "default"
        public var mode = Mode.standard
        public var prefixes = [Pref64.wellKnown]
        public var suffix = IPv6Address(high: 0, low: 0)
        public var excludeAAAA = IPPrefixSet()
        public var excludeA: [ExcludedIPv4] = []
        public var excludeNames: [DomainName] = []
        public var ignoreAAAA: [DomainName] = []
        public var breakDNSSEC = false
        public var reverse = Reverse.cname
        /// A failed AAAA question counts as an empty answer (RFC 6147 sections 5.1.2 and 5.1.3).
        public var synthesizeOnAAAAFailure = true
        /// A failed A question is answered as a failure. If false: as NODATA, where the AAAA answer was one.
        public var failOnAFailure = true
        /// Seconds, for a synthesized answer where no SOA says how long the AAAA is known to be missing.
        public var ttlWithoutSOA: UInt32 = 600
        public var serviceBindings = true
        /// Whether the translator behind the prefixes works.
        public var translator = TranslatorState.works
        /// The configuration line of each key that `explain` may name, by key.
        public var origins: [String: String] = [:]

        public init() {}
    }

    public let values: Values
    /// Whether names matter at all: without such rules, an answer is judged without reading its names.
    let hasNameRules: Bool
    let mode: Mode
    let prefixes: [Pref64]
    let suffix: IPv6Address
    let excludeAAAA: IPPrefixSet
    let excludedRanges: [ExcludedRange]
    /// A bit for each first octet that some excluded range has: most addresses are let through by it alone.
    let excludedOctets: [UInt64]

    public init(_ values: Values) {
        self.values = values
        hasNameRules = !values.excludeNames.isEmpty || !values.ignoreAAAA.isEmpty
        mode = values.prefixes.isEmpty || values.translator == .nativeOnly ? .off : values.mode
        prefixes = values.prefixes
        suffix = values.suffix
        excludeAAAA = values.excludeAAAA
        let ranges = values.excludeA.compactMap(ExcludedRange.init)
        excludedRanges = ranges
        excludedOctets = (0..<4).map { word in
            (0..<64).reduce(UInt64(0)) { bits, bit in
                let first = UInt32(word * 64 + bit) << 24
                let isTouched = ranges.contains { first & $0.mask & 0xff00_0000 == $0.bits & 0xff00_0000 }
                return isTouched ? bits | 1 << UInt64(bit) : bits
            }
        }
    }

    /// An excluded range as two words, for the hot path.
    struct ExcludedRange: Sendable {
        let bits: UInt32
        let mask: UInt32
        let wellKnownOnly: Bool

        init?(_ range: ExcludedIPv4) {
            guard case .v4(let address) = range.prefix.address else { return nil }
            bits = address.rawValue
            mask = range.prefix.length == 0 ? 0 : ~UInt32(0) << UInt32(32 - range.prefix.length)
            wellKnownOnly = range.underWellKnownPrefixOnly
        }
    }

    /// Whether no AAAA is made from `address` under `prefix`. 192.0.0.170 and .171 are always let through: prefix
    /// discovery
    /// (RFC 7050 section 3) lives by them.
    func excludes(_ address: IPv4Address, under prefix: Pref64) -> Bool {
        let octet = UInt64(address.rawValue >> 24)
        guard excludedOctets[Int(octet &>> 6)] & 1 << (octet & 63) != 0, address.rawValue & ~1 != 0xc000_00aa else {
            return false
        }
        return excludedRanges.contains { range in
            address.rawValue & range.mask == range.bits && (!range.wellKnownOnly || prefix.isWellKnown)
        }
    }

    /// The range that keeps `address` from being synthesized under `prefix`; for those who explain.
    func exclusion(of address: IPv4Address, under prefix: Pref64) -> ExcludedIPv4? {
        guard excludes(address, under: prefix) else { return nil }
        return values.excludeA.first {
            $0.prefix.contains(.v4(address)) && (!$0.underWellKnownPrefixOnly || prefix.isWellKnown)
        }
    }

    /// Where a policy's key was set: `FILE:LINE`, or "default".
    public func origin(_ key: String) -> String { values.origins[key] ?? "default" }
}

/// Which clients get which policy: the first match decides, in the order of the configuration.
public struct PolicySet: Sendable {
    public let classes: [(match: IPPrefixSet, policy: SynthesisPolicy)]
    public let standard: SynthesisPolicy

    public init(classes: [(match: IPPrefixSet, policy: SynthesisPolicy)] = [], standard: SynthesisPolicy) {
        self.classes = classes
        self.standard = standard
    }

    func policy(for client: IPAddress) -> SynthesisPolicy {
        for entry in classes where entry.match.contains(client) { return entry.policy }
        return standard
    }

    /// Every policy, the one for everybody else last.
    public var all: [SynthesisPolicy] { classes.map(\.policy) + [standard] }
}
