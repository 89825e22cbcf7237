// Upstreams that are dead, lie, cut, wait, close: the client gets its answer, or its SERVFAIL in bounded time.

import Foundation
import Testing

@Suite(.ownThread) struct UpstreamTroubleTests {
    private func expectFailure(_ daemon: Daemon, _ name: String, _ what: String, within seconds: Double = 5) throws {
        let start = Clock.now
        let reply = try daemon.ask(name, within: seconds + 2)
        #expect(reply?.responseCode == 2, "\(what): \(String(describing: reply))")
        #expect(Clock.now - start < seconds, "\(what): in bounded time")
    }

    @Test func nobodyListens() throws {
        try withHouse { house throws in
            let dead = Endpoint("127.0.0.1", try Ports.free())
            try expectFailure(try house.forwarder(to: [dead]), "any.example.", "a closed port")
            try expectFailure(try Daemon(house, "upstream: []"), "any.example.", "no upstream at all", within: 1)
        }
    }

    @Test func silence() throws {
        try withHouse { house throws in
            let upstream = try FakeUpstream(house) { _, _ in [.silence] }
            let daemon = try house.forwarder(to: [upstream.endpoint])
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
                case "garbage":
                    bytes = Array(query.reply().bytes.prefix(2)) + [0x81, 0x80] + [UInt8](repeating: 0xff, count: 60)
                case "noquestion": lie.questionCount = 0
                default: return truth(query, transport)
                }
                let act = FakeUpstream.Act.raw(bytes ?? lie.bytes)
                return words[0] == "then" ? [act, act] + truth(query, transport) : [act]
            }
            let daemon = try house.forwarder(to: [upstream.endpoint], "timeout: 1s")
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
            let daemon = try house.forwarder(to: [upstream.endpoint], "timeout: 2s")
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
                house, server: "workers: 1, pending: 20",
                "upstream: [{ zone: ., servers: [\(upstream.endpoint.text)] }]")
            let sockets = try (0..<30).map { _ in
                let socket = try Socket(SOCK_DGRAM, AF_INET)
                try socket.connect(daemon.v4)
                return socket
            }
            for (index, socket) in sockets.enumerated() { socket.send(DNS.query("p\(index).example.").bytes) }
            let start = Clock.now
            let early = sockets.filter {
                $0.receive(within: max(0, start + 1 - Clock.now)).flatMap { DNS($0) }?.responseCode == 2
            }
            #expect(early.count == 10)
            #expect(try daemon.counter("serv-fail-too-many-pending") == 10)
            #expect(try daemon.aaaa("ipv4only.arpa.").count == 2, "local names are answered all the same")
        }
    }

    @Test func streamsAlone() throws {
        try withHouse { house throws in
            let upstream = try FakeUpstream(house, FakeUpstream.ipv4Only())
            let daemon = try house.forwarder(to: [upstream.endpoint], "transport: tcp")
            #expect(try daemon.aaaa("a.example.") == ["64:ff9b::c000:201"])
            #expect(upstream.asked.allSatisfy { $0.transport == .tcp } && upstream.asked.count == 2)
        }
    }

    @Test func repeatedAnswers() throws {
        try withHouse { house throws in
            let upstream = try FakeUpstream(house) { query, transport in
                (0..<5).flatMap { _ in FakeUpstream.ipv4Only()(query, transport) }
            }
            let daemon = try house.forwarder(to: [upstream.endpoint])
            for index in 0..<10 { #expect(try daemon.aaaa("n\(index).example.") == ["64:ff9b::c000:201"]) }
        }
    }
}
