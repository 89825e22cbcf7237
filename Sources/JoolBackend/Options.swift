// What the Jool backend is told beside the plan: the `nat64.jool` section, and where things are.

extension JoolBackend {
    /// The settings that no other backend has. They hold for the backend's life.
    public struct Options: Sendable {
        /// Of several prefixes, the first one's; the others' are NAME-2, NAME-3.
        public var instance = InstanceName.standard
        public var framework = JoolFramework.netfilter
        /// The network namespace that Jool translates in, as `ip netns` names it; nil: this process's own.
        public var networkNamespace: String?
        /// Takes over an instance that somebody else made, and leaves it standing.
        public var adopts = false
        /// Jool's client: a name that is looked up in the system's folders, or an absolute path.
        public var program = "jool"
        /// Leaves the instance standing at the end, for the next start.
        public var keeps = false
        /// Where the changes to this host are written down, to be undone after a crash.
        public var stateFile = "/run/dns64d/jool.json"
        /// Where is written down which instances are ours.
        public var instancesFile = "/run/dns64d/jool.instances"
        /// Between two looks at the translator.
        var watchInterval = Duration.milliseconds(1_500)
        /// How long a look waits for Jool's client. With the interval, less than five seconds.
        var lookLimit = Duration.milliseconds(2_500)
        /// How long an instance of ours that somebody removed stays away before it is made again.
        var repairDelay = Duration.seconds(10)
        /// Told what an operator should know, a sentence each, from any thread.
        public var report: @Sendable (String) -> Void = { _ in }

        public init() {}
    }
}
