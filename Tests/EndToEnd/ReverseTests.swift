// PTR under the prefix (RFC 6147 section 5.3.1), ipv4only.arpa (RFC 8880), and the names that never leave (RFC 6303).

import Foundation
import Testing

@Suite(.ownThread) struct ReverseTests {
    @Test func reverseByAliasAndDirectly() throws {
        try withHouse { house in
            let nsd = try NSD(house, [Zones.reverse])
            let rest = """
                upstream: [{ zone: ., servers: [\(nsd.v4.text)] }]
                empty-zones: { except: [2.0.192.in-addr.arpa] }
                dns64: { prefixes: ["64:ff9b::/96", "2001:db8:6400::/40"] }
                clients:
                  - { match: [127.0.0.2], dns64: { reverse: direct } }
                  - { match: [127.0.0.3], dns64: { reverse: off } }
                """
            let daemon = try Daemon(house, rest)
            let alias = try house.dig(daemon.v4, "-x 64:ff9b::192.0.2.1")
            #expect(alias.status == "NOERROR")
            #expect(alias.data("CNAME") == ["1.2.0.192.in-addr.arpa."])
            #expect(alias.data("PTR") == ["v4only.main.example."])
            #expect(try house.dig(daemon.v4, "-x 2001:db8:64c0:2:1::").data("PTR") == ["v4only.main.example."])
            let direct = try house.dig(daemon.v4, "-b 127.0.0.2 -x 64:ff9b::192.0.2.1")
            #expect(direct.data("PTR") == ["v4only.main.example."] && direct.data("CNAME").isEmpty)
            #expect(direct.answer.first?[0].hasSuffix("ip6.arpa.") == true)
            let name = "1.0.2.0.0.0.0.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.B.9.F.F.4.6.0.0.IP6.ARPA"
            #expect(try house.dig(daemon.v4, "\(name) PTR").data("PTR") == ["v4only.main.example."], "any letter case")
            // Half an address leads nowhere.
            let part = name.split(separator: ".").dropFirst(2).joined(separator: ".")
            #expect(try house.dig(daemon.v4, "\(part) PTR").answer.isEmpty)
            #expect(try house.dig(daemon.v4, "-b 127.0.0.3 -x 64:ff9b::192.0.2.1").data("PTR").isEmpty)
        }
    }

    @Test func ipv4onlyArpaIsAnsweredHere() throws {
        try withHouse { house in
            let upstream = try FakeUpstream(house, FakeUpstream.ipv4Only())
            let daemon = try Daemon(house, "upstream: [{ zone: ., servers: [\(upstream.endpoint.text)] }]")
            let addresses = try house.dig(daemon.v4, "ipv4only.arpa AAAA").data("AAAA").sorted()
            #expect(addresses == ["64:ff9b::c000:aa", "64:ff9b::c000:ab"])
            #expect(try house.dig(daemon.v4, "IPv4Only.ARPA A").data("A").sorted() == ["192.0.0.170", "192.0.0.171"])
            #expect(try house.kdig(daemon.v4, "ipv4only.arpa AAAA").data("AAAA").count == 2)
            for address in ["192.0.0.170", "192.0.0.171", "64:ff9b::192.0.0.170", "64:ff9b::192.0.0.171"] {
                #expect(try house.dig(daemon.v4, "-x \(address)").data("PTR") == ["ipv4only.arpa."], "\(address)")
            }
            #expect(try house.dig(daemon.v4, "ipv4only.arpa MX").status == "NOERROR")
            #expect(try house.dig(daemon.v4, "sub.ipv4only.arpa AAAA").status == "NXDOMAIN")
            #expect(upstream.asked.isEmpty, "upstream is never asked")
            #expect(try daemon.counter("answered-special") > 0)
        }
    }

    @Test func emptyZones() throws {
        try withHouse { house in
            let upstream = try FakeUpstream(house, FakeUpstream.ipv4Only())
            let servers = "upstream: [{ zone: ., servers: [\(upstream.endpoint.text)] }]\n"
            let daemon = try Daemon(house, servers)
            for name in ["-x 10.1.2.3", "-x 192.168.1.1", "-x fe80::1", "-x 127.0.0.9"] {
                let answer = try house.dig(daemon.v4, name)
                #expect(answer.status == "NXDOMAIN", "\(name)")
                #expect(answer.authority.filter { $0[3] == "SOA" }.count == 1)
            }
            #expect(upstream.asked.isEmpty)
            let other = try Daemon(house, servers + "empty-zones: { except: [10.in-addr.arpa] }")
            _ = try house.dig(other.v4, "-x 10.1.2.3")
            #expect(upstream.asked.count == 1)
        }
    }
}
