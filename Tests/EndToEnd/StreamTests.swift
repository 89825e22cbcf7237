// DNS over TCP on the client's side (RFC 7766), truncation, and EDNS (RFC 6891, RFC 7873).

import Foundation
import Testing

@Suite(.ownThread) struct StreamTests {
    private func withDaemon(_ server: String = "workers: 2", _ body: (House, Daemon, FakeUpstream) throws -> Void)
        throws
    {
        try withHouse { house in
            let upstream = try FakeUpstream(house) { query, transport in
                let script =
                    query.name.hasPrefix("slow") ? FakeUpstream.ipv4Only(after: 0.5) : FakeUpstream.ipv4Only()
                return script(query, transport)
            }
            try body(
                house,
                try Daemon(house, server: server, "upstream: [{ zone: ., servers: [\(upstream.endpoint.text)] }]"),
                upstream)
        }
    }

    @Test func truncationOnBothSides() throws {
        try withHouse { house in
            let nsd = try NSD(house, [Zones.main])
            let daemon = try Daemon(house, "upstream: [{ zone: ., servers: [\(nsd.v4.text)] }]")
            let cut = try house.dig(daemon.v4, "+ignore +bufsize=512 big.main.example AAAA")
            #expect(cut.flags.contains("tc"))
            #expect(cut.status == "NOERROR")
            let whole = try house.dig(daemon.v4, "+bufsize=512 big.main.example AAAA")
            #expect(whole.data("AAAA").count == 120, "dig asks again over TCP")
            #expect(try house.kdig(daemon.v4, "+tcp big.main.example A").data("A").count == 120)
            #expect(try house.drill(daemon.v4, "-t big.main.example AAAA").data("AAAA").count == 120)
            let plain = try Ask.udp(daemon.v4, DNS.query("big.main.example.").bytes)
            #expect((plain?.count ?? 9999) <= 512, "no EDNS: 512 octets")
            let middle = try Ask.udp(daemon.v4, DNS.query("big.main.example.", edns: 4096).bytes)
            #expect((middle?.count ?? 9999) <= 1232, "not above server.udp-size, whatever the client would take")
            #expect(try daemon.counter("upstream-tcp") > 0, "nsd's own answer was cut too")
            #expect(try daemon.counter("replies-truncated") > 0)
        }
    }

    @Test func pipelinedQuestionsOutOfOrder() throws {
        try withDaemon { _, daemon, _ in
            for server in [daemon.v4, daemon.v6] {
                let stream = try StreamClient(server)
                let names = ["slow\(server.family).example.", "fast1.example.", "fast2.example.", "fast3.example."]
                for (index, name) in names.enumerated() { stream.send(.query(name, id: UInt16(index + 1))) }
                let order = (0..<4).compactMap { _ in stream.receive() }
                #expect(order.count == 4)
                #expect(order.last?.id == 1, "the slow one comes last")
                #expect(Set(order.map(\.id)) == [1, 2, 3, 4])
                #expect(order.allSatisfy { $0.addresses == ["64:ff9b::c000:201"] && $0.name == names[Int($0.id) - 1] })
            }
        }
    }

    @Test func octetByOctetAndHalfClosed() throws {
        try withDaemon { _, daemon, _ in
            let stream = try StreamClient(daemon.v4)
            for byte in Wire.framed(DNS.query("slow.example.", id: 7).bytes) {
                stream.socket.send([byte])
                usleep(1000)
            }
            shutdown(stream.socket.descriptor, Int32(SHUT_WR))
            #expect(stream.receive()?.id == 7, "RFC 7766 6.2.4: what was asked is still answered")
            #expect(stream.isClosed(within: 3))
        }
    }

    @Test func idleConnectionsAreClosed() throws {
        try withDaemon("workers: 1, tcp: { idle-timeout: 500ms }") { _, daemon, _ in
            let stream = try StreamClient(daemon.v4)
            let start = Clock.now
            #expect(stream.isClosed(within: 4))
            #expect(Clock.now - start > 0.3)
            let asking = try StreamClient(daemon.v4)
            asking.send(.query("slow.example."))
            #expect(asking.receive() != nil, "not idle while a question waits")
            #expect(try daemon.counter("stream-idle-closed") == 1)
        }
    }

