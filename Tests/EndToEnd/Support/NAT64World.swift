// The machines around a NAT64: a client with IPv6 alone, the box that dns64d runs on, a router, a server with IPv4 alone.
//
//     client 2001:db8:64::2 -- 2001:db8:64::1 box 203.0.113.9 -- 203.0.113.1 router 198.51.100.1 -- .80, .81 server
//     second 2001:db8:65::2 -- 2001:db8:65::1 box
//
// With `narrow`, the router has another one behind it, and the link between them has that MTU. Everything lies in network
// namespaces and goes with them.

import Foundation
import Testing

final class NAT64World {
    let house: House
    let client: Namespace
    let box: Namespace
    let router: Namespace
    let server: Namespace
    /// A client on another link, with its own /64.
    private(set) var second: Namespace?

    static let clientAddress = "2001:db8:64::2"
    static let secondAddress = "2001:db8:65::2"
    static let boxAddress6 = "2001:db8:64::1"
    static let boxAddress4 = "203.0.113.9"
    static let routerAddress = "203.0.113.1"
    static let serverAddress = "198.51.100.80"
    /// The server's second address.
    static let otherAddress = "198.51.100.81"

    fileprivate init(_ house: House, narrow: Int?, secondClient: Bool) throws {
        self.house = house
        (client, box) = (try Namespace(house), try Namespace(house))
        (router, server) = (try Namespace(house), try Namespace(house))
        try client.connect("c0", to: box, "lan0")
        try box.connect("wan0", to: router, "r0")
        let lastRouter: Namespace
        if let narrow {
            lastRouter = try Namespace(house)
            try router.connect("n0", to: lastRouter, "n1")
            try router.ip(["addr add 198.18.0.1/30 dev n0", "link set n0 mtu \(narrow)"])
            try router.ip(["route add 198.51.100.0/24 via 198.18.0.2"])
            try lastRouter.ip(["addr add 198.18.0.2/30 dev n1", "link set n1 mtu \(narrow)"])
            try lastRouter.ip(["route add default via 198.18.0.1"])
            try lastRouter.inside("sysctl", "-q", "-w", "net.ipv4.ip_forward=1", "net.ipv4.icmp_ratelimit=0")
        } else {
            lastRouter = router
        }
        try lastRouter.connect("r1", to: server, "s0")
        try lastRouter.ip(["addr add 198.51.100.1/24 dev r1"])
        try address()
        if secondClient { second = try addSecond() }
        for (place, nameserver) in [(client, Self.boxAddress6), (box, "::1"), (second, "2001:db8:65::1")] {
            try place?.resolve("nameserver \(nameserver)\n")
        }
    }

    private func address() throws {
        try client.ip(["addr add \(Self.clientAddress)/64 dev c0 nodad", "route add default via \(Self.boxAddress6)"])
        try box.ip([
            "addr add \(Self.boxAddress6)/64 dev lan0 nodad", "addr add \(Self.boxAddress4)/24 dev wan0",
            "route add default via \(Self.routerAddress)",
        ])
        try router.ip(["addr add \(Self.routerAddress)/24 dev r0"])
        try server.ip([
            "addr add \(Self.serverAddress)/24 dev s0", "addr add \(Self.otherAddress)/24 dev s0",
            "route add default via 198.51.100.1",
        ])
        // These machines are to answer each probe; that Linux holds errors back is not what is tested.
        try router.inside("sysctl", "-q", "-w", "net.ipv4.ip_forward=1", "net.ipv4.icmp_ratelimit=0")
        try server.inside("sysctl", "-q", "-w", "net.ipv4.icmp_ratelimit=0")
        try box.inside("sysctl", "-q", "-w", "net.ipv6.icmp.ratelimit=0", "net.ipv4.icmp_ratelimit=0")
    }

    private func addSecond() throws -> Namespace {
        let second = try Namespace(house)
        try second.connect("d0", to: box, "lan1")
        try box.ip(["addr add 2001:db8:65::1/64 dev lan1 nodad"])
        try second.ip(["addr add \(Self.secondAddress)/64 dev d0 nodad", "route add default via 2001:db8:65::1"])
        return second
    }

    // MARK: programs

    /// Runs a program to its end; `command` is split at spaces.
    func run(_ place: Namespace, _ command: String, seconds: Double = 90) throws -> Finished {
        try house.run(place.prefix + command.split(separator: " ").map(String.init), seconds: seconds)
    }

    func start(_ place: Namespace, _ command: String) throws -> Child {
        try house.start(place.prefix + command.split(separator: " ").map(String.init))
    }

    /// Where the client finds an IPv4 address.
    static func through(_ address: String, prefix: String = "64:ff9b::") -> String {
        let octets = address.split(separator: ".").compactMap { UInt16($0) }
        let groups = [octets[0] << 8 | octets[1], octets[2] << 8 | octets[3]].map { String($0, radix: 16) }
        return prefix + groups.joined(separator: ":")
    }

    static let server6 = through(serverAddress)
}

/// Gives the body a world, which goes whatever happens.
func withNAT64World<T>(narrow: Int? = nil, secondClient: Bool = false, _ body: (NAT64World) throws -> T) throws -> T {
    try withHouse { house throws in try body(NAT64World(house, narrow: narrow, secondClient: secondClient)) }
}
