// Every mistake that the section `nat64` can hold, with its words, and what is taken with a warning.

import DaemonConfig
import Testing

@Suite struct NAT64ErrorTests {
    private static let addressAllowed =
        "an IPv4 address, prefix or range (192.0.2.10-192.0.2.20), with ports behind a space if not all: "
        + "192.0.2.10 40000-49999"
    private static let clientAllowed =
        "a unicast IPv6 address and a port, such as [2001:db8:64::2]:80; with icmp an identifier for the port"
    private static let publicAllowed =
        "an IPv4 address and a port, such as 203.0.113.9:8080, or *:8080 for this host's own address; "
        + "with icmp an identifier for the port"
    private static let durationAllowed = "a duration in whole seconds from 1s to 30d, such as 30s, 2h4m, 1d"

    /// What stands in the section, the key that is wrong, and what is said of it.
    static let mistakes: [(String, String, String)] = [
        ("backend: tayga", "backend", #"found "tayga"; allowed: one of none, tun, jool"#),
        ("backend: tnu", "backend", #"found "tnu"; allowed: one of none, tun, jool (did you mean tun?)"#),
        ("backend: Jol", "backend", #"found "Jol"; allowed: one of none, tun, jool (did you mean jool?)"#),
        ("when-down: off", "when-down", "found off; allowed: one of synthesize, native-only, servfail"),
        (
            "filtering: none", "filtering",
            #"found "none"; allowed: one of endpoint-independent, address-dependent"#
        ),
        ("wkp-non-global: pass", "wkp-non-global", #"found "pass"; allowed: one of translate, drop"#),
        // pool4
        (
            "pool4: 192.0.2.1", "pool4",
            #"found "192.0.2.1"; allowed: a list of IPv4 addresses, prefixes or ranges, with their ports if not all"#
                + #" (did you mean ["192.0.2.1"]?)"#
        ),
        ("pool4: ['2001:db8::1']", "pool4[0]", "found \"2001:db8::1\"; allowed: \(addressAllowed)"),
        ("pool4: [7]", "pool4[0]", "found 7; allowed: \(addressAllowed)"),
        (
            "pool4: ['192.0.2.1/28']", "pool4[0]",
            "found \"192.0.2.1/28\", which has bits set behind /28; allowed: \(addressAllowed)"
                + " (did you mean 192.0.2.0/28?)"
        ),
        (
            "pool4: ['192.0.2.9-192.0.2.1']", "pool4[0]",
            "found \"192.0.2.9-192.0.2.1\", which ends before it begins; allowed: \(addressAllowed)"
                + " (did you mean \"192.0.2.1-192.0.2.9\"?)"
        ),
        ("pool4: ['192.0.2.1-192.0.2']", "pool4[0]", "found \"192.0.2.1-192.0.2\"; allowed: \(addressAllowed)"),
        ("pool4: ['192.0.2.1 0-10']", "pool4[0]", "found \"192.0.2.1 0-10\"; allowed: \(addressAllowed)"),
        ("pool4: ['192.0.2.1 9-1']", "pool4[0]", "found \"192.0.2.1 9-1\"; allowed: \(addressAllowed)"),
        ("pool4: ['192.0.2.1 1-65536']", "pool4[0]", "found \"192.0.2.1 1-65536\"; allowed: \(addressAllowed)"),
        ("pool4: ['192.0.2.1 1-2-3']", "pool4[0]", "found \"192.0.2.1 1-2-3\"; allowed: \(addressAllowed)"),
        ("pool4: ['192.0.2.1 1 2']", "pool4[0]", "found \"192.0.2.1 1 2\"; allowed: \(addressAllowed)"),
        ("pool4: ['']", "pool4[0]", "found \"\"; allowed: \(addressAllowed)"),
        (
            "pool4: [127.0.0.1]", "pool4[0]",
            "found \"127.0.0.1\", which is or holds loopback (127.0.0.0/8); allowed: \(addressAllowed)"
        ),
        (
            "pool4: ['224.0.0.0/24']", "pool4[0]",
            "found \"224.0.0.0/24\", which is or holds multicast (224.0.0.0/4); allowed: \(addressAllowed)"
        ),
        (
            "pool4: ['0.0.0.0/0']", "pool4[0]",
            "found \"0.0.0.0/0\", which is or holds this network (0.0.0.0/8); allowed: \(addressAllowed)"
        ),
        (
            "pool4: ['255.255.255.254/31 7']", "pool4[0]",
            "found \"255.255.255.254/31 7\", which is or holds broadcast (255.255.255.255); allowed: \(addressAllowed)"
        ),
        (
            "pool4: [192.0.2.1, '192.0.2.1/32']", "pool4[1]",
            "found \"192.0.2.1/32\", which repeats nat64.pool4[0]; allowed: \(addressAllowed)"
        ),
        (
            "pool4: ['192.0.2.0/28 1-100', '192.0.2.8-192.0.2.99 100-200']", "pool4[1]",
            "found \"192.0.2.8-192.0.2.99 100-200\", which overlaps nat64.pool4[0]; allowed: \(addressAllowed)"
        ),
        // timers, quota, log
        ("timers: { udp: 0 }", "timers.udp", "found 0; allowed: \(durationAllowed)"),
        ("timers: { icmp: 500ms }", "timers.icmp", "found 500ms; allowed: \(durationAllowed)"),
        ("timers: { tcp-transitory: 90500ms }", "timers.tcp-transitory", "found 90500ms; allowed: \(durationAllowed)"),
        ("timers: { tcp-established: 31d }", "timers.tcp-established", "found 31d; allowed: \(durationAllowed)"),
        (
            "timers: { tcp: 1h }", "timers.tcp",
            #"found the unknown key "tcp"; allowed: tcp-established, tcp-transitory, udp, icmp (did you mean "#
        ),
        (
            "quota: { sessions-per-client: -1 }", "quota.sessions-per-client",
            "found -1; allowed: a whole number from 0 to 16777216"
        ),
        (
            "quota: { ports-per-client: many }", "quota.ports-per-client",
            #"found "many"; allowed: a whole number from 0 to 16777216"#
        ),
        (
            "quota: { subscriber-prefix: 129 }", "quota.subscriber-prefix",
            "found 129; allowed: a whole number from 1 to 128"
        ),
        ("log: { bindings: all }", "log.bindings", #"found "all"; allowed: blocks, or true or false"#),
        ("log: { file: '' }", "log.file", #"found ""; allowed: the path of a file, or null"#),
        ("log: { block-size: 250 }", "log.block-size", "found 250; allowed: a power of two from 16 to 16384"),
        ("log: { block-size: 8 }", "log.block-size", "found 8; allowed: a power of two from 16 to 16384"),
        // tun
        (
            "tun: { device: lo }", "tun.device",
            #"found "lo"; allowed: a device's name: 1 to 15 printable letters without space, /, : or %; not lo, "#
                + "all or default"
        ),
        ("tun: { device: sixteen-letters-x }", "tun.device", #"found "sixteen-letters-x"; allowed: a device's name:"#),
        ("tun: { device: a/b }", "tun.device", #"found "a/b"; allowed: a device's name:"#),
        ("tun: { device: 'a b' }", "tun.device", #"found "a b"; allowed: a device's name:"#),
        ("tun: { device: tun%d }", "tun.device", #"found "tun%d"; allowed: a device's name:"#),
        ("tun: { offload: auto }", "tun.offload", #"found "auto"; allowed: true or false"#),
        ("tun: { udp-offload: 1 }", "tun.udp-offload", "found 1; allowed: auto, or true or false"),
        ("tun: { mtu: 1279 }", "tun.mtu", "found 1279; allowed: auto, or a whole number from 1280 to 65535"),
        ("tun: { mtu: 65536 }", "tun.mtu", "found 65536; allowed: auto, or a whole number from 1280 to 65535"),
        (
            "tun: { mss-clamp: 535 }", "tun.mss-clamp",
            "found 535; allowed: auto, or off, or a whole number from 536 to 65495"
        ),
        ("tun: { queues: 17 }", "tun.queues", "found 17; allowed: a whole number from 1 to 16"),
        ("tun: { max-sessions: 0 }", "tun.max-sessions", "found 0; allowed: a whole number from 1 to 16777216"),
        // static
        (
            "static: [{ client: '[2001:db8::2]:80', public: '*:80' }]", "static[0].proto",
            "found nothing; allowed: one of tcp, udp, icmp; this key must be there"
        ),
        (
            "static: [{ proto: tcp, public: '*:80' }]", "static[0].client",
            "found nothing; allowed: \(clientAllowed); this key must be there"
        ),
        (
            "static: [{ proto: tcp, client: '[2001:db8::2]:80' }]", "static[0].public",
            "found nothing; allowed: \(publicAllowed); this key must be there"
        ),
        (
            "static: [{ proto: sctp, client: '[2001:db8::2]:80', public: '*:80' }]", "static[0].proto",
            #"found "sctp"; allowed: one of tcp, udp, icmp"#
        ),
        (
            "static: { proto: tcp }", "static",
            "found a section (keys and values); allowed: a list of sections with keys among proto, client, public"
        ),
        (binding(client: "2001:db8::2"), "static[0].client", "found \"2001:db8::2\"; allowed: \(clientAllowed)"),
        (
            binding(client: "[2001:db8::2]:0"), "static[0].client",
            "found \"[2001:db8::2]:0\"; allowed: \(clientAllowed)"
        ),
        (binding(client: "192.0.2.1:80"), "static[0].client", "found \"192.0.2.1:80\"; allowed: \(clientAllowed)"),
        (
            binding(client: "[ff02::1]:80"), "static[0].client",
            "found \"[ff02::1]:80\", which no other host reaches by this address; allowed: \(clientAllowed)"
        ),
        (
            binding(client: "[fe80::1]:80"), "static[0].client",
            "found \"[fe80::1]:80\", which no other host reaches by this address; allowed: \(clientAllowed)"
        ),
        (
            binding(client: "[::1]:80"), "static[0].client",
            "found \"[::1]:80\", which no other host reaches by this address; allowed: \(clientAllowed)"
        ),
        (binding(public: "203.0.113.9"), "static[0].public", "found \"203.0.113.9\"; allowed: \(publicAllowed)"),
        (binding(public: "203.0.113.9:0"), "static[0].public", "found \"203.0.113.9:0\"; allowed: \(publicAllowed)"),
        (binding(public: "[::1]:80"), "static[0].public", "found \"[::1]:80\"; allowed: \(publicAllowed)"),
        (
            binding(public: "224.0.0.1:80"), "static[0].public",
            "found \"224.0.0.1:80\", which is or holds multicast (224.0.0.0/4); allowed: \(publicAllowed)"
        ),
        (
            binding(client: "[64:ff9b::1:2]:80"), "static[0].client",
            #"found "[64:ff9b::1:2]:80", which lies in the NAT64 prefix 64:ff9b::/96; allowed: an address of a host "#
                + "of the IPv6 network"
        ),
        (
            "pool4: ['192.0.2.0/24'], " + binding(public: "198.51.100.1:80"), "static[0].public",
            #"found "198.51.100.1:80", which is not in nat64.pool4; allowed: an address of nat64.pool4, which is not "#
                + "empty"
        ),
        (
            "pool4: ['192.0.2.0/24'], " + binding(public: ":80"), "static[0].public",
            #"found "*:80", which names no address; allowed: an address of nat64.pool4, which is not empty"#
        ),
        (
            twice("udp", "[2001:db8::2]:80", "203.0.113.9:81"), "static[1].client",
            #"found "[2001:db8::2]:80", which nat64.static[0] binds already; allowed: each client address and port "#
                + "once for udp"
        ),
        (
            twice("udp", "[2001:db8::2]:81", "203.0.113.9:80"), "static[1].public",
            #"found "203.0.113.9:80", which nat64.static[0] has already; allowed: each public address and port once "#
                + "for udp"
        ),
        (
            twice("udp", "[2001:db8::2]:81", "*:80"), "static[1].public",
            #"found "*:80", which nat64.static[0] has already; allowed: each public address and port once for udp"#
        ),
    ]

    private static func binding(client: String = "[2001:db8::2]:80", public: String = "203.0.113.9:80") -> String {
        "static: [{ proto: tcp, client: '\(client)', public: '\(`public`)' }]"
    }

    private static func twice(_ proto: String, _ client: String, _ public: String) -> String {
        """
        static: [{ proto: udp, client: '[2001:db8::2]:80', public: '203.0.113.9:80' }, \
        { proto: \(proto), client: '\(client)', public: '\(`public`)' }]
        """
    }

    @Test(arguments: mistakes.indices)
    func mistake(index: Int) throws {
        let (text, key, expected) = Self.mistakes[index]
        let found = lines("nat64: { \(text) }")
        #expect(found.count == 1, "\(text): \(found)")
        let line = try #require(found.first)
        #expect(line.hasPrefix("1:"))
        #expect(line.drop { $0 != " " }.hasPrefix(" nat64.\(key): \(expected)"), "\(text)\n\(line)")
    }

    @Test func placesOfCrossChecks() {
        let text = """
            dns64:
              prefixes: ["2001:db8:64::/96"]
            nat64:
              pool4: ["192.0.2.1"]
              static:
                - proto: tcp
                  client: "[2001:db8:64::2]:80"
                  public: "192.0.2.2:80"
            """
        // The section's own checks come first; the others wait until it is right.
        #expect(errors(in: text).map { "\($0.line):\($0.column) \($0.key)" } == ["8:15 nat64.static[0].public"])
        #expect(
            errors(in: text.replacing("192.0.2.2", with: "192.0.2.1")).map { "\($0.line):\($0.column) \($0.key)" }
                == ["7:15 nat64.static[0].client"])
    }

    /// Policies of a resolver may overlap; one translator can't tell which prefix an address is under.
    @Test func overlapOfPolicies() {
        let text = """
            dns64: { prefixes: ["2001:db8::/32"] }
            clients: [{ match: ["::1"], dns64: { prefixes: ["2001:db8:64::/96"] } }]
            nat64: { backend: none }
            """
        #expect(errors(in: text).isEmpty)
        #expect(
            lines(text.replacing("none", with: "tun")) == [
                #"2:49: clients[0].dns64.prefixes[0]: found "2001:db8:64::/96", which overlaps 2001:db8::/32; allowed: "#
                    + "prefixes of which none overlaps another, since nat64.backend is tun"
            ])
    }

    @Test func warnings() throws {
        let text = """
            nat64:
              backend: tun
              timers:
                tcp-established: 2h
                tcp-transitory: 239s
                udp: 1m59s
                icmp: 1s
            """
        #expect(
            try load(text).warnings == [
                "test.yaml:4: nat64.timers.tcp-established: 2h is shorter than the 2h4m that RFC 5382 REQ-5 demands",
                "test.yaml:5: nat64.timers.tcp-transitory: 3m59s is shorter than the 4m that RFC 5382 REQ-5 demands",
                "test.yaml:6: nat64.timers.udp: 1m59s is shorter than the 2m that RFC 4787 REQ-5 demands",
                "test.yaml:7: nat64.timers.icmp: 1s is shorter than the 1m that RFC 5508 REQ-2 demands",
            ])
        #expect(try load(text.replacing("tun", with: "none")).warnings.isEmpty)
        #expect(try load("nat64: { backend: tun, timers: { udp: 2m } }").warnings.isEmpty)
    }
}
