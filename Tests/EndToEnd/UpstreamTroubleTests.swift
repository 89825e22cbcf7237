// Upstreams that are dead, lie, cut, wait, close: the client gets its answer, or its SERVFAIL in bounded time.

import Foundation
import Testing

@Suite(.ownThread) struct UpstreamTroubleTests {
    /// A daemon with these servers for all names.
    private func daemon(_ house: House, _ servers: [Endpoint], _ keys: String = "", _ rest: String = "") throws -> Daemon {
        let list = servers.map(\.text).joined(separator: ", ")
        return try Daemon(house, "upstream: [{ zone: ., servers: [\(list)]\(keys.isEmpty ? "" : ", " + keys) }]\n" + rest)
    }

    private func expectFailure(_ daemon: Daemon, _ name: String, _ what: String, within seconds: Double = 5) throws {
        let start = Clock.now
        let reply = try daemon.ask(name, within: seconds + 2)
        #expect(reply?.responseCode == 2, "\(what): \(String(describing: reply))")
        #expect(Clock.now - start < seconds, "\(what): in bounded time")
    }

    @Test func nobodyListens() throws {
        try withHouse { house throws in
            let dead = Endpoint("127.0.0.1", try Ports.free())
            try expectFailure(try daemon(house, [dead]), "any.example.", "a closed port")
            try expectFailure(try Daemon(house, "upstream: []"), "any.example.", "no upstream at all", within: 1)
        }
    }

    @Test func silence() throws {
        try withHouse { house throws in
            let upstream = try FakeUpstream(house) { _, _ in [.silence] }
            let daemon = try daemon(house, [upstream.endpoint])
            try expectFailure(daemon, "any.example.", "silence")
            #expect(upstream.count("any.example.", Kind.aaaa) > 1, "it is asked more than once")
            #expect(try daemon.counter("upstream-timeouts") > 0)
        }
    }

    /// Each lie is dropped and counted; the truth, if it comes after it, is still taken.
    @Test func lies() throws {
        try withHouse { house throws in
            let truth = FakeUpstream.ipv4Only()
            let upstream = try FakeUpstream(house) { query, transport in
                var lie = query.reply([.a(query.name, "203.0.113.66"), .aaaa(query.name, "2001:db8::66")])
                var bytes: [UInt8]?
                let words = query.name.split(separator: ".")
                switch words[1] {
                case "id": lie.id = query.id ^ 0x5555
                case "question": lie.name = "other.example."
                case "type": lie.type = Kind.txt
                case "query": lie.flags &= 0x7fff
                case "short": bytes = [1, 2, 3]
                case "garbage": bytes = Array(query.reply().bytes.prefix(2)) + [0x81, 0x80] + [UInt8](repeating: 0xff, count: 60)
                case "noquestion": lie.questionCount = 0
                default: return truth(query, transport)
                }
                let act = FakeUpstream.Act.raw(bytes ?? lie.bytes)
                return words[0] == "then" ? [act, act] + truth(query, transport) : [act]
            }
            let daemon = try daemon(house, [upstream.endpoint], "timeout: 1s")
            for lie in ["id", "question", "type", "query", "short"] {
                #expect(try daemon.aaaa("then.\(lie).example.") == ["64:ff9b::c000:201"], "\(lie)")
            }
            for lie in ["id", "question", "type", "query", "short", "garbage", "noquestion"] {
                try expectFailure(daemon, "only.\(lie).example.", lie, within: 3)
            }
            let counters = try daemon.counters()
            for reason in ["wrong-id", "wrong-question", "not-response", "short"] {
                #expect(counters["upstream-drop-\(reason)"] ?? 0 > 0, "\(reason)")
            }
        }
    }

    /// Only what was asked for enters the cache.
    @Test func recordsThatNobodyAskedFor() throws {
        try withHouse { house throws in
            let root = try FakeUpstream(house, FakeUpstream.ipv4Only("192.0.2.99"))
            let liar = try FakeUpstream(house) { query, _ in
                let poison = ["sibling.example.", "victim.test."].map { Record.a($0, "203.0.113.66") }
                if query.name == "sibling.example." { return FakeUpstream.ipv4Only("192.0.2.98")(query, .udp) }
                return [
                    .reply(
                        query.type == Kind.a
                            ? query.reply([.a(query.name, "192.0.2.1")] + poison, additional: poison)
                            : query.reply(authority: [.soa("example.")], additional: poison))
                ]
            }
            let daemon = try Daemon(
                house,
                """
                upstream:
                  - { zone: ".", servers: [\(root.endpoint.text)] }
                  - { zone: example, servers: [\(liar.endpoint.text)] }
                """)
            #expect(try daemon.aaaa("asked.example.") == ["64:ff9b::c000:201"])
            #expect(try daemon.ask("asked.example.", Kind.a)?.addresses == ["192.0.2.1"])
            #expect(try daemon.ask("sibling.example.", Kind.a)?.addresses == ["192.0.2.98"])
            #expect(try daemon.ask("victim.test.", Kind.a)?.addresses == ["192.0.2.99"])
            #expect(try daemon.counter("upstream-drop-out-of-bailiwick") > 0)
        }
    }

