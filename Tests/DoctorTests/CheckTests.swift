// From facts to findings: a box that is well, and then one thing after another that is not.

import ControlProtocol
import DaemonConfig
import NAT64Backend
import NetAddress
import Testing

@testable import Doctor

enum Sample {
    static let lan = Box.Interface(
        name: "lan", index: 3, mtu: 1500, isUp: true,
        addresses: [
            Box.Address(address: IPAddress("fe80::1")!, length: 64),
            Box.Address(address: IPAddress("fd00:64::1")!, length: 64),
        ])
    static let wan = Box.Interface(
        name: "wan", index: 2, mtu: 1500, isUp: true,
        addresses: [Box.Address(address: IPAddress("192.0.2.17")!, length: 24)])

    static let advertisement = RouterAdvertisement(
        message: Wire.advertisement(flags: "40", Wire.prefix, Wire.resolver, Wire.pref64), from: Wire.router,
        hopLimit: 255)!

    /// A router with `backend: tun`, all of it as it should be.
    static func facts(_ yaml: String = "nat64: { backend: tun }", _ change: (inout Facts) -> Void = { _ in }) throws
        -> Facts
    {
        let configuration = try ConfigurationLoader.load(text: yaml, file: "box.yaml")
        var subject = Subject(
            request: DoctorRequest(), configuration: configuration,
            plan: NAT64Plan(prefixes: configuration.allPrefixes))
        subject.upstream = [.init(name: ".", servers: [server])]
        subject.daemon = .init(
            listening: [SocketAddress(IPAddress("::")!, port: 53)], problems: [], warnings: [], reloadError: nil,
            loadedSecondsAgo: 100, file: "/nowhere/box.yaml",
            status: BackendStatus(backend: "tun", health: .good, sessions: 3, sessionLimit: 1000))
        var facts = Facts(subject: subject, box: box)
        facts.upstream = [
            UpstreamAnswer(
                zone: ".", server: server, answer: .init(code: "NOERROR", milliseconds: 12.3), pref64Addresses: [])
        ]
        facts.links = [
            LinkFacts(
                interface: "lan", resolver: SocketAddress(IPAddress("fd00:64::1")!, port: 53),
                ownAnswer: .addresses([IPv6Address("64:ff9b::c000:aa")!, IPv6Address("64:ff9b::c000:ab")!]),
                advertisements: [advertisement], information: .reply([IPv6Address("fd00:64::1")!]))
        ]
        facts.prefixRoutes = [IPPrefix("64:ff9b::/96")!: "nat64"]
        facts.probe = .passed(what: "192.0.2.53 port 53", detail: "it answered", milliseconds: 8)
        change(&facts)
        return facts
    }

    static let server = SocketAddress(IPAddress("192.0.2.53")!, port: 53)

    static var box: Box {
        var box = Box()
        box.interfaces = [wan, lan]
        box.defaultRoutes4 = [Box.Route(device: "wan", gateway: IPAddress("192.0.2.1")!, source: "dhcp")]
        box.defaultRoutes6 = [Box.Route(device: "wan", gateway: IPAddress("fe80::ff")!, source: "static")]
        box.settings = [
            "net/ipv4/ip_forward": "1", "net/ipv6/conf/all/forwarding": "1", "net/ipv6/conf/lan/forwarding": "1",
        ]
        box.clock = .init(now: 2_000_000_000, floor: 1_900_000_000, isSynchronized: true)
        box.listeners = []
        box.droppingChains = []
        return box
    }
}

@Suite("What the doctor makes of facts")
struct CheckTests {
    @Test("a box that is well is green throughout")
    func well() throws {
        let checks = Doctor.checks(try Sample.facts())
        #expect(checks.allSatisfy { $0.light == .green }, "\(checks.filter { $0.light != .green })")
        #expect(checks.allSatisfy { $0.remedy.isEmpty })
        let names = Set(checks.map(\.name))
        let expected: Set = [
            "daemon", "configuration", "clock", "addresses", "forwarding", "routes", "upstream", "translator", "host",
            "mtu",
            "ports", "firewall", "probe", "client-dns", "client-address", "pref64", "client-dhcpv6",
            "client-servers",
        ]
        #expect(names == expected)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var what: String
        var yaml = "nat64: { backend: tun }"
        var name: String
        var light: DoctorLight
        /// A part of the finding.
        var words: String
        var change: @Sendable (inout Facts) -> Void
        var testDescription: String { what }
    }

    /// Each leaves all else as it was, and every finding that is not green says what to do.
    @Test("one thing at a time is wrong, is named, and has a remedy", arguments: cases)
    func one(_ example: Case) throws {
        let checks = Doctor.checks(try Sample.facts(example.yaml, example.change))
        let found = try #require(
            checks.first { $0.name == example.name && $0.light == example.light },
            "\(checks.filter { $0.light != .green })")
        #expect(found.finding.contains(example.words), "\(found.finding)")
        if example.light == .red { #expect(!found.remedy.isEmpty) }
    }

    @Test("of two servers, the one that is down is yellow, for there is the other")
    func oneOfTwoServers() throws {
        let checks = Doctor.checks(
            try Sample.facts {
                let other = SocketAddress(IPAddress("192.0.2.54")!, port: 53)
                $0.subject.upstream = [.init(name: ".", servers: [Sample.server, other])]
                $0.upstream.append(UpstreamAnswer(zone: ".", server: other, failure: "no answer within 1800 ms"))
            })
        #expect(checks.filter { $0.name == "upstream" }.map(\.light) == [.green, .yellow])
    }

    @Test("clients of another class are held against their own prefix")
    func view() throws {
        let yaml = """
            nat64: { backend: tun }
            clients:
              - match: ["fd00:64::/64"]
                dns64: { prefixes: ["2001:db8:64::/96"] }
            """
        let checks = Doctor.checks(try Sample.facts(yaml))
        #expect(checks.first { $0.name == "pref64" }?.light == .red)
        #expect(checks.first { $0.name == "client-dns" }?.light == .red)
    }

    @Test("a resolver in front of another NAT64 has no translator to be examined")
    func resolverAlone() throws {
        let checks = Doctor.checks(
            try Sample.facts("") {
                $0.subject.daemon?.status = nil; $0.probe = .skipped("x")
            })
        #expect(!checks.contains { $0.light == .red })
        #expect(checks.filter { $0.light == .skipped }.map(\.name).contains("forwarding"))
    }

    @Test("without a daemon, the box is examined all the same")
    func noDaemon() throws {
        let checks = Doctor.checks(
            try Sample.facts {
                $0.subject.daemon = nil
                $0.box.listeners = [.init(proto: "udp", address: IPAddress("127.0.0.53")!, port: 53)]
                $0.box.settings["net/ipv4/ip_forward"] = "0"
            })
        // What dns64d itself would set is no finding then.
        #expect(checks.filter { $0.light == .red }.map(\.name) == ["daemon"])
        #expect(!checks.contains { $0.name == "routes" && $0.subject == "64:ff9b::/96" })
        #expect(checks.first { $0.name == "listening" }?.finding.contains("127.0.0.53") == true)
    }

    @Test("the worst light is the report's")
    func worst() throws {
        #expect(DoctorReport(checks: Doctor.checks(try Sample.facts())).light == .green)
        #expect(DoctorReport(checks: []).light == .green)
    }
}
