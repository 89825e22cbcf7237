// The planner alone: states in, steps or a failure out.

import NAT64Backend
import NetAddress
import Testing

@testable import HostNetwork

extension HostState {
    /// A host as many are: an uplink with both families, nothing forwarded, the device open.
    static var plain: HostState {
        var state = HostState()
        state.links = [
            Link(name: "lo", index: 1, mtu: 65536, isUp: true, usesARP: false),
            Link(name: "eth0", index: 2, mtu: 1500, isUp: true, usesARP: true),
            Link(name: "nat64", index: 3, mtu: 1500, isUp: false, usesARP: false, kind: "tun", isTun: true),
        ]
        state.addresses = [
            Address(
                device: "eth0", address: .v4(IPv4Address(192, 0, 2, 1)), length: 24,
                broadcast: IPv4Address(192, 0, 2, 255))
        ]
        state.tables = []
        state.sysctls = [
            Sysctl.forwarding4: "0", Sysctl.forwarding6: "0", Sysctl.acceptRedirects4: "1",
            "net/ipv6/conf/nat64/addr_gen_mode": "0", "net/ipv6/conf/nat64/accept_ra": "1",
            "net/ipv6/conf/nat64/disable_ipv6": "0", "net/ipv6/conf/eth0/accept_ra": "1",
            "net/ipv6/conf/eth0/forwarding": "0", "net/ipv4/conf/eth0/forwarding": "0",
        ]
        return state
    }
}

@Suite struct PlannerTests {
    private func plan(
        _ request: HostRequest = .sharing, _ state: HostState = .plain, recorded: [Deed] = [], isOpen: Bool = true
    ) throws(BackendFailure) -> Plan {
        try Planner(request: request, state: state, recorded: recorded, deviceIsOpen: isOpen).plan()
    }

    private func commands(_ plan: Plan) -> [String] { plan.preview.steps.map(\.command) }

    @Test func translationComesBeforeForwardingAndThePrefixLast() throws {
        let commands = commands(try plan())
        #expect(commands.count == 9)
        #expect(commands.last == "ip -6 route add 64:ff9b::/96 dev nat64")
        let table = try #require(commands.firstIndex { $0.contains("masquerade") })
        let forwarding = try #require(commands.firstIndex { $0.contains("ip_forward") })
        #expect(table < forwarding)
    }