    @Test func truncation() throws {
        try withHouse { house throws in
            let upstream = try FakeUpstream(house) { query, transport in
                if transport == .udp { return [.reply(query.reply(truncated: true))] }
                if query.name.hasPrefix("closing") { return [.close] }
                if query.name.hasPrefix("mute") { return [.silence] }
                if query.name.hasPrefix("again") { return [.reply(query.reply(truncated: true))] }
                return FakeUpstream.ipv4Only()(query, transport)
            }
            let daemon = try daemon(house, [upstream.endpoint], "timeout: 2s")
            #expect(try daemon.aaaa("whole.example.") == ["64:ff9b::c000:201"])
            #expect(upstream.asked.contains { $0.transport == .tcp })
            try expectFailure(daemon, "closing.example.", "closes each stream")
            try expectFailure(daemon, "mute.example.", "is silent on streams")
            #expect(try daemon.aaaa("whole2.example.") == ["64:ff9b::c000:201"], "and the streams recover")
        }
    }

    /// `server.pending`: those beyond get SERVFAIL, at once.
    @Test func moreQuestionsThanMayWait() throws {
        try withHouse { house throws in
            let upstream = try FakeUpstream(house) { _, _ in [.silence] }
            let daemon = try Daemon(
                house, server: "workers: 1, pending: 20", "upstream: [{ zone: ., servers: [\(upstream.endpoint.text)] }]")
            let sockets = try (0..<30).map { _ in
                let socket = try Socket(SOCK_DGRAM, AF_INET)
                try socket.connect(daemon.v4)
                return socket
            }
            for (index, socket) in sockets.enumerated() { socket.send(DNS.query("p\(index).example.").bytes) }
            let start = Clock.now
            let early = sockets.filter { $0.receive(within: max(0, start + 1 - Clock.now)).flatMap { DNS($0) }?.responseCode == 2 }
            #expect(early.count == 10)
            #expect(try daemon.counter("serv-fail-too-many-pending") == 10)
            #expect(try daemon.aaaa("ipv4only.arpa.").count == 2, "local names are answered all the same")
        }
    }

    @Test func streamsAlone() throws {
        try withHouse { house throws in
            let upstream = try FakeUpstream(house, FakeUpstream.ipv4Only())
            let daemon = try daemon(house, [upstream.endpoint], "transport: tcp")
            #expect(try daemon.aaaa("a.example.") == ["64:ff9b::c000:201"])
            #expect(upstream.asked.allSatisfy { $0.transport == .tcp } && upstream.asked.count == 2)
        }
    }

    @Test func repeatedAnswers() throws {
        try withHouse { house throws in
            let upstream = try FakeUpstream(house) { query, transport in
                (0..<5).flatMap { _ in FakeUpstream.ipv4Only()(query, transport) }
            }
            let daemon = try daemon(house, [upstream.endpoint])
            for index in 0..<10 { #expect(try daemon.aaaa("n\(index).example.") == ["64:ff9b::c000:201"]) }
        }
    }

    @Test func aSecondServerHelps() throws {
        try withHouse { house throws in
            let silent = try FakeUpstream(house) { _, _ in [.silence] }
            let failing = try FakeUpstream(house) { query, _ in [.reply(query.reply(code: 2))] }
            let good = try FakeUpstream(house, FakeUpstream.ipv4Only())
            for (bad, what) in [(silent, "silent"), (failing, "failing")] {
                for policy in ["ordered", "fastest", "race"] {
                    let daemon = try daemon(house, [bad.endpoint, good.endpoint], "policy: \(policy)")
                    let start = Clock.now
                    #expect(try daemon.aaaa("\(what).\(policy).example.") == ["64:ff9b::c000:201"], "\(what), \(policy)")
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
                let daemon = try daemon(house, servers, "policy: \(policy)")
                for index in 0..<20 { #expect(try daemon.ask("\(policy)\(index).example.", Kind.a)?.addresses == ["192.0.2.1"]) }
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
            let daemon = try daemon(house, [upstream.endpoint], "case-randomization: true, timeout: 1500ms")
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
            let daemon = try daemon(house, [upstream.endpoint])
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
            let daemon = try daemon(house, [upstream.endpoint])
            for index in 0..<50 { _ = try daemon.ask("p\(index).example.", Kind.a) }
            #expect(Set(ids.all).count > 45)
            let ports = upstream.asked.compactMap(\.port)
            #expect(Set(ports).count > 25, "\(Set(ports).count) source ports for 50 questions")
        }
    }
}
