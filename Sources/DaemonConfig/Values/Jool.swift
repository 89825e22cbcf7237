// The section `nat64.jool`: which Jool does the translation, and what it is told beside the rest of `nat64`.

extension Configuration.NAT64 {
    /// An external Jool instance. Its prefix, pool4, bindings, timers and filtering are those of `dns64` and `nat64`.
    public struct Jool: Hashable, Sendable {
        /// 1 to 15 of letters, digits, `.`, `_` and `-`. With several prefixes the first one's; at most 12 then, for the
        /// others are called NAME-2, NAME-3.
        public var instance = "dns64d"
        public var framework: Framework = .netfilter
        /// The network namespace that it translates in, as ip-netns(8) calls it; nil: the daemon's own.
        public var networkNamespace: String?
        /// An instance that somebody else made is taken over: it gets what the file names, and is left standing.
        public var adopts = false
        /// Jool's client: a plain name that is looked up in the system's folders, or an absolute path.
        public var program = "jool"
        /// The instance is left standing at exit.
        public var keeps = false
        public var globals = JoolGlobals()

        /// The defaults.
        public init() {}
    }

    /// Global settings of Jool by Jool's own names; those that aren't here are Jool's defaults, or follow from the rest
    /// of the configuration.
    public struct JoolGlobals: Hashable, Sendable {
        /// The names that can be here, in the order in which Jool shows them.
        public static var names: [String] { ConfigurationSchema.joolGlobals.fields.map(\.key) }

        /// Each value as Jool's client takes it: `true` or `false`, a decimal number, or numbers in descending order
        /// with commas between them.
        public var values: [String: String]

        /// - Parameter values: names of `names` with texts as `values` has them; others are never printed.
        public init(_ values: [String: String] = [:]) { self.values = values }
    }
}

extension Configuration.NAT64.Jool {
    /// How packets reach an instance.
    public enum Framework: String, CaseIterable, Hashable, Sendable {
        /// All that pass through the network namespace do, which has one such instance at most.
        case netfilter
        /// Rules of iptables and ip6tables lead them there.
        case iptables
    }
}
