// What a translator in the kernel asks of the host: plain values.

internal import NAT64Backend
public import NetAddress

/// What the host is to do for a translator that takes packets before they are routed, and has no device. Equal requests
/// make equal hosts.
public struct KernelTranslatorRequest: Hashable, Sendable {
    /// What messages call it: an instance's name. Changes nothing else.
    public var name: String
    /// The translator's IPv6 prefixes. They need no route, but no address of the host should lie in them.
    public var prefixes: [IPPrefix]
    /// Public IPv4 prefixes of the translator's; the host's own addresses may be among them.
    public var pool4: [IPPrefix]
    /// Ports of the host's own addresses that are the translator's: the kernel is to give them to no program.
    public var reservedPorts: [ClosedRange<UInt16>]

    public init(
        name: String, prefixes: [IPPrefix], pool4: [IPPrefix] = [], reservedPorts: [ClosedRange<UInt16>] = []
    ) {
        self.name = name
        self.prefixes = prefixes
        self.pool4 = pool4
        self.reservedPorts = reservedPorts
    }

    /// Throws `invalid` for a request that makes no sense.
    func check() throws(BackendFailure) {
        if name.isEmpty { throw BackendFailure(.invalid, "the translator has no name") }
        for prefix in prefixes where prefix.address.bitWidth != 128 || prefix.length == 0 {
            throw BackendFailure(.invalid, "\(prefix) is no IPv6 prefix to translate")
        }
        for prefix in pool4 where prefix.address.bitWidth != 32 || prefix.length == 0 {
            throw BackendFailure(.invalid, "\(prefix) in pool4 is no IPv4 prefix")
        }
    }
}
