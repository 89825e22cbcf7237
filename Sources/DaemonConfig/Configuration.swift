// The configuration of dns64d as plain values. Each property states its default; Schema/ says how each is written in
// YAML.

/// Everything that one configuration file says, with the defaults where it says nothing.
///
/// Two configurations are equal if they hold the same values, wherever those were written.
public struct Configuration: Hashable, Sendable {
    public var server = Server()
    public var control = Control()
    public var dns64 = DNS64()
    /// Exceptions from `dns64` by the client's address; the first match wins.
    public var clients: [Client] = []
    /// Where questions go, by zone; the longest matching zone wins. No two entries have the same zone.
    public var upstream: [Upstream] = [Upstream(zone: ".", servers: [.system])]
    public var cache = Cache()
    public var zones: [Zone] = []
    public var emptyZones = EmptyZones()
    public var nat64 = NAT64()
    public var log = Log()

    /// The file and the places in it; no part of `==`.
    var source = ConfigurationSource()

    /// All defaults.
    public init() {}
}
