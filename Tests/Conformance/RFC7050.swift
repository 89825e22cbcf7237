// RFC 7050: Discovery of the IPv6 Prefix Used for IPv6 Address Synthesis; and RFC 8880, which has ipv4only.arpa
// answered here.

import DNSMessage
import NetAddress
import Resolver
import Testing

@Suite("RFC 7050 and RFC 8880")
struct RFC7050 {
    /// RFC 7050 section 3.1: a host looks for 192.0.0.170 and 171 in each AAAA at the six places and so finds the
    /// prefix.
    private static func discover(_ addresses: [IPv6Address]) -> Set<IPPrefix> {
        var found: Set<IPPrefix> = []
        for address in addresses {
            for length in [32, 40, 48, 56, 64, 96] {
                guard let prefix = IPPrefix(.v6(address), length: length), let pref64 = try? Pref64(prefix),
                    let inner = pref64.extract(address), inner.rawValue & ~1 == 0xc000_00aa
                else { continue }
                found.insert(prefix)
            }
        }
        return found
    }

    @Test(
        "Section 3: a host finds each prefix that is in use, and no other",
        arguments: [
            ["64:ff9b::/96"], ["2001:db8::/32"], ["2001:db8:100::/40"], ["2001:db8:122::/48"],
            ["2001:db8:122:300::/56"],
            ["2001:db8:122:344::/64"], ["2001:db8:122:344::/96"], ["64:ff9b::/96", "2001:db8:1::/48"],
        ])
    func discovery(_ prefixes: [String]) throws {
        let configured = try prefixes.map { try Pref64(try #require(IPPrefix($0))) }
        let local = LocalResolver { $1.prefixes = configured }
        let answer = try #require(local.ask("ipv4only.arpa.", .aaaa))
        #expect(answer.answers.count == 2 * prefixes.count)
        let found = Self.discover(answer.answerTexts.compactMap { IPv6Address($0) })
        #expect(found == Set(configured.map(\.prefix)))
    }

    @Test("Section 3: whatever is excluded, discovery works")
    func exclusion() throws {
        let all = try #require(IPPrefix("0.0.0.0/0"))
        let local = LocalResolver {
            $1.excludeA = [.init(prefix: all, underWellKnownPrefixOnly: false, reason: "everything")]
        }
        let answer = try #require(local.ask("ipv4only.arpa.", .aaaa))
        #expect(answer.answerTexts == ["64:ff9b::c000:aa", "64:ff9b::c000:ab"])
    }

    @Test("RFC 8880 section 7.1: A records are these two, and nothing is asked upstream")
    func addresses() throws {
        let local = LocalResolver()
        let answer = try #require(local.ask("ipv4only.arpa.", .a))
        #expect(answer.answerTexts == ["192.0.0.170", "192.0.0.171"])
        for type: RecordType in [.txt, .mx, .ns, .soa, .https, .any, .ds] {
            #expect(local.ask("ipv4only.arpa.", type) != nil, "\(type)")
        }
        #expect(!local.resolver.hasActions)
    }

    @Test("RFC 8880 section 7.2: the reverse names", arguments: ["170", "171"])
    func reverse(_ octet: String) throws {
        let local = LocalResolver()
        let answer = try #require(local.ask("\(octet).0.0.192.in-addr.arpa.", .ptr))
        #expect(answer.answerTexts == ["ipv4only.arpa."])
        #expect(!local.resolver.hasActions)
    }
}
