// The section `nat64.jool` arrives as values, and so does what the file names.

import DaemonConfig
import NetAddress
import Testing

@Suite struct JoolValueTests {
    @Test func defaults() throws {
        let jool = try load("nat64: { backend: jool }").nat64.jool
        #expect(jool == Configuration.NAT64.Jool())
        #expect(jool.instance == "dns64d")
        #expect(jool.framework == .netfilter)
        #expect(jool.networkNamespace == nil)
        #expect(!jool.adopts)
        #expect(jool.program == "jool")
        #expect(!jool.keeps)
        #expect(jool.globals.values.isEmpty)
    }

    /// As the issue prints it.
    @Test func sample() throws {
        let text = """
            nat64:
              backend: jool
              jool: { instance: dns64d, framework: netfilter, netns: null, adopt: false, program: jool, keep: false,
                      globals: { lowest-ipv6-mtu: 1280 } }
            """
        let nat64 = try load(text).nat64
        #expect(nat64.backend == .jool)
        #expect(nat64.jool.globals.values == ["lowest-ipv6-mtu": "1280"])
        #expect(try load(text).warnings.isEmpty)
    }

    @Test func everythingElseThanTheDefaults() throws {
        let text = """
            nat64:
              backend: jool
              jool:
                instance: a.b_c-D9
                framework: iptables
                netns: translator
                adopt: yes
                program: /usr/local/bin/jool
                keep: true
            """
        let jool = try load(text).nat64.jool
        #expect(jool.instance == "a.b_c-D9")
        #expect(jool.framework == .iptables)
        #expect(jool.networkNamespace == "translator")
        #expect(jool.adopts)
        #expect(jool.program == "/usr/local/bin/jool")
        #expect(jool.keeps)
    }

    /// Each setting in the words that Jool's client takes.
    static let globals: [(String, String, String)] = [
        ("manually-enabled", "no", "false"), ("lowest-ipv6-mtu", "1280", "1280"),
        ("lowest-ipv6-mtu", "4294967295", "4294967295"), ("logging-debug", "On", "true"),
        ("zeroize-traffic-class", "true", "true"), ("override-tos", "yes", "true"), ("tos", "255", "255"),
        ("mtu-plateaus", "[65535, 1492, 68]", "65535,1492,68"), ("mtu-plateaus", "'65535,1492, 68'", "65535,1492,68"),
        ("mtu-plateaus", "1492", "1492"), ("mtu-plateaus", "[68, 1492, 68]", "1492,68"),
        ("drop-externally-initiated-tcp", "off", "false"), ("drop-icmpv6-info", "true", "true"),
        ("source-icmpv6-errors-better", "false", "false"), ("f-args", "15", "15"), ("f-args", "0", "0"),
        ("handle-rst-during-fin-rcv", "true", "true"), ("logging-session", "true", "true"),
        ("maximum-simultaneous-opens", "0", "0"), ("ss-enabled", "true", "true"), ("ss-flush-asap", "false", "false"),
        ("ss-flush-deadline", "2000", "2000"), ("ss-capacity", "512", "512"), ("ss-max-payload", "1452", "1452"),
    ]

    @Test(arguments: globals)
    func global(name: String, text: String, expected: String) throws {
        let configuration = try load("nat64: { jool: { globals: { \(name): \(text) } } }")
        #expect(configuration.nat64.jool.globals.values == [name: expected])
        #expect(try load(configuration.yaml) == configuration)
    }

    @Test func globalsArePrintedInJoolsOrder() throws {
        let text = "nat64: { jool: { globals: { ss-enabled: no, mtu-plateaus: '68,1492', tos: 3 } } }"
        #expect(
            try load(text).yaml.contains(
                """
                    globals:
                      tos: 3
                      mtu-plateaus: [1492, 68]
                      ss-enabled: false

                """))
        #expect(try load("").yaml.contains("    globals: {}\n"))
        #expect(Set(Self.globals.map(\.0)) == Set(Configuration.NAT64.JoolGlobals.names))
    }

    @Test func globalsAreComparedByNameAndValue() throws {
        let globals = Configuration.NAT64.JoolGlobals(["tos": "3"])
        #expect(try load("nat64: { jool: { globals: { tos: 3 } } }").nat64.jool.globals == globals)
        #expect(try load("nat64: { jool: { globals: { tos: 4 } } }").nat64.jool.globals != globals)
    }

    /// Keys of the tun backend may stay where they are, and the other way round.
    @Test func sectionsOfTheOtherBackend() throws {
        let text =
            "nat64: { backend: jool, tun: { device: tun7, queues: 4 }, jool: { instance: x, adopt: true, keep: true } }"
        #expect(try load(text).nat64.tun.queues == 4)
        #expect(try load(text.replacing("backend: jool", with: "backend: tun")).nat64.jool.instance == "x")
    }

    @Test func named() throws {
        let text = """
            nat64:
              backend: jool
              pool4: ["192.0.2.1"]
              filtering: endpoint-independent
              wkp-non-global: translate
              timers: { udp: 5m }
              quota: { sessions-per-client: 0 }
              static: [{ proto: tcp, client: "[2001:db8::2]:80", public: "192.0.2.1:80" }]
              log: { bindings: false }
              jool: { globals: { tos: 3 } }
            """
        #expect(
            try load(text).nat64.named == [
                "backend", "pool4", "filtering", "wkp-non-global", "timers.udp", "quota.sessions-per-client", "static",
                "log.bindings", "jool.globals",
            ])
        #expect(try load("").nat64.named.isEmpty)
        // Empty lists are said, lists whose elements are all commented out are not.
        #expect(try load("nat64: { pool4: [], static: }").nat64.named == ["pool4"])
        #expect(try load("nat64:\n  pool4:\n  timers:\n  log: { file: null }\n  jool:").nat64.named.isEmpty)
        #expect(try load("dns64: { mode: off }\nlog: { level: info }").nat64.named.isEmpty)
    }

    @Test func namedIsNoPartOfEquality() throws {
        let said = try load("nat64: { filtering: endpoint-independent }")
        #expect(said == Configuration())
        #expect(said.hashValue == Configuration().hashValue)
        #expect(said.nat64.named != Configuration().nat64.named)
        // What is printed names every key.
        let keys = ConfigurationSchema.keys.map(\.path).filter { $0.hasPrefix("nat64.") && !$0.contains("[]") }
        let nullable: Set = ["log.file", "jool.netns"]
        #expect(try load(said.yaml).nat64.named == Set(keys.map { String($0.dropFirst(6)) }).subtracting(nullable))
    }

    @Test func quotaWarnings() throws {
        let text = """
            nat64:
              backend: jool
              timers: { tcp-established: 2h }
              quota:
                sessions-per-client: 100
                ports-per-client: 1024
                subscriber-prefix: 56
            """
        #expect(
            try load(text).warnings == [
                "test.yaml:3: nat64.timers.tcp-established: 2h is shorter than the 2h4m that RFC 5382 REQ-5 demands",
                "test.yaml:5: nat64.quota.sessions-per-client: 100 has no effect, for Jool has no quotas",
                "test.yaml:6: nat64.quota.ports-per-client: 1024 has no effect, for Jool has no quotas",
            ])
        #expect(try load(text.replacing("jool", with: "tun")).warnings.count == 1)
        #expect(try load("nat64: { backend: jool }").warnings.isEmpty)
        let none = "nat64: { backend: jool, quota: { sessions-per-client: 0, ports-per-client: 0 } }"
        #expect(try load(none).warnings.isEmpty)
    }
}