    @Test func settingsThatAreRightAreLeftAlone() throws {
        var state = HostState.plain
        state.sysctls[Sysctl.forwarding4] = "1"
        state.sysctls[Sysctl.forwarding6] = "1"
        state.routes = [.init(destination: IPPrefix("::/0")!, source: "ra", hops: [.init(device: "eth0")])]
        #expect(
            !commands(try plan(.sharing, state)).contains { $0.contains("forward") || $0.contains("eth0.accept_ra") })
    }

    struct Advertised: Sendable {
        var source: String?
        var isDynamic = false
        var acceptance: String
        var isChanged: Bool
    }

    @Test(arguments: [
        Advertised(source: "ra", acceptance: "1", isChanged: true),
        Advertised(isDynamic: true, acceptance: "1", isChanged: true),
        Advertised(source: "ra", acceptance: "2", isChanged: false),
        // Somebody else listens in the kernel's place.
        Advertised(source: "ra", acceptance: "0", isChanged: false),
        Advertised(source: "static", acceptance: "1", isChanged: false),
    ])
    func acceptance(_ example: Advertised) throws {
        var state = HostState.plain
        state.sysctls["net/ipv6/conf/eth0/accept_ra"] = example.acceptance
        let hop = HostState.Route.Hop(device: "eth0", gateway: IPAddress("fe80::1"))
        state.routes = [.init(destination: IPPrefix("::/0")!, source: example.source, hops: [hop])]
        state.addresses.append(
            .init(device: "eth0", address: IPAddress("2001:db8::5")!, length: 64, isDynamic: example.isDynamic))
        let isChanged = commands(try plan(.sharing, state)).contains("sysctl -w net.ipv6.conf.eth0.accept_ra=2")
        #expect(isChanged == example.isChanged)
    }

    @Test func ipv6OffForNewDevicesIsSwitchedOnForOurs() throws {
        var state = HostState.plain
        state.sysctls["net/ipv6/conf/nat64/disable_ipv6"] = "1"
        #expect(commands(try plan(.sharing, state)).first == "sysctl -w net.ipv6.conf.nat64.disable_ipv6=0")
    }

    @Test func aWiderRouteIsNoConflict() throws {
        var state = HostState.plain
        let hop = HostState.Route.Hop(device: "eth0")
        state.routes = [
            .init(destination: IPPrefix("64:ff9b::/48")!, hops: [hop]),
            // Other tables are for packets that rules pick.
            .init(destination: IPPrefix("64:ff9b::/96")!, table: "100", hops: [hop]),
        ]
        #expect(commands(try plan(.sharing, state)).count == 9)
    }

    @Test func aPoolWithOurOwnAddressAndPortsSaysWhyNot() throws {
        var request = HostRequest.routed
        request.pool4 = [IPPrefix("192.0.2.1")!]
        request.partialPool4 = [IPPrefix("192.0.2.1")!]
        let failure = #expect(throws: BackendFailure.self) { try plan(request) }
        #expect(
            failure?.message
                == "pool4 192.0.2.1/32 holds an address of this host: 192.0.2.1 on eth0; the tun backend can't share an "
                + "address by ports with its host")
    }

    @Test func aPoolWithABroadcastAddress() throws {
        var request = HostRequest.routed
        request.pool4 = [IPPrefix("192.0.2.248/29")!]
        let failure = #expect(throws: BackendFailure.self) { try plan(request) }
        #expect(failure?.message == "pool4 192.0.2.248/29 holds the broadcast address 192.0.2.255 of eth0")
    }

    @Test func tooManyNeighboursToAnswerFor() throws {
        var state = HostState.plain
        state.addresses = [.init(device: "eth0", address: .v4(IPv4Address(10, 0, 0, 1)), length: 8)]
        var request = HostRequest.routed
        request.pool4 = [IPPrefix("10.1.0.0/22")!]
        #expect(try plan(request, state).steps.filter { $0.deed.isProxy }.count == 1024)
        request.pool4.append(IPPrefix("10.2.0.0")!)
        let failure = #expect(throws: BackendFailure.self) { try plan(request, state) }
        #expect(failure?.message.hasPrefix("more than 1024 addresses of pool4") == true)
        #expect(failure?.remedy?.contains("router send 10.2.0.0/32 to this host") == true)
    }

    @Test func anotherProgramsDevice() throws {
        let failure = #expect(throws: BackendFailure.self) { try plan(isOpen: false) }
        #expect(failure?.message == "another program has a device nat64 open")
        var state = HostState.plain
        state.links[2].isPersistent = true
        #expect(try plan(.sharing, state, isOpen: false).steps.count == 9)
        // Ours, by the state file.
        let address = Deed.address(device: "nat64", address: IPAddress("fd01:2:3:64::1")!, length: 64)
        #expect(try plan(recorded: [address], isOpen: false).steps.count == 9)
    }

    @Test func allConflictsAreToldAtOnce() throws {
        var state = HostState.plain
        state.routes = [.init(destination: IPPrefix("64:ff9b::/96")!, hops: [.init(device: "old")])]
        state.tables = ["dns64d-nat64"]
        let failure = #expect(throws: BackendFailure.self) { try plan(.sharing, state) }
        #expect(failure?.kind == .conflict)
        #expect(failure?.message.split(separator: "\n").count == 2)
        #expect(failure?.remedy == "ip -6 route del 64:ff9b::/96 dev old; or: nft delete table ip dns64d-nat64")
    }

    private static let invalid: [@Sendable (inout HostRequest) -> Void] = [
        { $0.device = "a/b" }, { $0.device = "" }, { $0.device = "all" }, { $0.device = "-x" },
        { $0.device = "sixteen-letters-" }, { $0.device = "x\ny" }, { $0.mtu = 1279 }, { $0.mtu = 65536 },
        { $0.prefixes = [] }, { $0.prefixes = [IPPrefix("192.0.2.0/24")!] }, { $0.prefixes = [IPPrefix("::/0")!] },
        { $0.deviceNetwork = IPPrefix("fd00::/48")! }, { $0.pool4 = [IPPrefix("198.51.100.0/24")!] },
        { $0.inner = nil }, { $0.forwards = [forward(.tcp, 80, 81), forward(.tcp, 80, 82)] },
        { $0.forwards = [forward(.icmp, 7, 8)] },
        {
            $0.forwards = [forward(.tcp, 80, 80)]; $0.forwards[0].inner.address = IPv4Address(192, 0, 0, 3)
        },
    ]

    private static func forward(_ proto: TransportProtocol, _ outside: UInt16, _ inner: UInt16) -> PortForward {
        PortForward(
            proto: proto, public: .init(IPv4Address(192, 0, 2, 1), outside),
            inner: .init(IPv4Address(192, 0, 0, 2), inner))
    }

    @Test(arguments: invalid.indices) func whatNoHostCouldDo(_ index: Int) {
        var request = HostRequest.sharing
        Self.invalid[index](&request)
        let failure = #expect(throws: BackendFailure.self) { try plan(request) }
        #expect(failure?.kind == .invalid)
    }

    @Test func aBindingAtAnAddressThatIsNotHereIsWarnedOf() throws {
        var request = HostRequest.sharing
        request.forwards = [Self.forward(.tcp, 80, 80)]
        #expect(try plan(request).warnings == [])
        request.forwards[0].public.address = IPv4Address(203, 0, 113, 9)
        #expect(try plan(request).warnings.count == 1)
    }
}

extension Deed {
    fileprivate var isProxy: Bool { if case .proxy = self { true } else { false } }
}
