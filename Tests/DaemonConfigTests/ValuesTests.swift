// What files say arrives as values: the defaults, the documented sample, each notation.

import DaemonConfig
import NetAddress
import Testing

@Suite struct ValuesTests {
    @Test(arguments: ["", "\n", "# nothing\n", "---\n", "~", "{}", "server:\ndns64:\nclients:\nzones:\ncache:\n"])
    func emptyFileIsAllDefaults(text: String) throws {
        #expect(try load(text) == Configuration())
    }

    @Test func defaults() throws {
        let configuration = try load("")
        #expect(configuration.server.listen == [.address(try socket("0.0.0.0")), .address(try socket("[::]"))])
        #expect(configuration.server.allow == .automatic)
        #expect(configuration.server.workers == .automatic)
        #expect(configuration.server.udpSize == 1232)
        #expect(configuration.server.tcp.connections == 512)
        #expect(configuration.control.socket == "/run/dns64d/control.sock")
        #expect(configuration.dns64.prefixes == [.wellKnown])
        #expect(configuration.dns64.excludeAAAA == [try prefix("::ffff:0:0/96")])
        #expect(configuration.dns64.excludeA == [.special])
        #expect(configuration.dns64.ttlWithoutSOA == .seconds(600))
        #expect(configuration.upstream == [Configuration.Upstream(zone: ".", servers: [.system])])
        #expect(configuration.cache.size == 67_108_864)
        #expect(configuration.cache.serveStale.replyAfter == .milliseconds(1800))
    }

    /// The sample that the project's specification prints.
    static let sample = """
        server:
          listen: ["127.0.0.1:5364", "[::1]:5364"]   # address, address:port, [v6]:port, or interface names; default port 53
          allow: ["127.0.0.0/8", "::1/128"]           # who may ask; default: loopback, the networks of this machine's own interfaces
          workers: auto
        control:
          socket: /run/dns64d/control.sock
        dns64:
          mode: standard                 # standard | synthall | off
          prefixes: ["64:ff9b::/96"]     # any of the six lengths of RFC 6052, one or several
          suffix: "::"                   # bits behind the IPv4 address, for prefixes shorter than /96
          exclude-aaaa: ["::ffff:0:0/96"]  # AAAA in these ranges are treated as if they did not exist (RFC 6147 5.1.4)
          exclude-a: [special]           # IPv4 ranges that are never synthesized; the word stands for the default list below; [] for none
          exclude-names: []              # nothing under these names is synthesized
          ignore-aaaa: []                # names whose own AAAA are ignored (A first; if there is no A, their AAAA after all)
          break-dnssec: false
          reverse: cname                 # cname | direct | off
        clients:                         # first match wins; overrides the dns64 section for these sources
          - match: ["2001:db8:1::/64"]
            dns64: { mode: synthall }
        upstream:
          - zone: "."
            servers: ["9.9.9.9", "[2620:fe::fe]:53"]   # or "system"
            policy: fastest              # fastest | ordered | race
          - zone: corp.example
            servers: ["10.0.0.53"]
        cache:
          size: 64MiB
          min-ttl: 0s
          max-ttl: 1d
          max-negative-ttl: 1h
          serve-stale: { enabled: false, max-age: 1d, reply-after: 1800ms }
          prefetch: true
        zones:
          - name: demo.home.arpa
            file: zones/demo.zone
        nat64:
          backend: tun               # none | tun
          when-down: native-only
          pool4: []                  # "192.0.2.10", "192.0.2.16/28", "192.0.2.10 40000-49999"; empty: share this host's own address
          filtering: endpoint-independent   # or address-dependent
          timers: { tcp-established: 2h4m, tcp-transitory: 4m, udp: 5m, icmp: 60s }
          quota: { sessions-per-client: 4096, ports-per-client: 1024 }
          static: [ { proto: tcp, client: "[2001:db8:64::2]:80", public: "203.0.113.9:8080" } ]   # tcp | udp | icmp (identifier as port)
          log: { bindings: false }   # RFC 6888 logging: bindings or port blocks, to the log or a file, in JSON
          tun: { device: nat64, offload: true, mtu: auto, mss-clamp: auto, queues: 1 }
        log: { level: info }
        """

