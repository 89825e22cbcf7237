// Who gets what: modes, client classes, prefixes, exclusions.

import Foundation
import Testing

@Suite(.ownThread) struct PolicyTests {
    private func withDaemon(_ rest: String, _ body: (House, Daemon, NSD) throws -> Void) throws {
        try withHouse { house in
            let nsd = try NSD(house, [Zones.main, Zones.other])
            try body(house, try Daemon(house, "upstream: [{ zone: ., servers: [\(nsd.v4.text)] }]\n" + rest), nsd)
        }
    }

    @Test func clientClassesShareTheCacheAndNothingElse() throws {
        let rest = """
            clients:
              - { match: [127.0.0.2], name: all, dns64: { mode: synthall } }
              - { match: [127.0.0.3], dns64: { mode: off } }
              - { match: [127.0.0.4], dns64: { prefixes: ["2001:db8:64::/96"] } }
              - { match: [127.0.0.0/29], dns64: { exclude-aaaa: ["2001:db8::/32"] } }
            """
        try withDaemon(rest) { house, daemon, nsd in
            let before = try nsd.queryCount()
            func ask(_ source: Int, _ name: String) throws -> [String] {
                try house.dig(daemon.v4, "-b 127.0.0.\(source) \(name).main.example AAAA").data("AAAA").sorted()
            }
            for _ in 0..<2 {
                #expect(try ask(9, "dual") == ["2001:db8::3"])
                #expect(try ask(2, "dual") == ["64:ff9b::c000:203"])
                #expect(try ask(3, "dual") == ["2001:db8::3"])
                #expect(try ask(5, "dual") == ["64:ff9b::c000:203"], "the first match wins, this one is the last")
                #expect(try ask(9, "v4only") == ["64:ff9b::c000:201"])
                #expect(try ask(3, "v4only") == [])
                #expect(try ask(4, "v4only") == ["2001:db8:64::c000:201"])
                #expect(try ask(2, "v6only") == ["2001:db8::4"], "synthall: native where there is no A")
            }
            let entries = try daemon.json("lookup", "v4only.main.example")["entries"] as? [[String: Any]] ?? []
            #expect(entries.count == 2)
            #expect(!"\(entries)".contains("64:ff9b"), "what is cached is what upstream said")
            #expect(try nsd.queryCount() - before == 6, "A and AAAA of three names, each once")
        }
    }

    @Test func allSixLengths() throws {
        // RFC 6052 section 2.4, 192.0.2.33.
        let vectors = [
            ("2001:db8::/32", "2001:db8:c000:221::"), ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
            ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"), ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
            ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"),
            ("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"),
        ]
        try withHouse { house in
            try house.write("six.zone", Zones.head("six.example") + "host A 192.0.2.33\n")
            let classes = vectors.enumerated().map { index, vector in
                "  - { match: [127.0.0.\(index + 10)], dns64: { prefixes: [\"\(vector.0)\"] } }"
            }
            let daemon = try Daemon(
                house,
                "clients:\n" + classes.joined(separator: "\n")
                    + "\nzones: [{ name: six.example, file: \(house.path("six.zone")) }]")
            for (index, vector) in vectors.enumerated() {
                let answer = try house.dig(daemon.v4, "-b 127.0.0.\(index + 10) host.six.example AAAA")
                #expect(answer.data("AAAA") == [Record.aaaa("", vector.1).address], "\(vector.0)")
            }
        }
    }

