// What a pair file configures, as TranslatorSettings.

import NetAddress
import Translator

struct PairSetup {
    private(set) var settings: TranslatorSettings

    /// The prefix that IPv4 addresses are written under: the first one.
    var prefix: IPPrefix { settings.prefixes[0].prefix }

    /// 64:ff9b::/96, one public address with all its ports, an own address of each family.
    init() {
        settings = TranslatorSettings(
            prefixes: [Pref64.wellKnown],
            pool4: [PoolRange(first: IPv4Address(203, 0, 113, 1), addressCount: 1)],
            ownAddress6: IPv6Address("2001:db8:ffff::64") ?? IPv6Address(high: 0, low: 0),
            ownAddress4: IPv4Address(203, 0, 113, 254))
        settings.sessionLimit = 1000
    }

    mutating func take(_ block: PairBlock) throws {
        for line in block.body {
            var words = line.words
            guard let key = words.first, key.hasSuffix(":"), words.count > 1 else {
                throw line.failure("KEY: VALUE was expected")
            }
            words.removeFirst()
            try read(String(key.dropLast()), words, line)
        }
    }

    private mutating func read(_ key: String, _ words: [String], _ line: PairLine) throws {
        func number() throws -> Int {
            guard let value = Int(words[0]) else { throw line.failure("\(words[0]) is no number") }
            return value
        }
        switch key {
        case "prefixes": settings.prefixes = try words.map { try Self.pref64($0, line) }
        case "pool4": settings.pool4 = try Self.pool(words, line)
        case "filtering": settings.endpointIndependentFiltering = words[0] == "endpoint-independent"
        case "tcp-established": settings.timers.tcpEstablished = UInt32(try number())
        case "tcp-transitory": settings.timers.tcpTransitory = UInt32(try number())
        case "tcp-incoming-syn": settings.timers.tcpIncomingSYN = UInt32(try number())
        case "udp": settings.timers.udp = UInt32(try number())
        case "icmp": settings.timers.icmp = UInt32(try number())
        case "fragment": settings.timers.fragment = UInt32(try number())
        case "sessions-per-client": settings.quota.sessions = try number()
        case "ports-per-client": settings.quota.ports = try number()
        case "subscriber-prefix-length": settings.quota.subscriberPrefixLength = try number()
        case "wkp-non-global": settings.dropsNonGlobal = words[0] == "drop"
        case "port-block": settings.portBlockSize = try number()
        case "session-limit": settings.sessionLimit = try number()
        case "fragment-memory": settings.fragmentMemory = try number()
        case "lowest-ipv6-mtu": settings.lowestIPv6MTU = try number()
        case "mss6": settings.maximumSegmentSize6 = UInt16(try number())
        case "mss4": settings.maximumSegmentSize4 = UInt16(try number())
        case "slice": settings.slice = try number()
        case "slices": settings.slices = try number()
        case "static": settings.staticBindings.append(try PairBinding(words, line).settings)
        default: throw line.failure("unknown key \(key)")
        }
    }

    private static func pref64(_ text: String, _ line: PairLine) throws -> Pref64 {
        guard let prefix = IPPrefix(text) else { throw line.failure("\(text) is no prefix") }
        do { return try Pref64(prefix) } catch { throw line.failure("\(text): \(error)") }
    }

    /// ADDRESS[+COUNT] [FIRST-LAST] ...
    private static func pool(_ words: [String], _ line: PairLine) throws -> [PoolRange] {
        var ranges: [PoolRange] = []
        for word in words {
            let ends = word.split(separator: "-").compactMap { UInt16($0) }
            if ends.count == 2, !ranges.isEmpty {
                ranges[ranges.count - 1].ports = ends[0]...ends[1]
                continue
            }
            let parts = word.split(separator: "+")
            guard let octets = AddressNames.ipv4(String(parts[0])) else { throw line.failure("\(word) is no address") }
            ranges.append(
                PoolRange(
                    first: IPv4Address(octets[0], octets[1], octets[2], octets[3]),
                    addressCount: parts.count > 1 ? Int(parts[1]) ?? 1 : 1))
        }
        return ranges
    }
}

/// tcp CLIENT PORT = PUBLIC PORT
struct PairBinding {
    var settings: StaticBindingSettings {
        StaticBindingSettings(
            proto: proto, client: client, clientPort: clientPort, publicAddress: `public`, publicPort: publicPort)
    }

    let proto: TableProtocol
    let client: IPv6Address
    let clientPort: UInt16
    let `public`: IPv4Address
    let publicPort: UInt16

    init(_ words: [String], _ line: PairLine) throws {
        let all = words.filter { $0 != "=" }
        let protocols: [String: TableProtocol] = ["tcp": .tcp, "udp": .udp, "icmp": .icmp]
        guard all.count == 5, let proto = protocols[all[0]], let clientPort = UInt16(all[2]),
            let six = AddressNames.ipv6(all[1], prefix: Pref64.wellKnown.prefix), let publicPort = UInt16(all[4]),
            let four = AddressNames.ipv4(all[3])
        else { throw line.failure("PROTOCOL CLIENT PORT = PUBLIC PORT was expected") }
        self.proto = proto
        self.clientPort = clientPort
        self.publicPort = publicPort
        client = IPv6Address(
            high: six[0..<8].reduce(0) { $0 << 8 | UInt64($1) }, low: six[8..<16].reduce(0) { $0 << 8 | UInt64($1) })
        self.public = IPv4Address(four[0], four[1], four[2], four[3])
    }
}