    @Test func connectionLimits() throws {
        try withDaemon("workers: 1, tcp: { connections: 5, connections-per-client: 3 }") { house, daemon, _ in
            let own = try (0..<3).map { _ in try StreamClient(daemon.v4) }
            for stream in own {
                stream.send(.query("fast.example."))
                #expect(stream.receive() != nil)
            }
            #expect(try StreamClient(daemon.v4).isClosed(within: 3), "the fourth of one client")
            #expect(
                try house.dig(daemon.v4, "+tcp -b 127.0.0.2 fast.example AAAA").data("AAAA").count == 1, "another may")
            let others = try (0..<2).map { _ in try StreamClient(daemon.v6) }
            for stream in others {
                stream.send(.query("fast.example."))
                #expect(stream.receive() != nil)
            }
            #expect(try house.dig(daemon.v4, "+tcp -b 127.0.0.2 fast.example AAAA").status == "", "the sixth of all")
            #expect(try daemon.counter("stream-refused-limit") >= 2)
            own[0].send(.query("fast.example."))
            #expect(own[0].receive() != nil, "those that stand go on")
        }
    }

    @Test func aStreamThatIsNoDNSIsClosed() throws {
        try withDaemon { _, daemon, _ in
            let stream = try StreamClient(daemon.v4)
            stream.socket.send(Array("GET / HTTP/1.0\r\n\r\n".utf8) + [0, 3, 1, 2, 3])
            let short = try StreamClient(daemon.v4)
            short.socket.send([0, 5, 1, 2, 3, 4, 5])
            #expect(short.isClosed(within: 3))
            #expect(try daemon.counter("stream-bad-length") == 1)
            #expect(try daemon.aaaa("fast.example.") == ["64:ff9b::c000:201"])
        }
    }

    @Test func ednsVersionsAndOpcodes() throws {
        try withDaemon { house, daemon, _ in
            let version = try house.dig(daemon.v4, "+edns=1 +noednsneg fast.example AAAA")
            #expect(version.status == "BADVERS" && version.text.contains("EDNS: version: 0"))
            #expect(try daemon.counter("bad-edns-version") == 1)
            for opcode in [1, 2, 3, 6, 15] {
                #expect(
                    try house.dig(daemon.v4, "+opcode=\(opcode) fast.example AAAA").status == "NOTIMP",
                    "opcode \(opcode)")
            }
            #expect(try daemon.counter("bad-opcode") == 5)
            #expect(
                try house.dig(daemon.v4, "+ednsopt=65001:0102 fast.example AAAA").status == "NOERROR",
                "unknown options are ignored")
            #expect(try house.dig(daemon.v4, "+ednsflags=0x4000 fast.example AAAA").status == "NOERROR")
            #expect(try house.dig(daemon.v4, "fast.example AXFR").text.contains("Transfer failed"))
            #expect(try house.dig(daemon.v4, "CH version.bind TXT").status == "REFUSED")
        }
    }

    @Test func cookies() throws {
        try withDaemon { house, daemon, _ in
            let first = try house.dig(daemon.v4, "+cookie=0102030405060708 fast.example AAAA")
            #expect(first.text.contains("(good)"))
            let line = try #require(first.text.split(separator: "\n").first { $0.contains("COOKIE: ") })
            let cookie = line.split(separator: " ")[2]
            #expect(cookie.hasPrefix("0102030405060708") && cookie.count == 48)
            let second = try house.dig(daemon.v4, "+cookie=\(cookie) fast.example AAAA")
            #expect(second.text.contains("COOKIE: \(cookie)"), "RFC 9018 4.3: kept while it is young")
            let forged = String(cookie.dropLast(2)) + (cookie.hasSuffix("00") ? "01" : "00")
            let third = try house.dig(daemon.v4, "+cookie=\(forged) fast.example AAAA")
            #expect(third.status == "NOERROR" && !third.text.contains("COOKIE: \(forged)"))
            #expect(try house.dig(daemon.v4, "+nocookie fast.example AAAA").text.contains("COOKIE") == false)
            #expect(try house.dig(daemon.v4, "+nocookie +ednsopt=10:010203 fast.example AAAA").status == "FORMERR")
            #expect(try daemon.counter("bad-cookie-malformed") == 1)
        }
    }
}
