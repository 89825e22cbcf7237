// What this host's links carry, for MTU and MSS.

internal import LinuxIO
internal import NetAddress
internal import TunDevice

/// MTUs of this host's interfaces that are up, without `lo` and the translator's own device.
struct LinkFacts: Hashable, Sendable {
    /// Of the interface that the IPv4 Internet lies behind.
    var outside: Int
    /// The largest of those that clients may be behind.
    var inside: Int
    /// The largest of all.
    var largest: Int

    static let ethernet = LinkFacts(outside: 1500, inside: 1500, largest: 1500)

    /// A PCP server's anycast address (RFC 7723): global, and behind the default route everywhere. Nothing is sent.
    static let somewhere = IPv4Address(rawValue: 0xc000_0009)

    static func read(except device: String) -> LinkFacts {
        let outside = try? RouteLookup.interface(towards: .v4(somewhere))
        var links: [(index: UInt32, mtu: Int)] = []
        for interface in NetworkInterface.all() where interface.name != "lo" && interface.name != device {
            guard let flags = try? interface.flags(), flags.contains(.up), let mtu = try? interface.mtu(),
                let index = try? interface.index()
            else { continue }
            links.append((index, mtu))
        }
        return LinkFacts(links, outside: outside)
    }

    /// - Parameter outside: the index of the interface with the IPv4 route; nil: there is no such route.
    init(_ links: [(index: UInt32, mtu: Int)], outside: UInt32?) {
        guard let largest = links.map(\.mtu).max() else {
            self = .ethernet
            return
        }
        let inside = links.filter { $0.index != outside }.map(\.mtu).max()
        self.largest = largest
        self.outside = links.first { $0.index == outside }?.mtu ?? largest
        // One-armed: clients are where the Internet is.
        self.inside = inside ?? largest
    }

    private init(outside: Int, inside: Int, largest: Int) {
        self.outside = outside
        self.inside = inside
        self.largest = largest
    }

    /// The device's: the kernel must not cut what another of its links has brought, nor what grew on its way through
    /// the translator (RFC 7915 section 1.4: an IPv6 header is 20 octets longer).
    var mtu: Int { min(max(largest, 1500) + 20, 65535) }

    /// For SYNs of either direction. A segment crosses both families on its way: 40 octets of headers outside, 60 inside
    /// (RFC 9293 section 3.7.1). Clients behind smaller links than the largest say so in their own option.
    var segmentSize: UInt16 {
        UInt16(truncatingIfNeeded: min(max(min(outside - 40, inside - 60), 536), 65535))
    }
}
