import NAT64Backend
import NetAddress
import Testing

@testable import JoolBackend

/// What the configuration asks, what the host is, and the instances that come of it.
@Suite struct WishesTests {
    private let prefix = Pref64.wellKnown
    private var host: HostFacts {
        var host = HostFacts()
        host.addresses = [IPv4Address(203, 0, 113, 9)]
        host.primary = IPv4Address(203, 0, 113, 9)
        return host
    }

    private func plan(_ pool: String...) -> NAT64Plan {
        var plan = NAT64Plan(prefixes: [prefix])
        plan.pool4 = pool.compactMap(Pool4Range.init(text:))
        return plan
    }

    private func wishes(_ plan: NAT64Plan, _ options: JoolBackend.Options = .init(), _ host: HostFacts? = nil) throws
        -> Wishes
    {
        try Wishes(plan, options, host ?? self.host)
    }

    private func failure(_ plan: NAT64Plan, _ options: JoolBackend.Options = .init(), _ host: HostFacts? = nil)
        -> String
    {
        do throws(BackendFailure) {
            _ = try Wishes(plan, options, host ?? self.host)
            return ""
        } catch { return error.message }
    }

    @Test("an instance of ours is told all that the plan says")
    func whole() throws {
        var plan = plan("192.0.2.0/24")
        plan.filtering = .addressDependent
        plan.timers.udp = 600
        plan.log.detail = .bindings
        plan.ownSettings = ["lowest-ipv6-mtu": "1400"]
        let wish = try #require(try wishes(plan).instances.first)
        #expect(wish.name == "dns64d" && wish.framework == .netfilter && wish.pool6 == prefix)
        #expect(
            wish.globals == [
                "address-dependent-filtering": "true", "tcp-est-timeout": "2:04:00", "tcp-trans-timeout": "0:04:00",
                "udp-timeout": "0:10:00", "icmp-timeout": "0:01:00", "logging-bib": "true", "lowest-ipv6-mtu": "1400",
            ])
        #expect(wish.pool4 == PoolTable(plan.pool4) && wish.staticBindings == [] && wish.rules == [])
    }

    @Test("an adopted one is told what the configuration names, and nothing else")
    func adopted() throws {
        var options = JoolBackend.Options()
        options.adopts = true
        var plan = plan("192.0.2.0/24")
        plan.timers.udp = 600
        let nothing = try #require(try wishes(plan, options).instances.first)
        #expect(
            nothing.globals.isEmpty && nothing.pool4 == nil && nothing.staticBindings == nil && nothing.rules == nil)
        plan.named = [.udp, .pool4]
        let named = try #require(try wishes(plan, options).instances.first)
        #expect(named.globals == ["udp-timeout": "0:10:00"])
        #expect(named.pool4 == PoolTable(plan.pool4) && named.staticBindings == nil)
    }

    @Test("the host's programs are kept off the ports of pool4")
    func reserved() throws {
        let own = try wishes(plan("203.0.113.9 40000-40999"))
        #expect(own.reserved.ranges == [40000...40999] && own.reports.count == 1)
        let other = try wishes(plan("192.0.2.1 40000-40999"))
        #expect(other.reserved.isEmpty && other.reports.isEmpty)
        let beside = try wishes(plan("203.0.113.9 61000-65535"))
        #expect(beside.reserved.isEmpty && beside.reports.isEmpty)
        let empty = try wishes(plan())
        #expect(empty.reserved.isEmpty && empty.reports.isEmpty)
        var wide = host
        wide.localPorts = 1024...65535
        let narrowed = try wishes(plan(), .init(), wide)
        #expect(narrowed.reserved.ranges == [61001...65535] && narrowed.reports.count == 1)
    }

    @Test("where that left programs too few, pool4 goes without")
    func keptOut() throws {
        let wishes = try wishes(plan("203.0.113.9"))
        let pool = try #require(wishes.instances.first?.pool4)
        let key = PoolTable.Key(proto: .tcp, address: IPv4Address(203, 0, 113, 9))
        #expect(pool.ports[key]?.spaced == "1024-32767, 61000-65535")
        #expect(wishes.reserved.isEmpty && wishes.reports.count == 1)
        let identifiers = PoolTable.Key(proto: .icmp, address: IPv4Address(203, 0, 113, 9))
        #expect(pool.ports[identifiers]?.description == "1-65535")
        #expect(failure(plan("203.0.113.9 32768-60000")).contains("nothing of pool4's tcp ports"))
        var high = host
        high.localPorts = 61001...65535
        #expect(failure(plan(), .init(), high).contains("Jool needs the ports 61001-65535"))
    }

    @Test("static bindings of the host's own address name it; their ports are pool4's and no program's")
    func bindings() throws {
        let client = TransportAddress6(IPv6Address(high: 0x2001_0db8 << 32, low: 5), 80)
        func binding(_ port: UInt16, _ address: IPv4Address = StaticBinding.hostAddress) -> StaticBinding {
            StaticBinding(proto: .tcp, client: client, public: TransportAddress4(address, port))
        }
        var plan = plan()
        plan.staticBindings = [binding(62000)]
        let wish = try #require(try wishes(plan).instances.first)
        #expect(wish.staticBindings == [binding(62000, IPv4Address(203, 0, 113, 9))] && wish.pool4 == PoolTable())
        plan.staticBindings = [binding(8080)]
        #expect(failure(plan).contains("61001-65535"))
        plan.pool4 = [Pool4Range(text: "203.0.113.9 62000-63000")].compactMap { $0 }
        let both = try wishes(plan)
        #expect(both.instances[0].pool4?.contains(.tcp, TransportAddress4(IPv4Address(203, 0, 113, 9), 8080)) == true)
        var nowhere = host
        nowhere.primary = nil
        #expect(failure(plan, .init(), nowhere).contains("no IPv4 address"))
    }

    @Test("several prefixes are several instances of iptables, each with ports of its own")
    func several() throws {
        var plan = plan("192.0.2.1 1000-1999")
        plan.prefixes.append(try Pref64(#require(IPPrefix("2001:db8:64::/96"))))
        #expect(failure(plan).contains("one prefix"))
        var options = JoolBackend.Options()
        options.framework = .iptables
        let wishes = try wishes(plan, options)
        #expect(wishes.instances.map(\.name) == ["dns64d", "dns64d-2"])
        #expect(wishes.instances[0].pool4?.pieces.first?.ports == 1000...1499)
        #expect(wishes.instances[1].pool4?.pieces.first?.ports == 1500...1999)
        #expect(
            wishes.instances[1].rules?.map { $0.words.joined(separator: " ") }.sorted() == [
                "PREROUTING -d 192.0.2.1/32 -j JOOL --instance dns64d-2",
                "PREROUTING -d 2001:db8:64::/96 -j JOOL --instance dns64d-2",
            ])
        plan.pool4 = []
        #expect(failure(plan, options).contains("ports of its own"))
        options.adopts = true
        #expect(failure(plan, options).contains("adopted"))
    }
}
