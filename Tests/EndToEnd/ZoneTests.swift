// Zones from master files: answered with authority, synthesized like any other.

import Foundation
import Testing

@Suite(.ownThread) struct ZoneTests {
    static let text = """
        $ORIGIN home.example.
        $TTL 300
        @ SOA ns admin 7 3600 900 604800 120
        @ NS ns
        ns A 192.0.2.53
        host A 192.0.2.1
        alias CNAME host
        away CNAME elsewhere.example.
        *.wild A 192.0.2.2
        *.wild TXT "here"
        sub NS ns.sub
        ns.sub A 192.0.2.54
        empty.between A 192.0.2.3

        """

    private func withDaemon(_ referrals: String = "answer", _ body: (House, Daemon, FakeUpstream) throws -> Void) throws
    {
        try withHouse { house in
            let upstream = try FakeUpstream(house, FakeUpstream.ipv4Only("198.51.100.9"))
            try house.write("home.zone", Self.text)
            let daemon = try Daemon(
                house,
                """
                upstream: [{ zone: ., servers: [\(upstream.endpoint.text)] }]
                zones: [{ name: home.example, file: \(house.path("home.zone")), referrals: \(referrals) }]
                """)
            try body(house, daemon, upstream)
        }
    }

    @Test func authority() throws {
        try withDaemon { (house, daemon, upstream) throws in
            let host = try house.dig(daemon.v4, "host.home.example A")
            #expect(host.flags.contains("aa") && host.data("A") == ["192.0.2.1"])
            let made = try house.dig(daemon.v4, "host.home.example AAAA")
            #expect(
                made.data("AAAA") == ["64:ff9b::c000:201"] && made.ttls == [120],
                "local data is synthesized like any other")
            #expect(try house.dig(daemon.v4, "alias.home.example AAAA").data("AAAA") == ["64:ff9b::c000:201"])
            #expect(try house.dig(daemon.v4, "any.wild.home.example AAAA").data("AAAA") == ["64:ff9b::c000:202"])
            let wild = try house.dig(daemon.v4, "a.b.wild.home.example TXT")
            #expect(wild.answer.first?[0] == "a.b.wild.home.example." && wild.flags.contains("aa"))
            let nothing = try house.dig(daemon.v4, "nothing.home.example AAAA")
            #expect(nothing.status == "NXDOMAIN" && nothing.flags.contains("aa"))
            #expect(nothing.authority.filter { $0[3] == "SOA" }.count == 1)
            #expect(try house.dig(daemon.v4, "between.home.example AAAA").status == "NOERROR", "an empty non-terminal")
            #expect(try house.dig(daemon.v4, "home.example SOA").flags.contains("aa"))
            #expect(upstream.asked.isEmpty)
            let away = try house.dig(daemon.v4, "away.home.example AAAA")
            #expect(away.data("CNAME") == ["elsewhere.example."] && away.data("AAAA") == ["64:ff9b::c633:6409"])
        }
    }

    @Test func delegations() throws {
        try withDaemon("answer") { (house, daemon, upstream) throws in
            let referral = try house.dig(daemon.v4, "host.sub.home.example AAAA")
            #expect(referral.status == "NOERROR" && referral.answer.isEmpty && !referral.flags.contains("aa"))
            #expect(referral.authority.map { $0[3] } == ["NS"])
            #expect(referral.additional.contains { $0[0] == "ns.sub.home.example." && $0[3] == "A" }, "with glue")
            #expect(upstream.asked.isEmpty)
        }
        try withDaemon("forward") { (house, daemon, upstream) throws in
            #expect(try house.dig(daemon.v4, "host.sub.home.example AAAA").data("AAAA") == ["64:ff9b::c633:6409"])
            #expect(upstream.count("host.sub.home.example.", Kind.a) == 1)
            #expect(try house.dig(daemon.v4, "host.home.example A").flags.contains("aa"))
        }
    }

    @Test func aZoneFileThatVanishesOrBreaks() throws {
        try withDaemon { (house, daemon, upstream) throws in
            try house.write(
                "home.zone", Self.text.replacingOccurrences(of: "host A 192.0.2.1", with: "host A 192.0.2.77"))
            #expect(try daemon.ctl("reload").status == 0)
            #expect(try daemon.ask("host.home.example.", Kind.a)?.addresses == ["192.0.2.77"])
            for damage in ["vanished", "broken"] {
                if damage == "broken" {
                    try house.write("home.zone", "host A nonsense\n")
                } else {
                    unlink(house.path("home.zone"))
                }
                let reload = try daemon.ctl("reload")
                #expect(reload.status == 1 && reload.errors.contains("home.zone"), "\(damage): \(reload.errors)")
                #expect(try daemon.ask("host.home.example.", Kind.a)?.addresses == ["192.0.2.77"], "the old data stay")
            }
            #expect(try daemon.json("status")["lastReloadError"] != nil)
        }
    }
}
