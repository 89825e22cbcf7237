// The section `upstream`: whom dns64d asks.

public import NetAddress

extension Configuration {
    /// The servers that questions about one zone go to.
    public struct Upstream: Hashable, Sendable {
        /// Lower case, without the final dot ("." is the root).
        public var zone: String
        /// At least one, no two the same.
        public var servers: [UpstreamServer]
        public var policy: UpstreamPolicy = .fastest
        /// For one question, all tries together; 100 ms to 60 s.
        public var timeout: Duration = .seconds(4)
        /// The UDP payload size that we announce upstream (RFC 6891), octets.
        public var ednsSize = 1232
        /// Random letter case in the question's name, compared in the answer ("0x20").
        public var caseRandomization = false
        public var transport: UpstreamTransport = .udp
        /// Hand on the AD bit of these servers.
        public var trustAD = false

        public init(zone: String, servers: [UpstreamServer]) {
            self.zone = zone
            self.servers = servers
        }
    }

    /// One element of `servers`.
    public enum UpstreamServer: Hashable, Sendable {
        /// The servers of /etc/resolv.conf, read again when the file changes.
        case system
        /// `scope` is the interface name behind the % of a link-local IPv6 address; `SocketAddress.scope` is 0.
        case address(SocketAddress, scope: String?)
    }

    /// Which of several servers is asked.
    public enum UpstreamPolicy: String, CaseIterable, Hashable, Sendable {
        /// The one with the shortest measured round-trip time.
        case fastest
        /// The first that works.
        case ordered
        /// All at once; the first answer counts.
        case race
    }

    /// How servers are asked.
    public enum UpstreamTransport: String, CaseIterable, Hashable, Sendable {
        /// With TCP after truncation.
        case udp
        case tcp
    }
}
