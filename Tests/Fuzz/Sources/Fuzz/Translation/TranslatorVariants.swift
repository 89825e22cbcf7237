// The network of the fuzzed translator, and its settings.

internal import NetAddress
internal import Translator

/// Who speaks to whom. The dictionary and the seeds know these addresses.
enum TestNetwork {
    /// The first two are one subscriber; the last one has the static bindings.
    static let clients = ["2001:db8:1::1", "2001:db8:1::2", "2001:db8:2::1", "2001:db8:3::80"].compactMap {
        IPv6Address($0)
    }
    /// The last two are the pool's own: hairpinning.
    static let peers = ["203.0.113.1", "203.0.113.2", "8.8.8.8", "10.0.0.1", "198.51.100.1", "198.51.100.2"].compactMap
    {
        IPv4Address($0)
    }
    static let pool = PoolRange(first: IPv4Address(198, 51, 100, 1), addressCount: 2, ports: 4_000...4_015)
    /// By the low bits of a choice.
    static let prefixes = [
        ["64:ff9b::/96", "2001:db8:64::/48"], ["2001:db8:64::/48"], ["2001:db8:64::/64", "2001:db9::/32"],
        ["2001:db8:6400::/40", "2001:db8:64:100::/56", "2001:db8:64::/96"],
    ].map { $0.compactMap { IPPrefix($0) }.compactMap { try? Pref64($0) } }

    static func settings(_ choice: UInt8) -> TranslatorSettings {
        var settings = TranslatorSettings(
            prefixes: prefixes[Int(choice & 3)], pool4: [pool],
            ownAddress6: IPv6Address(high: 0x2001_0db8_ffff_0000, low: 1),
            ownAddress4: IPv4Address(192, 0, 2, 1))
        settings.endpointIndependentFiltering = choice & 4 != 0
        settings.portBlockSize = choice & 8 != 0 ? 4 : 0
        settings.maximumSegmentSize6 = choice & 16 != 0 ? 1_220 : nil
        settings.maximumSegmentSize4 = choice & 16 != 0 ? 1_240 : nil
        settings.recordsBindings = choice & 32 != 0
        settings.dropsNonGlobal = choice & 64 != 0
        settings.isShared = choice & 128 != 0
        settings.quota.sessions = 8
        settings.quota.ports = 4
        settings.sessionLimit = 14
        // The relations of RFC 6146 section 4, sooner over.
        (settings.timers.tcpEstablished, settings.timers.tcpTransitory) = (40, 10)
        (settings.timers.udp, settings.timers.icmp) = (12, 8)
        settings.fragmentMemory = 32 << 10
        settings.staticBindings = zip(TableProtocol.allCases, [80, 53, 7]).map { proto, port in
            StaticBindingSettings(
                proto: proto, client: clients[3], clientPort: port, publicAddress: pool.first, publicPort: 4_001)
        }
        return settings
    }

    /// A client of a choice's bits.
    static func client(_ choice: UInt8) -> IPv6Address { clients[Int(choice) % clients.count] }
    static func peer(_ choice: UInt8) -> IPv4Address { peers[Int(choice) % peers.count] }
}
