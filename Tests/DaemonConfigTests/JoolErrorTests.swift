// Every mistake that the section `nat64.jool` can hold, and all that Jool can't be told, with places and words.

import DaemonConfig
import Testing

@Suite struct JoolErrorTests {
    private static let instance = "an instance's name: 1 to 15 letters, digits, ., _ or -, the first not -"
    private static let namespace =
        "the name of a network namespace: 1 to 255 letters, digits, ., _ or -, the first not -; not . or .., or null"
    private static let program =
        "the name of a program (letters, digits, ., _ or -, the first not -), or its absolute path"
    private static let plateaus = "1 to 64 whole numbers from 1 to 65535, as a list or with commas between them"
    private static let globalNames = Configuration.NAT64.JoolGlobals.names.joined(separator: ", ")

    /// Settings of Jool that follow from other keys.
    static let elsewhere: [(name: String, place: String)] = [
        ("pool6", "dns64.prefixes"), ("address-dependent-filtering", "nat64.filtering"),
        ("tcp-est-timeout", "nat64.timers.tcp-established"), ("tcp-trans-timeout", "nat64.timers.tcp-transitory"),
        ("udp-timeout", "nat64.timers.udp"), ("icmp-timeout", "nat64.timers.icmp"),
        ("logging-bib", "nat64.log.bindings"),
    ]

    /// What stands in `nat64.jool`, the column and the key that is wrong, and what is said of it.
    static let mistakes: [(String, Int, String, String)] = [
        ("instance: ''", 28, "instance", "found \"\"; allowed: \(instance)"),
        ("instance: sixteen-letters-", 28, "instance", "found \"sixteen-letters-\"; allowed: \(instance)"),
        ("instance: 'a b'", 28, "instance", "found \"a b\"; allowed: \(instance)"),
        ("instance: -i", 28, "instance", "found \"-i\"; allowed: \(instance)"),
        ("instance: 'ä'", 28, "instance", "found \"ä\"; allowed: \(instance)"),
        ("instance: 'a,b'", 28, "instance", "found \"a,b\"; allowed: \(instance)"),
        ("instance: '.'", 28, "instance", "found \".\"; allowed: \(instance)"),
        ("instance: 64", 28, "instance", "found 64; allowed: \(instance) (did you mean \"64\"?)"),
        ("instance: null", 28, "instance", "found null; allowed: \(instance)"),
        (
            "framework: nftables", 29, "framework",
            #"found "nftables"; allowed: one of netfilter, iptables"#
                + " (did you mean iptables?)"
        ),
        ("netns: a/b", 25, "netns", "found \"a/b\"; allowed: \(namespace)"),
        ("netns: '..'", 25, "netns", "found \"..\"; allowed: \(namespace)"),
        ("netns: -x", 25, "netns", "found \"-x\"; allowed: \(namespace)"),
        ("netns: ''", 25, "netns", "found \"\"; allowed: \(namespace)"),
        ("adopt: 1", 25, "adopt", "found 1; allowed: true or false"),
        ("keep: 'true'", 24, "keep", #"found the text "true"; allowed: true or false"#),
        ("program: bin/jool", 27, "program", "found \"bin/jool\"; allowed: \(program)"),
        ("program: ./jool", 27, "program", "found \"./jool\"; allowed: \(program)"),
        ("program: --help", 27, "program", "found \"--help\"; allowed: \(program)"),
        ("program: ''", 27, "program", "found \"\"; allowed: \(program)"),
        ("program: 'jool -v'", 27, "program", "found \"jool -v\"; allowed: \(program)"),
        ("program: /usr/bin/", 27, "program", "found \"/usr/bin/\"; allowed: \(program)"),
        ("program: \"/bin/jool\\0\"", 27, "program", "found \"/bin/jool\\U00000000\"; allowed: \(program)"),
        (
            "instanse: x", 18, "instanse",
            #"found the unknown key "instanse"; allowed: instance, framework, netns, adopt, program, keep, globals"#
                + " (did you mean instance?)"
        ),
        // globals
        ("globals: [tos]", 27, "globals", "found a list; allowed: a section with keys among \(globalNames)"),
        (
            "globals: { manually-enabled: 1 }", 47, "globals.manually-enabled", "found 1; allowed: true or false"
        ),
        (
            "globals: { lowest-ipv6-mtu: 1279 }", 46, "globals.lowest-ipv6-mtu",
            "found 1279; allowed: a whole number from 1280 to 4294967295"
        ),
        ("globals: { tos: 256 }", 34, "globals.tos", "found 256; allowed: a whole number from 0 to 255"),
        ("globals: { tos: null }", 34, "globals.tos", "found null; allowed: a whole number from 0 to 255"),
        ("globals: { f-args: 16 }", 37, "globals.f-args", "found 16; allowed: a whole number from 0 to 15"),
        (
            "globals: { ss-capacity: 4294967296 }", 42, "globals.ss-capacity",
            "found 4294967296; allowed: a whole number from 0 to 4294967295"
        ),
        ("globals: { mtu-plateaus: [] }", 43, "globals.mtu-plateaus", "found an empty list; allowed: \(plateaus)"),
        (
            "globals: { mtu-plateaus: [1, 0] }", 47, "globals.mtu-plateaus[1]",
            "found 0; allowed: a whole number from 1 to 65535"
        ),
        ("globals: { mtu-plateaus: '' }", 43, "globals.mtu-plateaus", "found \"\"; allowed: \(plateaus)"),
        ("globals: { mtu-plateaus: '1,,2' }", 43, "globals.mtu-plateaus", "found \"1,,2\"; allowed: \(plateaus)"),
        ("globals: { mtu-plateaus: 70000 }", 43, "globals.mtu-plateaus", "found 70000; allowed: \(plateaus)"),
        (
            "globals: { mtu-plateaus: [\((1...65).map(String.init).joined(separator: ","))] }", 43,
            "globals.mtu-plateaus", "found a list of 65 numbers; allowed: \(plateaus)"
        ),
        (
            "globals: { lowest-ipv4-mtu: 1 }", 29, "globals.lowest-ipv4-mtu",
            "found the unknown key \"lowest-ipv4-mtu\"; allowed: \(globalNames) (did you mean lowest-ipv6-mtu?)"
        ),
        (
            "globals: { tcp-est-timout: 1 }", 29, "globals.tcp-est-timout",
            "found the unknown key \"tcp-est-timout\"; allowed: \(globalNames) (did you mean "
                + "nat64.timers.tcp-established?)"
        ),
        (
            "globals: { tos: 1, tos: 2 }", 37, "globals.tos",
            "found the key a second time (first in line 1); allowed: each key once"
        ),
    ]

    @Test(arguments: mistakes.indices)
    func mistake(index: Int) throws {
        let (text, column, key, expected) = Self.mistakes[index]
        #expect(lines("nat64: { jool: { \(text) } }") == ["1:\(column): nat64.jool.\(key): \(expected)"])
    }

    @Test(arguments: elsewhere)
    func settingElsewhere(name: String, place: String) throws {
        #expect(
            lines("nat64: { jool: { globals: { \(name): 1 } } }") == [
                "1:29: nat64.jool.globals.\(name): found the key \"\(name)\", whose place is \(place); "
                    + "allowed: \(Self.globalNames)"
            ])
        #expect(ConfigurationSchema.keys.contains { $0.path == place })
    }