    @Test func sampleIsReadVerbatim() throws {
        var expected = Configuration()
        expected.server.listen = [.address(try socket("127.0.0.1:5364")), .address(try socket("[::1]:5364"))]
        expected.server.allow = .networks([try prefix("127.0.0.0/8"), try prefix("::1/128")])
        var synthall = Configuration.DNS64()
        synthall.mode = .synthall
        expected.clients = [
            Configuration.Client(match: [try prefix("2001:db8:1::/64")], overrides: ["mode"], effective: synthall)
        ]
        expected.upstream = [
            Configuration.Upstream(
                zone: ".",
                servers: [
                    .address(try socket("9.9.9.9"), scope: nil), .address(try socket("[2620:fe::fe]:53"), scope: nil),
                ]),
            Configuration.Upstream(zone: "corp.example", servers: [.address(try socket("10.0.0.53"), scope: nil)]),
        ]
        expected.zones = [Configuration.Zone(name: "demo.home.arpa", file: "zones/demo.zone")]
        expected.nat64.backend = .tun
        let client = try #require(IPv6Address("2001:db8:64::2"))
        expected.nat64.staticBindings = [
            .init(
                proto: .tcp, client: .init(client, port: 80), public: .init(IPv4Address(203, 0, 113, 9), port: 8080))
        ]
        #expect(try load(Self.sample) == expected)
    }

