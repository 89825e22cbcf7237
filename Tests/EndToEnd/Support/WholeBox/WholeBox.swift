// The machines of an IPv6-only network, from a phone to a web server: each a network namespace, nothing in them faked.
//
//     client  --  fd00:64::1 lan box wan  --  192.168.1.1 provider  --  198.18.0.2 transit  --  198.51.100.80 server
//
// The client has IPv6 alone, everything behind the box IPv4 alone. The box's IPv4 address, its route and its name
// server come from the provider's DHCP server; the client's address from router advertisements, its name server from
// DHCPv6.

import Foundation
import Testing

final class WholeBox {
    let house: House
    let client: Namespace
    let box: Namespace
    let provider: Namespace
    let transit: Namespace
    let server: Namespace
    let backend = ProcessInfo.processInfo.environment["DNS64D_TEST_BACKEND"] ?? "tun"

    static let boxAddress6 = "fd00:64::1"
    static let boxHardware = "02:00:5e:10:00:01"
    /// What the provider gives the box, and what it gives it later.
    static let boxAddresses = ["192.168.1.50", "192.168.1.77"]
    static let providerAddress = "192.168.1.1"
    static let transitAddress = "198.18.0.2"
    static let serverAddress = "198.51.100.80"
    static let server6 = "64:ff9b::c633:6450"
    static let page = "hello from IPv4\n"
    /// Of one file at the server, more than a download at `slowly` gets done in the test's time.
    static let octets = 50_000_000
    static let slowly = "200k"

    private(set) var web: WholeBoxServers?
    private(set) var lease: DHCPServer?

    fileprivate init(_ house: House) throws {
        self.house = house
        (client, box) = (try Namespace(house), try Namespace(house))
        (provider, transit, server) = (try Namespace(house), try Namespace(house), try Namespace(house))
        for place in [client, box] { try place.resolve("") }
        try connect()
        try address()
        // Away from the network until it joins; see `joinNetwork`.
        try set(client, "ipv6/conf/c0/disable_ipv6", "1")
        web = try WholeBoxServers(self)
        lease = try DHCPServer(self, address: Self.boxAddresses[0])
    }

    /// The cables of the picture above.
    private func connect() throws {
        let cables = [
            (client, "c0", "lan", box), (box, "wan", "p0", provider), (provider, "p1", "t0", transit),
            (transit, "t1", "s0", server),
        ]
        let file = try house.write(
            "cables",
            cables.map { one, own, others, other in
                "link add \(own) netns \(one.name) type veth peer name \(others) netns \(other.name)\n"
            }.joined())
        try house.must(["ip", "-batch", file])
    }

    private func address() throws {
        try client.ip(["link set c0 up"])
        try box.ip([
            "link set wan address \(Self.boxHardware)", "link set wan up", "link set lan up",
            "addr add \(Self.boxAddress6)/64 dev lan nodad",
        ])
        // Behind the provider there is no IPv6, and before it no static IPv4.
        try provider.ip([
            "link set p0 up", "link set p1 up", "addr add \(Self.providerAddress)/24 dev p0",
            "addr add 198.18.0.1/30 dev p1",
            "route add default via \(Self.transitAddress)",
        ])
        try transit.ip([
            "link set t0 up", "link set t1 up", "addr add \(Self.transitAddress)/30 dev t0",
            "addr add 198.51.100.1/24 dev t1",
            "route add 192.168.1.0/24 via 198.18.0.1",
        ])
        try server.ip([
            "link set s0 up", "addr add \(Self.serverAddress)/24 dev s0", "route add default via 198.51.100.1",
        ])
        for place in [provider, transit] {
            // Each probe of a traceroute is to be answered; that Linux holds errors back is not what is tested.
            try set(place, "ipv4/ip_forward", "1")
            try set(place, "ipv4/icmp_ratelimit", "0")
        }
    }

    /// What sysctl does, without starting it.
    func set(_ place: Namespace, _ setting: String, _ value: String) throws {
        try place.enter {
            try value.write(toFile: "/proc/sys/net/\(setting)", atomically: false, encoding: .utf8)
        }
    }

    /// Where the client finds an IPv4 address.
    static func through(_ address: String) -> String { NAT64World.through(address) }

    /// Runs a program to its end; `command` is split at spaces.
    func run(_ place: Namespace, _ command: String, seconds: Double = 90) throws -> Finished {
        try house.run(place.prefix + command.split(separator: " ").map(String.init), seconds: seconds)
    }

    func start(_ place: Namespace, _ command: String, environment: [String: String] = [:]) throws -> Child {
        try house.start(place.prefix + command.split(separator: " ").map(String.init), environment: environment)
    }

    /// A copy of a program. Debian's AppArmor profiles go by the path, and would have a DHCP program read and write nothing
    /// but the real machine's own files.
    func copy(of program: String) throws -> String {
        try house.program(program, copyOf: Programs.path(of: program))
    }

    /// The box's IPv4 address, as DHCP left it.
    func boxAddress4() throws -> String? {
        try box.inside("ip", "-4", "-o", "addr", "show", "dev", "wan").split(whereSeparator: \.isWhitespace)
            .first { $0.contains("/") }.map { String($0.prefix { $0 != "/" }) }
    }
}

/// Gives the body such machines, which go whatever happens.
func withWholeBox<T>(_ body: (WholeBox) throws -> T) throws -> T {
    try withHouse { house throws in try body(WholeBox(house)) }
}
