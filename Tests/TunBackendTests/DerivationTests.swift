import HostNetwork
import NAT64Backend
import NetAddress
import Testing
import Translator

@testable import TunBackend

@Suite struct DerivationTests {
    private func derive(_ plan: NAT64Plan, _ options: TunBackend.Options = TunBackend.Options()) throws -> Derivation {
        try Derivation(plan, options, TestHost.addresses, .ethernet)
    }

    @Test func thisHostsAddressIsSharedByWayOfAnInnerOne() throws {
        let derived = try derive(.wellKnown)
        #expect(derived.settings.isShared)
        #expect(derived.settings.pool4 == [PoolRange(first: TestHost.addresses.inner, addressCount: 1)])
        #expect(derived.settings.ownAddress6 == IPv6Address("fd00:64::2")!)
        #expect(derived.request.inner == TestHost.addresses.inner && derived.request.pool4.isEmpty)
        #expect(derived.request.prefixes == [IPPrefix("64:ff9b::/96")!])
        #expect(derived.settings.maximumSegmentSize6 == 1440 && derived.settings.maximumSegmentSize4 == 1440)
        #expect(derived.request.mtu == 1520)
    }

    @Test func publicAddressesAreLedToTheDevice() throws {
        var plan = NAT64Plan.wellKnown
        let (host, net) = (IPPrefix("192.0.2.1/32")!, IPPrefix("198.51.100.0/28")!)
        plan.pool4 = [
            Pool4Range(prefix: host, ports: 1...1000), Pool4Range(prefix: host, ports: 40000...50000),
            Pool4Range(prefix: net),
        ]
        let derived = try derive(plan)
        #expect(!derived.settings.isShared)
        #expect(derived.settings.pool4.map(\.addressCount) == [1, 1, 16])
        #expect(derived.settings.ownAddress4 == IPv4Address("192.0.2.1")!)
        #expect(derived.request.pool4 == [host, net] && derived.request.partialPool4 == [host])
        #expect(derived.request.inner == nil && derived.request.forwards.isEmpty)
    }

    @Test func forwardsKeepTheirPortWhereTheyCan() throws {
        var plan = NAT64Plan.wellKnown
        func binding(_ proto: TransportProtocol, _ address: String, _ port: UInt16) -> StaticBinding {
            StaticBinding(
                proto: proto, client: TransportAddress6("2001:db8::1", port),
                public: TransportAddress4(address, port))
        }
        plan.staticBindings = [
            binding(.tcp, "203.0.113.1", 8080), binding(.tcp, "203.0.113.2", 8080), binding(.udp, "203.0.113.1", 8080),
        ]
        let derived = try derive(plan)
        #expect(derived.request.forwards.map(\.inner.port) == [8080, 8079, 8080])
        #expect(derived.request.forwards.map(\.public) == plan.staticBindings.map(\.public))
        #expect(derived.settings.staticBindings.map(\.publicPort) == [8080, 8079, 8080])
        #expect(derived.settings.staticBindings.allSatisfy { $0.publicAddress == TestHost.addresses.inner })
        plan.staticBindings = [binding(.icmp, "203.0.113.1", 9), binding(.icmp, "203.0.113.2", 9)]
        #expect(throws: BackendFailure.self) { try derive(plan) }
        plan.pool4 = [Pool4Range(prefix: IPPrefix("203.0.113.0/24")!)]
        #expect(
            try derive(plan).settings.staticBindings.map(\.publicAddress) == plan.staticBindings.map(\.public.address))
    }

    @Test func optionsAreKept() throws {
        var options = TunBackend.Options()
        options.mtu = 9000
        options.segmentSize = .off
        options.queues = 4
        options.sessionLimit = 1000
        let derived = try derive(.wellKnown, options)
        #expect(derived.request.mtu == 9000)
        #expect(derived.settings.maximumSegmentSize6 == nil)
        #expect(derived.settings.sessionLimit == 250 && derived.settings.slices == 4)
        #expect(derived.settings(slice: 3).slice == 3)
        options.segmentSize = .octets(1220)
        #expect(try derive(.wellKnown, options).settings.maximumSegmentSize4 == 1220)
        var plan = NAT64Plan.wellKnown
        plan.filtering = .addressDependent
        plan.nonGlobal = .drop
        plan.timers.udp = 120
        plan.quota.sessions = 7
        plan.log.detail = .blocks
        let settings = try derive(plan).settings
        #expect(!settings.endpointIndependentFiltering && settings.dropsNonGlobal && settings.timers.udp == 120)
        #expect(settings.quota.sessions == 7 && settings.portBlockSize == 256 && settings.recordsBindings)
    }

    @Test(arguments: [
        // (outside, others), MTU, MSS
        (1500, [1500], 1520, 1440), (1500, [9000], 9020, 1460), (1492, [1500], 1520, 1440), (1400, [1500], 1520, 1360),
        (9000, [1500], 9020, 1440), (1500, [], 1520, 1440), (1280, [1280], 1520, 1220),
        (1500, [1420, 1500], 1520, 1440),
        (500, [1500], 1520, 536), (65535, [65535], 65535, 65475),
    ])
    func linksDecideOnMTUAndSegmentSize(outside: Int, others: [Int], mtu: Int, segmentSize: UInt16) {
        let links = [(index: UInt32(2), mtu: outside)] + others.enumerated().map { (UInt32($0 + 3), $1) }
        let facts = LinkFacts(links, outside: 2)
        #expect(facts.mtu == mtu && facts.segmentSize == segmentSize)
    }

    @Test func withoutARouteTheLargestLinkCounts() {
        #expect(LinkFacts([], outside: nil) == .ethernet)
        #expect(LinkFacts([(2, 1400), (3, 1500)], outside: nil).outside == 1500)
    }
}