    /// What stands in `nat64` beside the backend, and the only mistake in it.
    static let impossible: [(String, String)] = [
        (
            "wkp-non-global: drop",
            "3:19: nat64.wkp-non-global: found drop, which Jool can't do; allowed: translate; or "
                + "nat64.backend: tun"
        ),
        (
            "log: { bindings: blocks }",
            "3:20: nat64.log.bindings: found blocks, though Jool hands out ports one by one; allowed: true or false; "
                + "or nat64.backend: tun"
        ),
        (
            "log: { bindings: true, file: /var/log/nat64.json }",
            #"3:32: nat64.log.file: found "/var/log/nat64.json", though Jool writes bindings to the kernel's log; "#
                + "allowed: null"
        ),
        (
            "timers: { tcp-established: 1h59m59s }",
            "3:30: nat64.timers.tcp-established: found 1h59m59s; allowed: at least 2h with Jool"
        ),
        (
            "timers: { tcp-transitory: 239 }",
            "3:29: nat64.timers.tcp-transitory: found 3m59s; allowed: at least 4m with Jool"
        ),
        ("timers: { udp: 1m }", "3:18: nat64.timers.udp: found 1m; allowed: at least 2m with Jool"),
        (
            "pool4: ['10.0.0.0/16', '192.0.2.1']",
            "3:10: nat64.pool4: found 65537 addresses in all; allowed: at most 65536 addresses with Jool, to which each "
                + "is three rows of a table"
        ),
        (
            "static: [{ proto: tcp, client: '[2001:db8::2]:80', public: '*:61000' }]",
            #"3:62: nat64.static[0].public: found "*:61000" while nat64.pool4 is empty; allowed: ports 61001 to 65535, "#
                + "which are all that Jool gives out of the host's own addresses; or an address of nat64.pool4"
        ),
        (
            "static: [{ proto: icmp, client: '[2001:db8::2]:80', public: '192.0.2.1:80' }]",
            #"3:63: nat64.static[0].public: found "192.0.2.1:80" while nat64.pool4 is empty; allowed: ports 61001 to "#
                + "65535, which are all that Jool gives out of the host's own addresses; or an address of nat64.pool4"
        ),
    ]

