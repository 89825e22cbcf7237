// RFC 6147: what tables tell better than scenarios (Tests/Scenarios has the rest, file by file).

import DNSMessage
import NetAddress
import Resolver
import Testing

@Suite("RFC 6147")
struct RFC6147 {
    private static func resolver(_ prefixes: [Pref64]) -> LocalResolver {
        LocalResolver {
            $1.prefixes = prefixes
            $1.reverse = .direct
            $0.localData = LocalData(zones: [zone].compactMap { $0 })
        }
    }

    private static let zone: LocalZone? = {
        let lines =
            ["in-addr.arpa. 300 IN SOA a. b. 1 2 3 4 300"]
            + (0..<256).map { "\($0).2.0.192.in-addr.arpa. 300 IN PTR h\($0).example." }
        guard let apex = DomainName("in-addr.arpa.") else { return nil }
        return try? LocalZone(apex: apex, records: lines.compactMap { try? Record(text: $0) })
    }()

    private static func reverseName(_ address: IPv6Address) -> String {
        (0..<16).reversed().map { index in
            let octet = address[octet: index]
            return "\(String(octet & 15, radix: 16)).\(String(octet >> 4, radix: 16))."
        }.joined() + "ip6.arpa."
    }

    @Test(
        "Section 5.3.1: the reverse name of each synthesized address leads back, for all six lengths",
        arguments: RFC6052.vectors)
    func reverse(_ prefix: String, _ text: String) throws {
        let pref64 = try Pref64(try #require(IPPrefix(prefix)))
        let local = Self.resolver([pref64])
        for last in UInt8.min...UInt8.max {
            let name = Self.reverseName(pref64.embed(IPv4Address(192, 0, 2, last)))
            let answer = try #require(local.ask(name, .ptr))
            #expect(answer.answerTexts == ["h\(last).example."])
        }
        #expect(!local.resolver.hasActions)
    }

    @Test("Section 5.3.1: names with fewer or more than 32 nibbles lead nowhere", arguments: RFC6052.vectors)
    func partial(_ prefix: String, _ text: String) throws {
        let pref64 = try Pref64(try #require(IPPrefix(prefix)))
        let whole = Self.reverseName(pref64.embed(IPv4Address(192, 0, 2, 33)))
        let local = Self.resolver([pref64])
        let labels = whole.split(separator: ".")
        for drop in 1...31 {
            _ = local.ask(labels.dropFirst(drop).joined(separator: ".") + ".", .ptr)
            guard case .ask(_, let ask)? = local.resolver.takeActions().first else {
                Issue.record("\(drop) labels short: nothing was asked")
                continue
            }
            #expect(ask.name == DomainName(labels.dropFirst(drop).joined(separator: ".") + "."))
        }
    }
}