    @Test func severalPrefixes() throws {
        try withDaemon("dns64: { prefixes: [\"64:ff9b::/96\", \"2001:db8:64::/96\", \"2001:db8:6400::/40\"] }") {
            (_, daemon, _) throws in
            let found = try daemon.aaaa("two.main.example.")
            #expect(
                found
                    == [
                        "64:ff9b::c000:202", "64:ff9b::c633:6402", "2001:db8:64::c000:202", "2001:db8:64::c633:6402",
                        Record.aaaa("", "2001:db8:64c0:2:2::").address,
                        Record.aaaa("", "2001:db8:64c6:3364:2::").address,
                    ].sorted())
        }
    }

    @Test func suffixBits() throws {
        try withDaemon("dns64: { prefixes: [\"2001:db8:122:344::/64\"], suffix: \"::ab:cdef\" }") {
            (_, daemon, _) throws in
            let found = try daemon.aaaa("v4only.main.example.")
            #expect(found == [Record.aaaa("", "2001:db8:122:344:c0:2:1ab:cdef").address])
        }
    }

    @Test func exclusionsAndIgnoredNames() throws {
        let rest = """
            dns64:
              exclude-a: [192.0.2.2/32]
              exclude-names: [secret.main.example]
              ignore-aaaa: [dual.main.example, v6only.main.example]
            """
        try withDaemon(rest) { (_, daemon, _) throws in
            #expect(try daemon.aaaa("two.main.example.") == ["64:ff9b::c633:6402"])
            #expect(try daemon.aaaa("private.main.example.") == ["64:ff9b::a01:203"], "the list was replaced")
            #expect(try daemon.aaaa("bank.secret.main.example.") == [])
            #expect(try daemon.aaaa("dual.main.example.") == ["64:ff9b::c000:203"])
            #expect(try daemon.aaaa("v6only.main.example.") == ["2001:db8::4"])
        }
        try withDaemon("dns64: { exclude-a: [] }") { (_, daemon, _) throws in
            let found = try daemon.aaaa("loopback.main.example.")
            #expect(found == ["64:ff9b::7f00:1"])
        }
        try withDaemon("dns64: { prefixes: [\"2001:db8:64::/96\"] }") { (_, daemon, _) throws in
            #expect(
                try daemon.aaaa("private.main.example.") == ["2001:db8:64::a01:203"],
                "RFC 6052 3.1 is of 64:ff9b::/96 alone")
            #expect(try daemon.aaaa("loopback.main.example.") == [])
        }
    }

    @Test func off() throws {
        try withDaemon("dns64: { mode: off }") { house, daemon, _ in
            let answer = try house.dig(daemon.v4, "v4only.main.example AAAA")
            #expect(answer.status == "NOERROR" && answer.answer.isEmpty)
            #expect(try house.dig(daemon.v4, "mapped.main.example AAAA").data("AAAA") == ["::ffff:192.0.2.6"])
        }
    }

    /// RFC 6147 sections 5.1.2 and 5.1.3, and the two switches.
    @Test func failures() throws {
        try withHouse { house in
            let upstream = try FakeUpstream(house) { query, _ in
                let isA = query.type == Kind.a
                switch query.name.split(separator: ".")[0] {
                case "aaaafails":
                    return [.reply(isA ? query.reply([.a(query.name, "192.0.2.1")]) : query.reply(code: 2))]
                case "aaaarefused":
                    return [.reply(isA ? query.reply([.a(query.name, "192.0.2.1")]) : query.reply(code: 5))]
                case "aaaasilent": return isA ? [.reply(query.reply([.a(query.name, "192.0.2.1")]))] : [.silence]
                case "afails": return [.reply(isA ? query.reply(code: 2) : query.reply(authority: [.soa("example.")]))]
                case "nxdomain":
                    return [
                        .reply(
                            isA
                                ? query.reply([.a(query.name, "192.0.2.1")])
                                : query.reply(code: 3, authority: [.soa("example.")]))
                    ]
                default: return [.reply(query.reply(code: 2))]
                }
            }
            let servers = "upstream: [{ zone: ., servers: [\(upstream.endpoint.text)], timeout: 1500ms }]\n"
            let daemon = try Daemon(house, servers)
            #expect(try daemon.aaaa("aaaafails.example.") == ["64:ff9b::c000:201"])
            #expect(try daemon.aaaa("aaaarefused.example.") == ["64:ff9b::c000:201"])
            #expect(try daemon.aaaa("aaaasilent.example.") == ["64:ff9b::c000:201"])
            #expect(try daemon.ask("afails.example.")?.responseCode == 2, "a failure, never an empty NOERROR")
            #expect(try daemon.ask("nxdomain.example.")?.responseCode == 3)
            #expect(try daemon.ask("both.example.")?.responseCode == 2)
            let other = try Daemon(house, servers + "dns64: { aaaa-failure: servfail, a-failure: nodata }")
            #expect(try other.ask("aaaafails.example.")?.responseCode == 2)
            let empty = try other.ask("afails.example.")
            #expect(empty?.responseCode == 0 && empty?.answers.isEmpty == true)
        }
    }
}
