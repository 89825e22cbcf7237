// What the cache saves upstream: repeats, crowds, expired answers, answers that are about to expire.

import Foundation
import Testing

@Suite(.ownThread) struct CacheTests {
    private func withDaemon(
        _ script: @escaping FakeUpstream.Script, _ rest: String = "",
        _ body: (House, Daemon, FakeUpstream) throws -> Void
    ) throws {
        try withHouse { house in
            let upstream = try FakeUpstream(house, script)
            let servers = "upstream: [{ zone: ., servers: [\(upstream.endpoint.text)] }]\n"
            try body(house, try Daemon(house, servers + rest), upstream)
        }
    }

    @Test func asksOnceForWhatItKnows() throws {
        try withDaemon(FakeUpstream.ipv4Only()) { (house, daemon, upstream) throws in
            for _ in 0..<5 {
                #expect(try daemon.aaaa("once.example.") == ["64:ff9b::c000:201"])
                #expect(try daemon.ask("ONCE.example.", Kind.a)?.addresses == ["192.0.2.1"])
            }
            #expect(upstream.asked.count == 2)
        }
    }

    @Test func negativeAnswersAreKept() throws {
        let script: FakeUpstream.Script = { query, _ in
            [.reply(query.reply(code: 3, authority: [.soa("example.", minimum: 2, ttl: 900)]))]
        }
        try withDaemon(script) { (house, daemon, upstream) throws in
            for _ in 0..<3 { #expect(try daemon.ask("nothing.example.")?.responseCode == 3) }
            #expect(upstream.count("nothing.example.", Kind.aaaa) == 1)
            // RFC 2308 section 5: the minimum of the SOA's TTL and its MINIMUM field.
            let again = try eventually(within: 5, every: 200) {
                _ = try daemon.ask("nothing.example.")
                return upstream.count("nothing.example.", Kind.aaaa) == 2
            }
            #expect(again)
        }
    }

    @Test func aHundredAskersOneQuestion() throws {
        try withDaemon(FakeUpstream.ipv4Only(after: 0.1)) { (house, daemon, upstream) throws in
            let sockets = try (0..<100).map { _ in
                let socket = try Socket(SOCK_DGRAM, AF_INET)
                try socket.connect(daemon.v4)
                return socket
            }
            for socket in sockets { socket.send(DNS.query("crowd.example.", edns: 1232).bytes) }
            let answers = sockets.compactMap { $0.receive(within: 5).flatMap { DNS($0) } }
            #expect(answers.count == 100)
            #expect(answers.allSatisfy { $0.addresses == ["64:ff9b::c000:201"] })
            #expect(upstream.count("crowd.example.", Kind.aaaa) == 1)
            #expect(upstream.count("crowd.example.", Kind.a) == 1)
        }
    }

    @Test func staleAnswersWhenUpstreamDies() throws {
        let rest = "cache: { prefetch: false, serve-stale: { enabled: true, reply-after: 300ms, answer-ttl: 1s } }"
        try withDaemon(FakeUpstream.ipv4Only("192.0.2.1", ttl: 2), rest) { (house, daemon, upstream) throws in
            #expect(try daemon.aaaa("stale.example.") == ["64:ff9b::c000:201"])
            upstream.become { _, _ in [.silence] }
            usleep(3_100_000)
            let start = Clock.now
            let answer = try house.dig(daemon.v4, "stale.example AAAA")
            #expect(answer.data("AAAA") == ["64:ff9b::c000:201"])
            #expect(Clock.now - start < 1.5, "after reply-after, not after the whole timeout")
            #expect(answer.ttls == [1])
            #expect(answer.text.contains("EDE: 3"), "RFC 8914: stale answer")
            #expect(try daemon.counter("answered-stale") > 0)
            upstream.become(FakeUpstream.ipv4Only("192.0.2.9", ttl: 60))
            let recovered = try eventually(within: 10, every: 200) {
                try daemon.aaaa("stale.example.") == ["64:ff9b::c000:209"]
            }
            #expect(recovered, "and fresh ones when it is back")
        }
    }

    @Test func withoutServeStaleAFailure() throws {
        try withDaemon(FakeUpstream.ipv4Only("192.0.2.1", ttl: 1)) { (house, daemon, upstream) throws in
            #expect(try daemon.aaaa("gone.example.") == ["64:ff9b::c000:201"])
            upstream.become { query, _ in [.reply(query.reply(code: 2))] }
            usleep(2_100_000)
            #expect(try daemon.ask("gone.example.")?.responseCode == 2)
        }
    }

    /// In the last tenth of the TTL an answer is asked for again, and nobody waits for it.
    @Test func prefetch() throws {
        try withDaemon(FakeUpstream.ipv4Only("192.0.2.1", ttl: 12)) { (house, daemon, upstream) throws in
            let start = Clock.now
            _ = try daemon.ask("soon.example.", Kind.a)
            upstream.become(FakeUpstream.ipv4Only("192.0.2.7", ttl: 12))
            usleep(3_000_000)
            while Clock.now < start + 14 {
                let asked = Clock.now
                #expect(try daemon.ask("soon.example.", Kind.a)?.responseCode == 0)
                #expect(Clock.now - asked < 0.3, "answered at once with what is there, after \(asked - start) s")
                if asked < start + 9.5 {
                    #expect(upstream.count("soon.example.", Kind.a) == 1, "not before the last tenth")
                }
                usleep(100_000)
            }
            let times = upstream.asked.map { Int(($0.at - start) * 10) }
            #expect(times.count == 2 && times[1] < 120, "tenths of a second: \(times)")
            #expect(try daemon.ask("soon.example.", Kind.a)?.addresses == ["192.0.2.7"])
            #expect(try daemon.counter("cache-prefetches") == 1)
        }
    }

    @Test func ttlLimits() throws {
        try withDaemon(
            FakeUpstream.ipv4Only("192.0.2.1", ttl: 86_400), "cache: { max-ttl: 100s, max-negative-ttl: 50s }"
        ) {
            (house, daemon, upstream) throws in
            #expect(try house.dig(daemon.v4, "long.example A").ttls == [100])
            #expect(try house.dig(daemon.v4, "long.example AAAA").ttls == [50])
        }
        try withDaemon(FakeUpstream.ipv4Only("192.0.2.1", ttl: 0), "cache: { min-ttl: 40s }") {
            (house, daemon, upstream) throws in
            #expect(try house.dig(daemon.v4, "short.example A").ttls == [40])
            _ = try daemon.ask("short.example.", Kind.a)
            #expect(upstream.count("short.example.", Kind.a) == 1)
        }
    }

    /// An overfull cache evicts; it never grows.
    @Test func boundedInBytes() throws {
        let text = Record(
            name: "", type: Kind.txt, data: (0..<4).flatMap { _ in [250] + [UInt8](repeating: 97, count: 250) })
        let script: FakeUpstream.Script = { query, transport in
            guard query.type == Kind.txt else { return FakeUpstream.ipv4Only()(query, transport) }
            var record = text
            record.name = query.name
            return [.reply(query.reply([record]))]
        }
        try withDaemon(script, "cache: { size: 1MiB }") { (house, daemon, upstream) throws in
            let socket = try Socket(SOCK_DGRAM, AF_INET)
            try socket.connect(daemon.v4)
            for index in 0..<1500 {
                socket.send(DNS.query("n\(index).example.", Kind.txt, edns: 1232).bytes)
                #expect(socket.receive(within: 3) != nil)
            }
            let cache = try daemon.json("stats")["cache"] as? [String: Any] ?? [:]
            #expect(cache["limitBytes"] as? Int == 1_048_576)
            #expect(cache["bytes"] as? Int ?? .max <= 1_048_576)
            #expect(cache["evictions"] as? Int ?? 0 > 0, "\(cache)")
            #expect(try daemon.aaaa("after.example.") == ["64:ff9b::c000:201"])
        }
    }
}