    @Test(arguments: impossible)
    func impossibleWithJool(text: String, expected: String) throws {
        let file = "nat64:\n  backend: jool\n  \(text)"
        #expect(lines(file) == [expected])
        // The built-in translator takes all of it.
        #expect(lines(file.replacing("jool", with: "tun")).isEmpty)
    }

    @Test(arguments: [
        "timers: { tcp-established: 2h, tcp-transitory: 4m, udp: 2m, icmp: 1s }",
        "log: { bindings: true, file: null }", "log: { bindings: false, file: /var/log/nat64.json }",
        "pool4: ['10.0.0.0/16']",
        "static: [{ proto: tcp, client: '[2001:db8::2]:80', public: '*:61001' }]",
        "pool4: [192.0.2.1], static: [{ proto: tcp, client: '[2001:db8::2]:80', public: '192.0.2.1:80' }]",
        // The adopted instance has a pool4 of its own.
        "jool: { adopt: true }, static: [{ proto: tcp, client: '[2001:db8::2]:80', public: '192.0.2.1:80' }]",
    ])
    func possibleWithJool(text: String) throws {
        #expect(lines("nat64: { backend: jool, \(text) }").isEmpty)
    }

    private static let two = "dns64: { prefixes: ['64:ff9b::/96', '2001:db8:64::/96'] }\n"

    @Test func severalPrefixes() throws {
        let reason =
            "found netfilter with 2 prefixes, though a network namespace has one netfilter instance of Jool, and an "
            + "instance one prefix; allowed: nat64.jool.framework: iptables; or one prefix for dns64 and all clients"
        #expect(lines(Self.two + "nat64: { backend: jool }") == ["2:19: nat64.backend: \(reason)"])
        #expect(
            lines(Self.two + "nat64: { backend: jool, jool: { framework: netfilter } }")
                == ["2:44: nat64.jool.framework: \(reason)"])
        let client = "clients: [{ match: ['::1'], dns64: { prefixes: ['2001:db8:64::/96'] } }]\n"
        #expect(lines(client + "nat64: { backend: jool }") == ["2:19: nat64.backend: \(reason)"])
        #expect(lines(client + "nat64: { backend: tun }").isEmpty)
        #expect(
            lines(Self.two + "nat64: { backend: jool, jool: { framework: iptables }, pool4: [192.0.2.1] }").isEmpty)
    }

    @Test func severalInstances() throws {
        let text =
            Self.two + """
                nat64:
                  backend: jool
                  pool4: []
                  jool: { framework: iptables, instance: thirteenchars, adopt: true }
                """
        let pool4 =
            "found no address in nat64.pool4 with 2 prefixes; allowed: one address or more in nat64.pool4, since each "
            + "prefix is an instance of Jool that needs ports of its own; or one prefix for dns64 and all clients"
        #expect(
            lines(text) == [
                "4:10: nat64.pool4: \(pool4)",
                #"5:42: nat64.jool.instance: found "thirteenchars", which has more than 12 letters, with 2 prefixes; "#
                    + "allowed: at most 12 letters, since the others are called NAME-2",
                "5:64: nat64.jool.adopt: found true with 2 prefixes, though the adopted instance has one; allowed: "
                    + "false; or one prefix for dns64 and all clients",
            ])
        let three = text.replacing("'64:ff9b::/96'", with: "'64:ff9b::/96', '2001:db8:65::/96'")
        #expect(lines(three)[1].hasSuffix("since the others are called NAME-2 to NAME-3"))
        #expect(
            lines(Self.two + "nat64: { backend: jool, jool: { framework: iptables, instance: twelve-chars } }")
                == ["2:44: nat64.jool.framework: \(pool4)"])
    }

    /// The checks that look beyond the section wait until it is right.
    @Test func overlapOfPolicies() throws {
        let text = """
            dns64: { prefixes: ["2001:db8::/32"] }
            clients: [{ match: ["::1"], dns64: { prefixes: ["2001:db8:64::/96"] } }]
            nat64: { backend: jool, jool: { framework: iptables }, pool4: [192.0.2.1] }
            """
        #expect(
            lines(text) == [
                #"2:49: clients[0].dns64.prefixes[0]: found "2001:db8:64::/96", which overlaps 2001:db8::/32; allowed: "#
                    + "prefixes of which none overlaps another, since nat64.backend is jool"
            ])
    }
}
