// RFC 6147 as a client sees it, with nsd and unbound upstream and dig, kdig and drill as clients.

import Foundation
import Testing

@Suite(.ownThread) struct SynthesisTests {
    enum Upstream: String, CaseIterable { case nsd, unbound }

    /// Two authoritative servers with a zone each; `through` says who is between them and the daemon.
    private func withDaemon(_ through: Upstream, _ rest: String = "", _ body: (House, Daemon) throws -> Void) throws {
        try withHouse { house in
            let main = try NSD(house, [Zones.main, Zones.reverse])
            let other = try NSD(house, [Zones.other])
            let upstream: String
            switch through {
            case .nsd:
                upstream = """
                    upstream:
                      - { zone: ".", servers: [\(main.v4.text)] }
                      - { zone: other.example, servers: [\(other.v6.text)] }
                    """
            case .unbound:
                let unbound = try Unbound(
                    house,
                    stubs: [("main.example", main.v4), ("other.example", other.v4), ("2.0.192.in-addr.arpa", main.v4)])
                upstream = "upstream: [{ zone: ., servers: [\(unbound.v4.text)] }]"
            }
            try body(house, try Daemon(house, upstream + "\n" + rest))
        }
    }

    @Test(arguments: Upstream.allCases) func ipv4OnlyNames(_ through: Upstream) throws {
        try withDaemon(through) { house, daemon in
            let dig = try house.dig(daemon.v4, "v4only.main.example AAAA")
            #expect(dig.status == "NOERROR")
            #expect(dig.data("AAAA") == ["64:ff9b::c000:201"])
            #expect(dig.data("A").isEmpty, "A records must not leak into an AAAA answer")
            #expect(dig.flags.contains("ra") && !dig.flags.contains("aa") && !dig.flags.contains("ad"))
            #expect(dig.text.contains("EDE: 29"), "RFC 8914: synthesized")
            #expect(try house.kdig(daemon.v6, "v4only.main.example AAAA").data("AAAA") == ["64:ff9b::c000:201"])
            #expect(try house.drill(daemon.v4, "v4only.main.example AAAA").data("AAAA") == ["64:ff9b::c000:201"])
            #expect(
                try house.dig(daemon.v4, "two.main.example AAAA").data("AAAA").sorted()
                    == ["64:ff9b::c000:202", "64:ff9b::c633:6402"])
            #expect(try house.dig(daemon.v4, "V4oNLy.Main.EXAMPLE AAAA").data("AAAA") == ["64:ff9b::c000:201"])
            #expect(try house.dig(daemon.v4, "v4only.main.example A").data("A") == ["192.0.2.1"])
        }
    }

    @Test(arguments: Upstream.allCases) func extendedErrorOnlyForEDNS(_ through: Upstream) throws {
        try withDaemon(through) { house, daemon in
            let plain = try house.dig(daemon.v4, "+noedns v4only.main.example AAAA")
            #expect(plain.data("AAAA") == ["64:ff9b::c000:201"])
            #expect(!plain.text.contains("OPT PSEUDOSECTION"))
            #expect(
                !(try house.dig(daemon.v4, "dual.main.example AAAA")).text.contains("EDE"), "nothing was synthesized")
        }
    }

    @Test(arguments: Upstream.allCases) func nativeAddressesAreKept(_ through: Upstream) throws {
        try withDaemon(through) { house, daemon in
            #expect(try house.dig(daemon.v4, "dual.main.example AAAA").data("AAAA") == ["2001:db8::3"])
            #expect(try house.dig(daemon.v4, "v6only.main.example AAAA").data("AAAA") == ["2001:db8::4"])
            let alias = try house.dig(daemon.v4, "toDual.main.example AAAA")
            #expect(alias.data("AAAA") == ["2001:db8::3"] && alias.data("CNAME") == ["dual.main.example."])
            #expect(try daemon.counter("synthesized") == 0)
        }
    }

    @Test(arguments: Upstream.allCases) func aliasChains(_ through: Upstream) throws {
        try withDaemon(through) { house, daemon in
            let chain = try house.dig(daemon.v4, "chain.main.example AAAA")
            #expect(chain.status == "NOERROR")
            #expect(chain.data("CNAME") == ["across.main.example.", "v4only.other.example."])
            #expect(chain.data("AAAA") == ["64:ff9b::c633:6401"])
            #expect(chain.answer.last?[0] == "v4only.other.example.", "the record at the end of the chain")
            let tree = try house.dig(daemon.v4, "v4only.tree.main.example AAAA")
            #expect(tree.data("DNAME") == ["branch.main.example."])
            #expect(tree.data("CNAME") == ["v4only.branch.main.example."])
            #expect(tree.data("AAAA") == ["64:ff9b::c000:205"])
            let far = try house.dig(daemon.v4, "v4only.far.main.example AAAA")
            #expect(far.data("AAAA") == ["64:ff9b::c633:6405"])
            #expect(try house.dig(daemon.v4, "loop1.main.example AAAA").status == "SERVFAIL")
        }
    }

    @Test(arguments: Upstream.allCases) func negativeAnswers(_ through: Upstream) throws {
        try withDaemon(through) { house, daemon in
            let nothing = try house.dig(daemon.v4, "nothing.main.example AAAA")
            #expect(nothing.status == "NXDOMAIN" && nothing.answer.isEmpty)
            #expect(nothing.authority.filter { $0[3] == "SOA" }.map { $0[0] } == ["main.example."])
            let text = try house.dig(daemon.v4, "text.main.example AAAA")
            #expect(text.status == "NOERROR" && text.answer.isEmpty)
            #expect(
                text.authority.filter { $0[3] == "SOA" }.map { $0[0] } == ["main.example."], "one SOA, the right one")
            let alias = try house.dig(daemon.v4, "toNowhere.main.example AAAA")
            #expect(alias.status == "NXDOMAIN" && alias.data("CNAME") == ["nothing.other.example."])
            #expect(alias.authority.filter { $0[3] == "SOA" }.map { $0[0] } == ["other.example."])
        }
    }

    @Test(arguments: Upstream.allCases) func excludedAddresses(_ through: Upstream) throws {
        try withDaemon(through) { house, daemon in
            #expect(try daemon.aaaa("mapped.main.example.") == ["64:ff9b::c000:206"])
            #expect(try daemon.aaaa("half.main.example.") == ["2001:db8::7"], "record by record")
            for name in ["private", "loopback"] {
                let answer = try house.dig(daemon.v4, "\(name).main.example AAAA")
                #expect(answer.status == "NOERROR" && answer.answer.isEmpty)
                #expect(answer.authority.filter { $0[3] == "SOA" }.count == 1)
            }
        }
    }

    @Test func synthesizedTTLs() throws {
        try withDaemon(.nsd) { house, daemon in
            #expect(try house.dig(daemon.v4, "short.main.example AAAA").ttls == [60], "not above A's")
            #expect(try house.dig(daemon.v4, "long.main.example AAAA").ttls == [200], "not above the negative TTL")
            let chain = try house.dig(daemon.v4, "across.main.example AAAA")
            #expect(chain.answer.last.map { $0[1] } == "100", "the negative TTL of the terminal name's zone")
            for (name, whole) in [("short", 60), ("long", 200)] {
                let counts = try eventually(within: 4) {
                    try (house.dig(daemon.v4, "\(name).main.example AAAA").ttls.first ?? whole) < whole
                }
                #expect(counts, "TTLs are counted down")
            }
        }
    }

    /// One link an answer, over two zones' servers: followed up to `max-aliases`, SERVFAIL beyond.
    @Test func longChains() throws {
        try withHouse { house in
            let script: FakeUpstream.Script = { query, _ in
                let labels = query.name.split(separator: ".")
                guard let number = Int(labels[0].dropFirst()) else { return [.reply(query.reply(code: 3))] }
                if number > 0 {
                    let zone = labels[1] == "odd" ? "even" : "odd"
                    return [.reply(query.reply([.cname(query.name, "n\(number - 1).\(zone).example.")]))]
                }
                return FakeUpstream.ipv4Only()(query, .udp)
            }
            let (odd, even) = (try FakeUpstream(house, script), try FakeUpstream(house, script))
            let daemon = try Daemon(
                house,
                """
                upstream:
                  - { zone: odd.example, servers: [\(odd.endpoint.text)] }
                  - { zone: even.example, servers: [\(even.endpoint.text)] }
                """)
            let long = try #require(try daemon.ask("n16.even.example."))
            #expect(long.addresses == ["64:ff9b::c000:201"] && long.answers.count == 17)
            #expect(long.answers.last?.name == "n0.even.example.")
            #expect(odd.asked.count == 16 && even.asked.count == 18)
            #expect(try daemon.ask("n17.even.example.")?.responseCode == 2)
            #expect(try daemon.counter("alias-too-long") > 0)
        }
    }

    @Test func withoutSOATenMinutes() throws {
        try withHouse { house in
            let upstream = try FakeUpstream(house) { query, _ in
                [.reply(query.reply(query.type == Kind.a ? [.a(query.name, "192.0.2.1", ttl: 3600)] : []))]
            }
            let daemon = try Daemon(house, "upstream: [{ zone: ., servers: [\(upstream.endpoint.text)] }]")
            #expect(try house.dig(daemon.v4, "v4only.example AAAA").ttls == [600])
        }
    }

    @Test func httpsBringsSynthesizedAddresses() throws {
        try withDaemon(.nsd) { house, daemon in
            let answer = try house.dig(daemon.v4, "web.main.example TYPE65")
            #expect(answer.answer.count == 1)
            #expect(answer.data("HTTPS").first?.contains("192.0.2.10") == true, "hints are not ours to change")
            #expect(
                answer.additional.contains {
                    $0.prefix(1) == ["web.main.example."] && $0.suffix(2) == ["AAAA", "64:ff9b::c000:20a"]
                })
        }
    }

    @Test func askedAtTheSameTime() throws {
        try withHouse { house in
            let upstream = try FakeUpstream(house, FakeUpstream.ipv4Only(after: 0.4))
            let daemon = try Daemon(house, "upstream: [{ zone: ., servers: [\(upstream.endpoint.text)], timeout: 6s }]")
            // So that the server's round-trip time is known and nothing is sent twice.
            _ = try daemon.ask("first.example.")
            let start = Clock.now
            #expect(try daemon.aaaa("second.example.") == ["64:ff9b::c000:201"])
            #expect(Clock.now - start < 0.7, "a cold synthesis costs one round trip, not two")
        }
    }
}
