// What is printed reads back to the same values: the defaults, the files we ship, and a thousand random configurations.

import DaemonConfig
import NetAddress
import Testing

@Suite struct RoundTripTests {
    @Test func defaults() throws {
        #expect(try load(Configuration().yaml) == Configuration())
    }

    @Test func sample() throws {
        let configuration = try load(ValuesTests.sample)
        #expect(try load(configuration.yaml) == configuration)
        #expect(try load(configuration.yaml).yaml == configuration.yaml)
    }

    @Test func everyKeyIsPrinted() throws {
        let yaml = try load(ValuesTests.sample).yaml
        for key in ConfigurationSchema.keys where key.path != "clients[].dns64" {
            let word = try #require(key.path.split(separator: ".").last)
            #expect(yaml.contains("\(word.hasSuffix("[]") ? word.dropLast(2) : word):"), "\(key.path)")
        }
    }

    @Test(arguments: 0..<1_000)
    func random(seed: UInt64) throws {
        var generator = ConfigurationGenerator(seed: seed)
        let configuration = try generator.configuration()
        let yaml = configuration.yaml
        #expect(try load(yaml) == configuration, "\(yaml)")
    }
}

/// Random configurations, the same for the same seed.
private struct ConfigurationGenerator {
    var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(state: seed) }

    mutating func configuration() throws -> Configuration {
        var result = Configuration()
        try server(&result.server)
        result.control.socket = maybe { $0.text() }
        result.control.group = maybe { $0.account() }
        result.dns64 = try dns64(Configuration.DNS64(), keys: ConfigurationGenerator.dns64Keys)
        result.clients = try many(0...3) { try $0.client(result.dns64) }
        var zones = Set<String>()
        result.upstream = try many(0...3) { try $0.upstream() }.filter { zones.insert($0.zone).inserted }
        result.cache.size = pick([1 << 20, 64 << 20, 3_000_000, 1_048_577, 1 << 40])
        result.cache.minTTL = .seconds(number(0...100))
        result.cache.maxTTL = .seconds(number(100...1_000_000))
        result.cache.maxNegativeTTL = .seconds(number(0...1_000_000))
        result.cache.serveStale.enabled = flag()
        result.cache.serveStale.replyAfter = .milliseconds(number(0...60_000))
        result.cache.serveStale.maxAge = .seconds(number(1...1_000_000))
        result.cache.prefetch = flag()
        var names = Set<String>()
        result.zones = many(0...3) { generator in
            var zone = Configuration.Zone(name: generator.name(), file: generator.text())
            zone.referrals = generator.word()
            return zone
        }.filter { names.insert($0.name).inserted }
        result.emptyZones.enabled = flag()
        result.emptyZones.except = many(0...2) { $0.name() }
        try nat64(&result.nat64)
        jool(&result.nat64)
        if result.nat64.backend == .jool { try makePossibleForJool(&result) }
        result.log.level = word()
        result.log.queries = flag()
        return result
    }

    private mutating func server(_ server: inout Configuration.Server) throws {
        server.listen = try unique(
            many(1...4) { generator in
                switch generator.number(0...2) {
                case 0: .interface(generator.account().prefix(15).description, port: generator.port())
                case 1: .address(SocketAddress(generator.address(), port: generator.port()))
                default:
                    .linkLocal(SocketAddress(try generator.linkLocal(), port: generator.port()), interface: "eth0.7")
                }
            })
        server.allow = flag() ? .automatic : .networks(many(0...4) { $0.range() })
        server.workers = flag() ? .automatic : .count(number(1...256))
        server.user = maybe { $0.account() }
        server.group = maybe { $0.account() }
        server.udpSize = number(512...4096)
        server.cookies = flag()
        server.cookieSecret = maybe { generator in (0..<16).map { _ in UInt8(generator.number(0...255)) } }
        server.tcp.idleTimeout = .milliseconds(number(100...3_600_000))
        server.tcp.pipeline = number(1...65_535)
        server.refusedRate = number(0...1000)
        server.pending = number(1...1_000_000)
    }

    static let dns64Keys = [
        "mode", "prefixes", "suffix", "exclude-aaaa", "exclude-a", "exclude-names", "ignore-aaaa", "break-dnssec",
        "reverse",
        "aaaa-failure", "a-failure", "ttl-without-soa", "service-bindings", "max-aliases",
    ]

    private mutating func dns64(_ base: Configuration.DNS64, keys: [String]) throws -> Configuration.DNS64 {
        var result = base
        for key in keys {
            switch key {
            case "mode": result.mode = word()
            case "prefixes":
                result.prefixes = try pick([["64:ff9b::/96"], ["2001:db8::/32", "2001:db9:1:2::/64"]]).map(pref64)
            case "exclude-aaaa":
                result.excludeAAAA = try many(0...2) {
                    try prefix($0.pick(["::/0", "::ffff:0:0/96", "2001:db8::1/128"]))
                }
            case "exclude-a":
                result.excludeA = try many(0...3) {
                    $0.flag() ? .special : .range(try prefix($0.pick(["10.0.0.0/8", "192.0.2.1/32"])))
                }
            case "exclude-names": result.excludeNames = many(0...3) { $0.name() }
            case "ignore-aaaa": result.ignoreAAAA = many(0...3) { $0.name() }
            case "break-dnssec": result.breakDNSSEC = flag()
            case "reverse": result.reverse = word()
            case "aaaa-failure": result.aaaaFailure = word()
            case "a-failure": result.aFailure = word()
            case "ttl-without-soa": result.ttlWithoutSOA = .seconds(number(0...86_400))
            case "service-bindings": result.serviceBindings = flag()
            case "max-aliases": result.maxAliases = number(1...64)
            default: break
            }
        }
        if keys.contains("suffix"), result.prefixes.allSatisfy({ $0.length <= 64 }) {
            result.suffix = IPv6Address(high: 0, low: random.next() & 0xff_ffff)
        }
        return result
    }

    private mutating func client(_ base: Configuration.DNS64) throws -> Configuration.Client {
        // A /96 prefix put over a suffix would be refused; prefixes are left to the dns64 section.
        let keys = Self.dns64Keys.filter { $0 != "prefixes" && $0 != "suffix" && flag() }
        return Configuration.Client(
            match: many(1...3) { $0.range() }, name: maybe { $0.text() }, overrides: keys,
            effective: try dns64(base, keys: keys))
    }

    private mutating func upstream() throws -> Configuration.Upstream {
        var result = Configuration.Upstream(
            zone: name(),
            servers: try unique(
                many(1...3) { generator in
                    switch generator.number(0...2) {
                    case 0: .system
                    case 1: .address(SocketAddress(generator.address(), port: generator.port()), scope: nil)
                    default: .address(SocketAddress(try generator.linkLocal(), port: generator.port()), scope: "eth0")
                    }
                }))
        result.policy = word()
        result.timeout = .milliseconds(number(100...60_000))
        result.ednsSize = number(512...4096)
        result.caseRandomization = flag()
        result.transport = word()
        result.trustAD = flag()
        return result
    }

    private mutating func nat64(_ nat64: inout Configuration.NAT64) throws {
        nat64.backend = word()
        nat64.whenDown = word()
        nat64.filtering = word()
        nat64.nonGlobal = word()
        nat64.timers.tcpEstablished = .seconds(number(1...2_592_000))
        nat64.timers.udp = .seconds(number(1...1_000))
        nat64.quota.sessionsPerClient = number(0...100_000)
        nat64.quota.subscriberPrefix = number(1...128)
        nat64.log.bindings = pick([.none, .each, .blocks])
        nat64.log.file = maybe { $0.text() }
        nat64.log.blockSize = 1 << number(4...14)
        nat64.tun.device = pick(["nat64", "64", "on", "null", "1e5", "a'b", "-"])
        nat64.tun.offload = flag()
        nat64.tun.udpOffload = pick([.automatic, .on, .off])
        nat64.tun.mtu = pick([.automatic, .octets(number(1280...65_535))])
        nat64.tun.mssClamp = pick([.automatic, .off, .octets(number(536...65_495))])
        nat64.tun.queues = number(1...16)
        // Ranges that can't overlap: each has a /20 of its own.
        nat64.pool4 = many(0...4) { generator in UInt32(generator.number(0...3_000)) }.map { 0x1400_0000 + $0 << 12 }
            .reduce(into: [UInt32]()) { if !$0.contains($1) { $0.append($1) } }
            .map { block in
                let first = IPv4Address(rawValue: block + UInt32(number(0...2_000)))
                let last = IPv4Address(rawValue: first.rawValue + UInt32(number(0...1) * number(0...2_000)))
                let lowest = port()
                return Configuration.NAT64.Pool4Range(
                    first...last, ports: flag() ? 1...65_535 : lowest...UInt16(number(Int(lowest)...65_535)))
            }
        // Ports that can't repeat.
        for index in 0..<number(0...3) {
            let address = flag() ? nil : IPv4Address(203, 0, 113, UInt8(number(0...255)))
            nat64.staticBindings.append(
                Configuration.NAT64.StaticBinding(
                    proto: word(),
                    client: .init(
                        IPv6Address(high: 0x2a00 << 48 | random.next() >> 16, low: random.next()), port: port()),
                    public: .init(nat64.pool4.first?.addresses.upperBound ?? address, port: UInt16(index + 1))))
        }
    }

    private mutating func jool(_ nat64: inout Configuration.NAT64) {
        nat64.jool.instance = pick(["dns64d", "64", "on", "null", "1e5", "a.b_c-d", "_x"])
        nat64.jool.framework = word()
        nat64.jool.networkNamespace = maybe { $0.pick(["blue", "null", "6", "no", "x.y"]) }
        nat64.jool.adopts = flag()
        nat64.jool.program = pick(["jool", "/usr/local/bin/jool", "true", "/opt/with space/j\u{fc}'l", "4"])
        nat64.jool.keeps = flag()
        for name in Configuration.NAT64.JoolGlobals.names where flag() {
            nat64.jool.globals.values[name] =
                switch name {
                case "mtu-plateaus": pick(["1492", "65535,1492,68"])
                case "tos", "f-args": "\(number(0...15))"
                case "lowest-ipv6-mtu": "\(number(1_280...9_000))"
                case "maximum-simultaneous-opens", "ss-flush-deadline", "ss-capacity", "ss-max-payload":
                    "\(number(0...4_294_967_295))"
                default: "\(flag())"
                }
        }
    }

    /// Takes away what Jool refuses.
    private mutating func makePossibleForJool(_ configuration: inout Configuration) throws {
        configuration.nat64.nonGlobal = .translate
        configuration.nat64.timers.tcpEstablished = .seconds(number(7_200...2_592_000))
        configuration.nat64.timers.udp = .seconds(number(120...1_000))
        configuration.nat64.log.bindings = pick([.none, .each])
        if configuration.nat64.log.bindings == .each { configuration.nat64.log.file = nil }
        if configuration.nat64.pool4.isEmpty { configuration.nat64.staticBindings = [] }
        if configuration.allPrefixes.count > 1 {
            configuration.nat64.jool.framework = .iptables
            configuration.nat64.jool.adopts = false
            if configuration.nat64.pool4.isEmpty {
                let address = IPv4Address(192, 0, 2, 1)
                configuration.nat64.pool4 = [Configuration.NAT64.Pool4Range(address...address)]
            }
        }
    }

    private mutating func flag() -> Bool { random.next() & 1 == 0 }
    private mutating func number(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &random) }
    private mutating func port() -> UInt16 { UInt16(number(1...65_535)) }
    private mutating func pick<T>(_ values: [T]) -> T { values[number(0...values.count - 1)] }
    private mutating func word<T: CaseIterable>() -> T { pick(Array(T.allCases)) }

    private mutating func maybe<T>(_ make: (inout Self) -> T) -> T? { flag() ? make(&self) : nil }

    private mutating func many<T>(_ count: ClosedRange<Int>, _ make: (inout Self) throws -> T) rethrows -> [T] {
        try (0..<number(count)).map { _ in try make(&self) }
    }

    private func unique<T: Hashable>(_ values: [T]) -> [T] {
        var seen = Set<T>()
        return values.filter { seen.insert($0).inserted }
    }

    /// Texts that YAML would take for something else, or choke on, if they stood there without quotes and escapes.
    private mutating func text() -> String {
        pick([
            "null", "~", "true", "no", "5", "0x1", "a: b", "a #b", "- a", "it's", "\"quoted\"", "back\\slash", " lead",
            "trail ",
            "ü/ж/漢", "\u{E000}", "x\u{FEFF}", "\u{85}", "a\u{2028}b", "x\u{7f}", "👩‍👩‍👧", "[a]", "{a}", "*a", "&a", "!a",
            "%a", "@a", "`",
        ])
    }

    private mutating func account() -> String { pick(["dns64d", "_dns", "Wi-Fi", "null", "yes", "off", "a.b", "e1"]) }

    private mutating func name() -> String {
        pick([
            ".", "example", "a.b.example", "_x.y-z", #"\000.a"#, #"a\046b"#, "no", "10", "null", "1e5", "0x10", "true",
        ])
    }

    private mutating func address() -> IPAddress {
        flag()
            ? .v4(IPv4Address(rawValue: UInt32(truncatingIfNeeded: random.next())))
            : .v6(IPv6Address(high: random.next() | 1 << 61, low: flag() ? 0 : random.next()))
    }

    private mutating func linkLocal() throws -> IPAddress { .v6(IPv6Address(high: 0xfe80 << 48, low: random.next())) }

    private mutating func range() -> IPPrefix {
        let address = address()
        return IPPrefix(address, length: number(0...address.bitWidth)) ?? IPPrefix(
            .v4(IPv4Address(0, 0, 0, 0)), length: 0)!
    }
}
