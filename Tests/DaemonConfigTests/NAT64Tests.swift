// The section `nat64` arrives as values.

import DaemonConfig
import NetAddress
import Testing

@Suite struct NAT64ValueTests {
    @Test func defaults() throws {
        let nat64 = try load("").nat64
        #expect(nat64.backend == .none)
        #expect(nat64.whenDown == .nativeOnly)
        #expect(nat64.pool4.isEmpty)
        #expect(nat64.filtering == .endpointIndependent)
        #expect(nat64.nonGlobal == .translate)
        #expect(nat64.timers.tcpEstablished == .seconds(7_440))
        #expect(nat64.timers.tcpTransitory == .seconds(240))
        #expect(nat64.timers.udp == .seconds(300))
        #expect(nat64.timers.icmp == .seconds(60))
        #expect(nat64.quota.sessionsPerClient == 4_096)
        #expect(nat64.quota.portsPerClient == 1_024)
        #expect(nat64.quota.subscriberPrefix == 64)
        #expect(nat64.staticBindings.isEmpty)
        #expect(nat64.log == Configuration.NAT64.BindingLog())
        #expect(nat64.tun.device == "nat64")
        #expect(nat64.tun.maxSessions == 1_000_000)
    }

    @Test func everythingElseThanTheDefaults() throws {
        let nat64 = try load(
            """
            nat64:
              backend: tun
              when-down: servfail
              filtering: address-dependent
              wkp-non-global: drop
              timers: { tcp-established: 3h, tcp-transitory: 5m, udp: 150, icmp: 2m }
              quota: { sessions-per-client: 0, ports-per-client: 2000, subscriber-prefix: 56 }
              log: { bindings: blocks, file: /var/log/nat64.json, block-size: 512 }
              tun: { device: tun7, offload: false, udp-offload: false, mtu: 1500, mss-clamp: off, queues: 4, max-sessions: 5 }
            """
        ).nat64
        #expect(nat64.backend == .tun)
        #expect(nat64.whenDown == .servfail)
        #expect(nat64.filtering == .addressDependent)
        #expect(nat64.nonGlobal == .drop)
        #expect(nat64.timers.udp == .seconds(150))
        #expect(nat64.quota.sessionsPerClient == 0)
        #expect(nat64.quota.subscriberPrefix == 56)
        #expect(nat64.log.bindings == .blocks)
        #expect(nat64.log.file == "/var/log/nat64.json")
        #expect(nat64.log.blockSize == 512)
        #expect(nat64.tun.device == "tun7")
        #expect(!nat64.tun.offload)
        #expect(nat64.tun.udpOffload == .off)
        #expect(nat64.tun.mtu == .octets(1500))
        #expect(nat64.tun.mssClamp == .off)
        #expect(nat64.tun.queues == 4)
        #expect(nat64.tun.maxSessions == 5)
        #expect(try load("nat64: { log: { bindings: true } }").nat64.log.bindings == .each)
        #expect(try load("nat64: { log: { bindings: no } }").nat64.log.bindings == .none)
        #expect(try load("nat64: { tun: { udp-offload: yes, mss-clamp: 1360 } }").nat64.tun.mssClamp == .octets(1360))
    }

    @Test(arguments: [
        ("192.0.2.10", "192.0.2.10", "192.0.2.10", 1...65_535, "192.0.2.10"),
        ("192.0.2.10/32", "192.0.2.10", "192.0.2.10", 1...65_535, "192.0.2.10"),
        ("192.0.2.16/28", "192.0.2.16", "192.0.2.31", 1...65_535, "192.0.2.16/28"),
        ("192.0.2.10 40000-49999", "192.0.2.10", "192.0.2.10", 40_000...49_999, "192.0.2.10 40000-49999"),
        ("192.0.2.16/31   7", "192.0.2.16", "192.0.2.17", 7...7, "192.0.2.16/31 7"),
        ("192.0.2.10-192.0.2.20 1-65535", "192.0.2.10", "192.0.2.20", 1...65_535, "192.0.2.10-192.0.2.20"),
        ("192.0.2.16-192.0.2.31 1024-2047", "192.0.2.16", "192.0.2.31", 1024...2047, "192.0.2.16/28 1024-2047"),
    ])
    func pool4(text: String, first: String, last: String, ports: ClosedRange<UInt16>, printed: String) throws {
        let range = try #require(try load("nat64: { pool4: ['\(text)'] }").nat64.pool4.first)
        #expect(try range.addresses == #require(IPv4Address(first))...#require(IPv4Address(last)))
        #expect(range.ports == ports)
        #expect(range.description == printed)
    }

    @Test(arguments: [
        ("192.0.2.10", ["192.0.2.10/32"]), ("192.0.2.16/28", ["192.0.2.16/28"]),
        (
            "192.0.2.10-192.0.2.20",
            ["192.0.2.10/31", "192.0.2.12/30", "192.0.2.16/30", "192.0.2.20/32"]
        ),
        ("203.0.113.255-203.0.114.0", ["203.0.113.255/32", "203.0.114.0/32"]),
        ("128.0.0.0-223.255.255.255", ["128.0.0.0/2", "192.0.0.0/3"]),
        ("240.0.0.0-255.255.255.254", nil),
    ])
    func pool4AsPrefixes(text: String, prefixes: [String]?) throws {
        let range = try #require(try load("nat64: { pool4: ['\(text)'] }").nat64.pool4.first)
        if let prefixes { #expect(range.prefixes.map(\.description) == prefixes) }
        // Side by side, without a gap, and no more.
        var next = UInt64(range.addresses.lowerBound.rawValue)
        for prefix in range.prefixes {
            #expect(prefix.address == .v4(IPv4Address(rawValue: UInt32(next))))
            next += 1 << UInt64(32 - prefix.length)
        }
        #expect(next == UInt64(range.addresses.upperBound.rawValue) + 1)
    }

    @Test func sameAddressWithOtherPorts() throws {
        let text = "nat64: { pool4: ['192.0.2.10 1024-2047', '192.0.2.10 2048-4095', '192.0.2.11'] }"
        #expect(try load(text).nat64.pool4.count == 3)
    }

    @Test func staticBindings() throws {
        let bindings = try load(
            """
            nat64:
              static:
                - { proto: tcp, client: "[2001:db8::2]:80", public: "203.0.113.9:8080" }
                - { proto: udp, client: "[2001:db8::2]:80", public: "203.0.113.9:8080" }
                - { proto: icmp, client: "[2001:db8::2]:7", public: "*:7" }
                - { proto: tcp, client: "[2001:db8::2]:443", public: ":443" }
            """
        ).nat64.staticBindings
        #expect(bindings.map(\.proto) == [.tcp, .udp, .icmp, .tcp])
        #expect(bindings[0].client.description == "[2001:db8::2]:80")
        #expect(bindings.map(\.public.description) == ["203.0.113.9:8080", "203.0.113.9:8080", "*:7", "*:443"])
        #expect(bindings[2].public.address == nil)
    }

    /// The prefixes of every policy, each once.
    @Test func allPrefixes() throws {
        #expect(try load("").allPrefixes == [.wellKnown])
        let text = """
            clients:
              - { match: ["::1"], dns64: { prefixes: ["2001:db8:1::/96", "64:ff9b::/96"] } }
              - { match: ["::2"], dns64: { mode: off } }
            dns64: { prefixes: ["2001:db8:2::/64", "64:ff9b::/96"] }
            nat64: { backend: tun }
            """
        #expect(
            try load(text).allPrefixes.map(\.description) == ["2001:db8:2::/64", "64:ff9b::/96", "2001:db8:1::/96"])
    }
}
