// What the TUN backend is told beside the plan: the `nat64.tun` section, and where things are.

public import TunDevice

extension TunBackend {
    /// The settings that no other backend has. They hold for the backend's life.
    public struct Options: Sendable {
        /// The device's name, at most 15 octets.
        public var device = "nat64"
        public var offload = OffloadWish.automatic
        /// The device's MTU, 1280 to 65535; nil: what the host's other interfaces need.
        public var mtu: Int?
        public var segmentSize = SegmentSizeLimit.automatic
        /// Threads, each with its queue, translator and slice of the port space. More than one rules out static
        /// bindings.
        public var queues = 1
        /// Sessions of all threads together, and as many bindings.
        public var sessionLimit = 1_000_000
        /// Where the changes to this host are written down, to be undone after a crash.
        public var stateFile = "/run/dns64d/nat64.json"
        /// /dev/net/tun, opened while there were rights to; nil: it is opened when it is needed.
        public var reserve: TunReserve?
        /// Nanoseconds between two looks at all that was changed on this host.
        var hostInterval: UInt64 = 60_000_000_000
        /// Told what an operator should know, a sentence each, from any thread.
        public var report: @Sendable (String) -> Void = { _ in }
        /// Takes the lines of the binding log when the plan names no file for them.
        public var bindingLines: @Sendable (String) -> Void = { _ in }

        public init() {}
    }

    /// The largest MSS option (RFC 9293 section 3.7.1) that SYNs leave with.
    public enum SegmentSizeLimit: Hashable, Sendable {
        /// What fits this host's own links, so that TCP needs no path MTU discovery on them.
        case automatic
        /// As it came.
        case off
        /// Octets.
        case octets(Int)
    }
}
