// What a scenario configures, in the words of dns64d.yaml, and the resolver's settings made of it.

import DNSMessage
import NetAddress
import Resolver

/// Configuration lines in the order in which they stand.
struct Setup {
    private var lines: [ScenarioLine] = []
    private var classes: [ScenarioBlock] = []
    private var zones: [ScenarioBlock] = []

    /// Takes a block, if it is one that configures.
    mutating func take(_ block: ScenarioBlock) -> Bool {
        switch block.keyword {
        case "config", "reload": lines += block.body
        case "clients": classes.append(block)
        case "zone": zones.append(block)
        default: return false
        }
        return true
    }

    func settings() throws -> (settings: ResolverSettings, trustsAD: Bool) {
        var reading = SettingsReading()
        for line in lines { try reading.read(line) }
        var policies: [(match: IPPrefixSet, policy: SynthesisPolicy)] = []
        for block in classes {
            var own = reading
            for line in block.body {
                guard try own.readDNS64(line) else { throw line.failure("no key of the dns64 section: \(line.text)") }
            }
            own.dns64.label = block.label.joined(separator: " ")
            policies.append((try SettingsReading.prefixes(block.label, block.head), SynthesisPolicy(own.dns64)))
        }
        reading.values.policies = PolicySet(classes: policies, standard: SynthesisPolicy(reading.dns64))
        reading.values.localData = LocalData(
            zones: try zones.map(Self.zone), emptyZones: reading.emptyZones ? EmptyZones.all : [])
        return (ResolverSettings(reading.values), reading.trustsAD)
    }

    private static func zone(_ block: ScenarioBlock) throws -> LocalZone {
        guard let name = block.label.first, let apex = DomainName(name) else {
            throw block.head.failure("a zone needs its name")
        }
        let records = try block.body.flatMap { try RecordPattern.read($0).map(\.record) }
        do {
            return try LocalZone(
                apex: apex, records: records, forwardsDelegations: block.label.contains("forwards-delegations"))
        } catch { throw block.head.failure("\(error)") }
    }
}

/// Settings while their lines are read.
struct SettingsReading {
    var values = ResolverSettings.Values()
    var dns64 = SynthesisPolicy.Values()
    var emptyZones = false
    var trustsAD = true

    init() {
        values.allow = IPPrefixSet(["0.0.0.0/0", "::/0"].compactMap { IPPrefix($0) })
        dns64.excludeAAAA = IPPrefixSet(["::ffff:0:0/96"].compactMap { IPPrefix($0) })
        dns64.excludeA = SpecialRanges.all
    }

    mutating func read(_ line: ScenarioLine) throws {
        if try readDNS64(line) { return }
        let (words, rest) = line.sides
        guard let key = words.first, let value = rest.first else { throw line.failure("KEY: VALUE was expected") }
        switch key {
        case "allow": values.allow = try Self.prefixes(rest, line)
        case "udp-size": values.udpSize = UInt16(try Self.number(value, line))
        case "cookies": values.cookies = try Self.flag(value, line)
        case "refused-rate": values.refusedRate = UInt32(try Self.number(value, line))
        case "pending": values.pendingLimit = Int(try Self.number(value, line))
        case "max-aliases": values.maxAliases = Int(try Self.number(value, line))
        case "min-ttl": values.minTTL = UInt32(try Self.number(value, line))
        case "max-ttl": values.maxTTL = UInt32(try Self.number(value, line))
        case "max-negative-ttl": values.maxNegativeTTL = UInt32(try Self.number(value, line))
        case "prefetch": values.prefetch = try Self.flag(value, line)
        case "serve-stale": values.serveStale = try Self.flag(value, line)
        case "stale-max-age": values.staleMaxAge = UInt32(try Self.number(value, line))
        case "stale-reply-after": values.staleReplyAfter = try Self.number(value, line)
        case "stale-ttl": values.staleTTL = UInt32(try Self.number(value, line))
        case "forward": values.forwardZones = try Self.names(rest, line)
        case "empty-zones": emptyZones = try Self.flag(value, line)
        case "trust-ad": trustsAD = try Self.flag(value, line)
        default: throw line.failure("unknown key \"\(key)\"")
        }
    }