    @Test func listenNotations() throws {
        let text = """
            server: { listen: ["192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:5353", \
            eth0, "eth0:5353", br-lan.7, "fe80::1%eth0", "[fe80::1%eth0]:5353"] }
            """
            .replacing("\"2001:db8::1\", ", with: "")
        #expect(
            try load(text).server.listen == [
                .address(try socket("192.0.2.1:53")), .address(try socket("192.0.2.1:5353")),
                .address(try socket("[2001:db8::1]:53")), .address(try socket("[2001:db8::1]:5353")),
                .interface("eth0", port: 53), .interface("eth0", port: 5353), .interface("br-lan.7", port: 53),
                .linkLocal(try socket("[fe80::1]:53"), interface: "eth0"),
                .linkLocal(try socket("[fe80::1]:5353"), interface: "eth0"),
            ])
        #expect(
            try load("server: { listen: ['2001:db8::1'] }").server.listen == [.address(try socket("[2001:db8::1]:53"))])
    }

    @Test func serverNotations() throws {
        let system: [Configuration.UpstreamServer] = [.system]
        for servers in ["system", "[system]", "\"system\"", "[\"system\"]"] {
            #expect(try load("upstream: [{ zone: ., servers: \(servers) }]").upstream[0].servers == system)
        }
        let text =
            "upstream: [{ zone: A.Example., servers: [system, 192.0.2.1, '192.0.2.1:54', '2001:db8::1', 'fe80::1%eth0'] }]"
        let upstream = try load(text).upstream[0]
        #expect(upstream.zone == "a.example")
        #expect(
            upstream.servers == [
                .system, .address(try socket("192.0.2.1:53"), scope: nil),
                .address(try socket("192.0.2.1:54"), scope: nil),
                .address(try socket("[2001:db8::1]:53"), scope: nil),
                .address(try socket("[fe80::1]:53"), scope: "eth0"),
            ])
    }

    @Test(arguments: [
        ("0s", Duration.zero), ("600", .seconds(600)), ("1d", .seconds(86_400)), ("2h4m", .seconds(7_440)),
        ("1w", .seconds(604_800)), ("\"30s\"", .seconds(30)), ("1d2h3m4s", .seconds(93_784)), ("1000ms", .seconds(1)),
    ])
    func durations(text: String, expected: Duration) throws {
        #expect(try load("cache: { max-negative-ttl: \(text) }").cache.maxNegativeTTL == expected)
    }

    @Test(arguments: [
        ("64MiB", 64 << 20), ("1GiB", 1 << 30), ("2048KiB", 2 << 20), ("5MB", 5_000_000), ("1048576", 1 << 20),
        ("2000kB", 2_000_000), ("1TiB", 1 << 40), ("1048576B", 1 << 20),
    ])
    func sizes(text: String, expected: Int) throws {
        #expect(try load("cache: { size: \(text) }").cache.size == expected)
    }

    @Test(arguments: [
        ("Example.COM.", "example.com"), (".", "."), ("_dns.host-1", "_dns.host-1"),
        (#"a\046b.example"#, #"a\046b.example"#),
        (#"\065\066.example"#, "ab.example"), (#"\000\255"#, #"\000\255"#), ("no", "no"), ("10", "10"),
    ])
    func names(text: String, expected: String) throws {
        #expect(try load("dns64: { exclude-names: [\(text)] }").dns64.excludeNames == [expected])
    }

    @Test func words() throws {
        #expect(try load("dns64: { mode: off, reverse: off }").dns64.mode == .off)
        #expect(try load("server: { cookies: no }").server.cookies == false)
        #expect(try load("server: { workers: 4 }").server.workers == .count(4))
        #expect(try load("server: { allow: auto }").server.allow == .automatic)
        #expect(try load("server: { allow: [] }").server.allow == .networks([]))
        #expect(try load("control: { socket: null }").control.socket == nil)
        #expect(try load("server: { user: ~ }").server.user == nil)
        let secret = try load("server: { cookie-secret: 000102030405060708090A0B0C0D0E0F }").server.cookieSecret
        #expect(secret == Array(0...15))
    }

    @Test func excludedAMixesTheWordAndRanges() throws {
        #expect(
            try load("dns64: { exclude-a: [special, 198.51.100.0/24] }").dns64.excludeA
                == [.special, .range(try prefix("198.51.100.0/24"))])
        #expect(try load("dns64: { exclude-a: [] }").dns64.excludeA.isEmpty)
    }

    /// A client's entry inherits what it does not name, wherever the dns64 section stands in the file.
    @Test func clientsInherit() throws {
        let configuration = try load(
            """
            clients:
              - match: [192.0.2.1]
                name: one
                dns64: { mode: off }
              - match: ["2001:db8::/32"]
                dns64: { prefixes: ["2001:db8:64::/96"], exclude-a: [] }
              - match: ["0.0.0.0/0"]
            dns64:
              mode: synthall
              break-dnssec: true
            """)
        #expect(configuration.clients.map(\.overrides) == [["mode"], ["prefixes", "exclude-a"], []])
        #expect(configuration.clients.map(\.effective.mode) == [.off, .synthall, .synthall])
        #expect(configuration.clients.map(\.effective.breakDNSSEC) == [true, true, true])
        #expect(configuration.clients[1].effective.prefixes == [try pref64("2001:db8:64::/96")])
        #expect(configuration.clients[1].effective.excludeA.isEmpty)
        #expect(configuration.clients[2].effective == configuration.dns64)
    }

    @Test func suffixFitsBehindEveryPrefix() throws {
        let text = #"dns64: { prefixes: ["2001:db8::/32", "2001:db9::/64"], suffix: "::ff:ffff" }"#
        #expect(try load(text).dns64.suffix == IPv6Address("::ff:ffff"))
    }

    @Test func anchorsAndAliases() throws {
        let configuration = try load(
            """
            upstream:
              - zone: a.example
                servers: &servers [192.0.2.1]
              - zone: b.example
                servers: *servers
            """)
        #expect(configuration.upstream[0].servers == configuration.upstream[1].servers)
    }

    @Test func byteOrderMarkAndCarriageReturns() throws {
        #expect(try load("\u{FEFF}server:\r\n  workers: 3\r\n").server.workers == .count(3))
    }
}
