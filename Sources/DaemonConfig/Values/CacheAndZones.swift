// The sections `cache`, `zones` and `empty-zones`: what dns64d keeps and what it knows by itself.

extension Configuration {
    /// What is kept of upstream's answers, and how long.
    public struct Cache: Hashable, Sendable {
        /// Octets, for all workers together; at least 1 MiB.
        public var size = 64 << 20
        /// Not above `maxTTL`. Whole seconds.
        public var minTTL: Duration = .seconds(0)
        /// Whole seconds.
        public var maxTTL: Duration = .seconds(86_400)
        /// For negative answers (RFC 2308 section 5). Whole seconds.
        public var maxNegativeTTL: Duration = .seconds(3_600)
        public var serveStale = ServeStale()
        /// Ask again in the last tenth of a TTL, when the name is asked for then.
        public var prefetch = true

        /// The defaults.
        public init() {}
    }

    /// RFC 8767: answers past their TTL when upstream is silent.
    public struct ServeStale: Hashable, Sendable {
        public var enabled = false
        /// How long past its TTL an answer may serve. Whole seconds.
        public var maxAge: Duration = .seconds(86_400)
        /// How long upstream is waited for first (RFC 8767 section 5, the client response timer).
        public var replyAfter: Duration = .milliseconds(1_800)
        /// The TTL of a stale answer (RFC 8767 section 4 recommends 30 s). Whole seconds.
        public var answerTTL: Duration = .seconds(30)

        /// The defaults.
        public init() {}
    }

    /// A zone that is answered from a master file (RFC 1035 section 5).
    public struct Zone: Hashable, Sendable {
        /// Lower case, without the final dot ("." is the root). No two zones have the same name.
        public var name: String
        /// As written; `Configuration.path(of:)` says where a relative one lies.
        public var file: String
        public var referrals: Referrals = .answer

        public init(name: String, file: String) {
            self.name = name
            self.file = file
        }
    }

    /// What happens to names below a delegation in a local zone.
    public enum Referrals: String, CaseIterable, Hashable, Sendable {
        /// The client gets the referral.
        case answer
        /// The question goes upstream.
        case forward
    }

    /// The empty zones of RFC 6303.
    public struct EmptyZones: Hashable, Sendable {
        public var enabled = true
        /// Zones of that list that are forwarded after all; lower case, without the final dot.
        public var except: [String] = []

        /// The defaults.
        public init() {}
    }
}