    /// Reads a key of the dns64 section; false where it is none.
    mutating func readDNS64(_ line: ScenarioLine) throws -> Bool {
        let (words, rest) = line.sides
        guard let key = words.first, let value = rest.first else { throw line.failure("KEY: VALUE was expected") }
        switch key {
        case "mode": dns64.mode = try Self.word(value, line)
        case "prefixes": dns64.prefixes = try rest.map { try Self.pref64($0, line) }
        case "suffix":
            guard let suffix = IPv6Address(value) else { throw line.failure("\(value) is no IPv6 address") }
            dns64.suffix = suffix
        case "exclude-aaaa": dns64.excludeAAAA = try Self.prefixes(rest, line)
        case "exclude-a": dns64.excludeA = try Self.exclusions(rest, line)
        case "exclude-names": dns64.excludeNames = try Self.names(rest, line)
        case "ignore-aaaa": dns64.ignoreAAAA = try Self.names(rest, line)
        case "break-dnssec": dns64.breakDNSSEC = try Self.flag(value, line)
        case "reverse": dns64.reverse = try Self.word(value, line)
        case "aaaa-failure": dns64.synthesizeOnAAAAFailure = try Self.choice(value, "synthesize", "servfail", line)
        case "a-failure": dns64.failOnAFailure = try Self.choice(value, "servfail", "nodata", line)
        case "ttl-without-soa": dns64.ttlWithoutSOA = UInt32(try Self.number(value, line))
        case "translator": dns64.translator = try Self.word(value, line)
        case "service-bindings": dns64.serviceBindings = try Self.flag(value, line)
        default: return false
        }
        return true
    }
}

// MARK: values

extension SettingsReading {
    static func prefixes(_ words: [String], _ line: ScenarioLine) throws -> IPPrefixSet {
        IPPrefixSet(
            try words.filter { $0 != "none" }.map { word in
                guard let prefix = IPPrefix(word) else { throw line.failure("\(word) is no prefix") }
                return prefix
            })
    }

    private static func exclusions(_ words: [String], _ line: ScenarioLine) throws -> [SynthesisPolicy.ExcludedIPv4] {
        try words.flatMap { word in
            if word == "special" { return SpecialRanges.all }
            return try prefixes([word], line).prefixes.map {
                SynthesisPolicy.ExcludedIPv4(prefix: $0, underWellKnownPrefixOnly: false, reason: "configured")
            }
        }
    }

    private static func pref64(_ word: String, _ line: ScenarioLine) throws -> Pref64 {
        guard let prefix = IPPrefix(word), let pref64 = try? Pref64(prefix) else {
            throw line.failure("\(word) is no NAT64 prefix")
        }
        return pref64
    }

    private static func names(_ words: [String], _ line: ScenarioLine) throws -> [DomainName] {
        try words.filter { $0 != "none" }.map { word in
            guard let name = DomainName(word) else { throw line.failure("\(word) is no name") }
            return name
        }
    }

    private static func number(_ word: String, _ line: ScenarioLine) throws -> UInt64 {
        guard let number = UInt64(word) else { throw line.failure("\(word) is no number") }
        return number
    }

    private static func flag(_ word: String, _ line: ScenarioLine) throws -> Bool {
        try choice(word, "true", "false", line)
    }

    private static func choice(_ word: String, _ yes: String, _ no: String, _ line: ScenarioLine) throws -> Bool {
        guard word == yes || word == no else { throw line.failure("\(yes) or \(no) was expected, not \(word)") }
        return word == yes
    }

    private static func word<Word: RawRepresentable<String>>(_ text: String, _ line: ScenarioLine) throws -> Word {
        guard let word = Word(rawValue: text) else { throw line.failure("\(text) is none of the words of this key") }
        return word
    }
}

/// What the word `special` stands for: RFC 6052 section 3.1 and the issue of this network, loopback, link-local,
/// multicast and reserved addresses.
enum SpecialRanges {
    static let all: [SynthesisPolicy.ExcludedIPv4] =
        make(["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"], wellKnownOnly: false)
        + make(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"], wellKnownOnly: true)

    private static func make(_ ranges: [String], wellKnownOnly: Bool) -> [SynthesisPolicy.ExcludedIPv4] {
        ranges.compactMap { IPPrefix($0) }.map {
            SynthesisPolicy.ExcludedIPv4(prefix: $0, underWellKnownPrefixOnly: wellKnownOnly, reason: "special")
        }
    }
}
