// The planner for a translator in the kernel alone: states in, steps or a failure out. And sets of ports.

import NAT64Backend
import NetAddress
import Testing

@testable import HostNetwork

@Suite struct KernelPlannerTests {
    private func plan(
        _ request: KernelTranslatorRequest = .whole, _ state: HostState = .plain, recorded: [Deed] = []
    ) throws(BackendFailure) -> Plan {
        try KernelPlanner(request: request, state: state, recorded: recorded).plan()
    }

    private func request(_ pool4: String...) -> KernelTranslatorRequest {
        KernelTranslatorRequest(name: "x", prefixes: [IPPrefix("64:ff9b::/96")!], pool4: pool4.map { IPPrefix($0)! })
    }

    private func added(_ plan: Plan) -> [String] {
        plan.preview.steps.map(\.command).filter { $0.hasPrefix("ip ") }
    }

    @Test func theNetworksOwnAddressesAreSkippedAndWarnedOf() throws {
        let plan = try plan(request("192.0.2.0/31", "192.0.2.254/31"))
        #expect(added(plan) == ["ip addr add 192.0.2.254/32 dev eth0"])
        #expect(
            plan.warnings == [
                "pool4 192.0.2.0/31 holds 192.0.2.0, which is 192.0.2.0/24 on eth0 itself: no session can use it; "
                    + "name prefixes without it",
                "pool4 192.0.2.254/31 holds 192.0.2.255, the broadcast address of 192.0.2.0/24 on eth0: no session can "
                    + "use it; name prefixes without it",
            ])
    }

    @Test func aWholeNetworkIsAllowedAndNoMore() throws {
        // 256 less its own two and the host's.
        #expect(added(try plan(request("192.0.2.0/24"))).count == 253)
        var state = HostState.plain
        state.addresses[0].length = 20
        let failure = #expect(throws: BackendFailure.self) { try plan(request("192.0.0.0/20"), state) }
        #expect(failure?.kind == .invalid)
        #expect(
            failure?.message.hasPrefix("more than 256 addresses of pool4 (192.0.0.0/20) lie on 192.0.0.0/20") == true)
        #expect(failure?.remedy?.hasPrefix("let the network's router send 192.0.0.0/20 to this host") == true)
        // So large a network must not be counted one by one.
        state.addresses[0].length = 1
        #expect(throws: BackendFailure.self) { try plan(request("128.0.0.0/1"), state) }
    }

    @Test func anAddressIsGivenOnceToItsSmallestNetwork() throws {
        var state = HostState.plain
        state.links.append(.init(name: "eth1", index: 4, mtu: 1500, isUp: true, usesARP: true))
        state.addresses.append(.init(device: "eth1", address: IPAddress("192.0.2.18")!, length: 28))
        // Nobody asks on a device without ARP.
        state.addresses.append(.init(device: "nat64", address: IPAddress("192.0.2.17")!, length: 30))
        #expect(
            added(try plan(request("192.0.2.19/32", "192.0.2.19/32", "192.0.2.40/32"), state)) == [
                "ip addr add 192.0.2.19/32 dev eth1", "ip addr add 192.0.2.40/32 dev eth0",
            ])
    }

    @Test func aGatewayInThePoolIsAConflict() throws {
        var state = HostState.plain
        let hop = HostState.Route.Hop(device: "eth0", gateway: IPAddress("192.0.2.20"))
        state.routes = [.init(destination: IPPrefix("0.0.0.0/0")!, hops: [hop])]
        let failure = #expect(throws: BackendFailure.self) { try plan(request("192.0.2.16/29"), state) }
        #expect(failure?.kind == .conflict)
        #expect(failure?.message == "pool4 192.0.2.16/29 holds 192.0.2.20, which is a gateway of this host")
    }

    @Test func anAddressOfTheHostInAPrefixIsWarnedOf() throws {
        var state = HostState.plain
        state.addresses.append(.init(device: "eth0", address: IPAddress("64:ff9b::1")!, length: 128))
        #expect(
            try plan(request(), state).warnings == [
                "64:ff9b::/96 holds an address of this host: what is sent to 64:ff9b::1 on eth0 is translated, and does "
                    + "not arrive there"
            ])
    }

    @Test func blackholesInsideOneAnotherAreOurs() throws {
        let request = request("198.51.100.0/24", "198.51.100.16/28")
        let deeds = try plan(request).steps.map(\.deed)
        var state = HostState.plain
        state.routes = request.pool4.map { .init(destination: $0, type: "blackhole", hops: [.init()]) }
        let again = try plan(request, state, recorded: deeds)
        #expect(added(again) == [])
        #expect(again.removals == [])
        // Without a record they are somebody's.
        #expect(added(try plan(request, state)) == [])
    }

    @Test func whatNoHostCouldDo() {
        var requests = [request(), request("0.0.0.0/0"), request("2001:db8::/64"), request()]
        requests[0].name = ""
        requests[3].prefixes = [IPPrefix("192.0.2.0/24")!]
        for request in requests {
            let failure = #expect(throws: BackendFailure.self) { try plan(request) }
            #expect(failure?.kind == .invalid)
        }
    }

    /// Killed between the record and the kernel: what was added before must not be forgotten.
    @Test func portsOfBothTimesAreKnownUntilTheChangeIsMade() throws {
        var state = HostState.plain
        state.sysctls[Sysctl.reservedPorts] = "80,100-200"
        let old = Deed.reservedPorts(.init(added: PortSet([100...200]), list: PortSet("80,100-200")!))
        let step = try #require(try plan(.reserving(150...250), state, recorded: [old]).steps.first)
        #expect(step.deed.undo(in: state).typed(in: nil) == "sysctl -w net.ipv4.ip_local_reserved_ports=80")
        state.sysctls[Sysctl.reservedPorts] = "80,90,150-250"
        #expect(step.deed.undo(in: state).typed(in: nil) == "sysctl -w net.ipv4.ip_local_reserved_ports=80,90")
        #expect(step.deed.settled != step.deed)
        #expect(
            try plan(.reserving(150...250), state, recorded: [step.deed.settled]).steps.allSatisfy {
                $0.deed.identity != .reservedPorts
            })
    }

    @Test(arguments: [
        ("", "", "", ""), ("1-10", "3-4,8", "1-2,5-7,9-10", "1-10"), ("5", "5", "", "5"), ("5,6,7", "", "5-7", "5-7"),
        ("0-65535", "0,65535", "1-65534", "0-65535"), ("10-20", "5-12,18-30", "13-17", "5-30"),
        ("8080,9148-9150", "9149", "8080,9148,9150", "8080,9148-9150"),
    ]) func setsOfPorts(_ first: String, _ second: String, _ rest: String, _ both: String) throws {
        let (first, second) = (try #require(PortSet(first)), try #require(PortSet(second)))
        #expect("\(first.subtracting(second))" == rest)
        #expect("\(first.union(second))" == both)
        #expect(first.union(second).isSuperset(of: first))
        #expect(first.subtracting(second).isDisjoint(with: second))
        #expect(first.isDisjoint(with: second) == ("\(first)" == rest))
    }

    @Test(arguments: ["x", "1,", ",1", "1--2", "2-1", "1-2-3", "65536", "-1", " 1"])
    func whatIsNoSetOfPorts(_ text: String) { #expect(PortSet(text) == nil) }
}
