// Which server is asked, and how: zones, policies, and what each server can do.

import Foundation
import Testing

@Suite(.ownThread) struct UpstreamChoiceTests {
    @Test func aSecondServerHelps() throws {
        try withHouse { house throws in
            let silent = try FakeUpstream(house) { _, _ in [.silence] }
            let failing = try FakeUpstream(house) { query, _ in [.reply(query.reply(code: 2))] }
            let good = try FakeUpstream(house, FakeUpstream.ipv4Only())
            for (bad, what) in [(silent, "silent"), (failing, "failing")] {
                for policy in ["ordered", "fastest", "race"] {
                    let daemon = try house.forwarder(to: [bad.endpoint, good.endpoint], "policy: \(policy)")
                    let start = Clock.now
                    #expect(
                        try daemon.aaaa("\(what).\(policy).example.") == ["64:ff9b::c000:201"], "\(what), \(policy)")
                    #expect(Clock.now - start < 4)
                }
            }
        }
    }

    @Test func theLongestMatchingZone() throws {
        try withHouse { house throws in
            let root = try FakeUpstream(house, FakeUpstream.ipv4Only("192.0.2.1"))
            let corp = try FakeUpstream(house, address: "::1", FakeUpstream.ipv4Only("192.0.2.2"))
            let lab = try FakeUpstream(house, FakeUpstream.ipv4Only("192.0.2.3"))
            let daemon = try Daemon(
                house,
                """
                upstream:
                  - { zone: ".", servers: [\(root.endpoint.text)] }
                  - { zone: corp.example, servers: [\(corp.endpoint.text)] }
                  - { zone: lab.corp.example, servers: [\(lab.endpoint.text)] }
                """)
            #expect(try daemon.aaaa("a.example.") == ["64:ff9b::c000:201"])
            #expect(try daemon.aaaa("notcorp.example.") == ["64:ff9b::c000:201"])
            #expect(try daemon.aaaa("corp.example.") == ["64:ff9b::c000:202"])
            #expect(try daemon.aaaa("a.CORP.example.") == ["64:ff9b::c000:202"])
            #expect(try daemon.aaaa("a.lab.corp.example.") == ["64:ff9b::c000:203"])
        }
    }

    @Test func policies() throws {
        try withHouse { house throws in
            let slow = try FakeUpstream(house, FakeUpstream.ipv4Only(after: 0.12))
            let fast = try FakeUpstream(house, FakeUpstream.ipv4Only())
            let servers = [slow.endpoint, fast.endpoint]
            func count(_ policy: String) throws -> (slow: Int, fast: Int) {
                slow.forget()
                fast.forget()
                let daemon = try house.forwarder(to: servers, "policy: \(policy)")
                for index in 0..<20 {
                    #expect(try daemon.ask("\(policy)\(index).example.", Kind.a)?.addresses == ["192.0.2.1"])
                }
                return (slow.asked.count, fast.asked.count)
            }
            let ordered = try count("ordered")
            #expect(ordered.slow == 20 && ordered.fast <= 2, "the first that works: \(ordered)")
            let race = try count("race")
            #expect(race.slow >= 18 && race.fast == 20, "all at once: \(race)")
            let fastest = try count("fastest")
            #expect(fastest.fast > fastest.slow, "the shorter round-trip time: \(fastest)")
        }
    }

    @Test func randomLetterCase() throws {
        try withHouse { house throws in
            let upstream = try FakeUpstream(house) { query, transport in
                var query = query
                if query.name.lowercased().hasPrefix("lower") { query.name = query.name.lowercased() }
                return FakeUpstream.ipv4Only()(query, transport)
            }
            let daemon = try house.forwarder(to: [upstream.endpoint], "case-randomization: true, timeout: 1500ms")
            let name = "a-name-with-many-letters.example."
            #expect(try daemon.aaaa(name) == ["64:ff9b::c000:201"])
            #expect(upstream.asked.contains { $0.name != name })
            #expect(try daemon.ask(name)?.answers.first?.name == name, "the client sees the case that it asked with")
            _ = try daemon.ask("lower-case-is-no-answer.example.", within: 4)
            #expect(try daemon.counter("upstream-drop-wrong-case") > 0)
        }
    }

    /// A server that does not know EDNS (RFC 6891 section 6.2.2).
    @Test func withoutEDNS() throws {
        try withHouse { house throws in
            let upstream = try FakeUpstream(house) { query, transport in
                guard query.ednsSize == nil else {
                    var reply = query.reply(code: 1)
                    reply.ednsSize = nil
                    return [.reply(reply)]
                }
                return FakeUpstream.ipv4Only()(query, transport)
            }
            let daemon = try house.forwarder(to: [upstream.endpoint])
            #expect(try daemon.aaaa("old.example.") == ["64:ff9b::c000:201"])
            #expect(try daemon.counter("upstream-edns-fallback") > 0)
        }
    }

    @Test func sourcePortsAndIDsAreRandom() throws {
        try withHouse { house throws in
            let ids = Gathering<UInt16>()
            let upstream = try FakeUpstream(house) { query, transport in
                ids.add(query.id)
                return FakeUpstream.ipv4Only()(query, transport)
            }
            let daemon = try house.forwarder(to: [upstream.endpoint])
            for index in 0..<50 { _ = try daemon.ask("p\(index).example.", Kind.a) }
            #expect(Set(ids.all).count > 45)
            let ports = upstream.asked.compactMap(\.port)
            #expect(Set(ports).count > 25, "\(Set(ports).count) source ports for 50 questions")
        }
    }
}
