// What is no query, or hardly one: dropped or answered as the RFCs say, counted by its reason, and the daemon goes on.

import Foundation
import Testing

@Suite(.ownThread) struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        /// The response code; nil for no answer at all.
        let code: UInt16?
        let counter: String
    }

    private static let header: [UInt8] = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    private static let question: [UInt8] = Wire.name("a.example.") + [0, 28, 0, 1]

    private static func with(_ changes: [Int: UInt8], _ rest: [UInt8] = question) -> [UInt8] {
        var bytes = header
        for (index, value) in changes { bytes[index] = value }
        return bytes + rest
    }

    private static func opt(_ rest: [UInt8], owner: UInt8 = 0) -> [UInt8] { [owner, 0, 41, 4, 208, 0, 0, 0, 0] + rest }

    static let cases: [Case] = [
        Case(testDescription: "empty", bytes: [], code: nil, counter: "drop-too-short"),
        Case(testDescription: "one octet", bytes: [7], code: nil, counter: "drop-too-short"),
        Case(testDescription: "eleven octets", bytes: Array(header.dropLast()), code: nil, counter: "drop-too-short"),
        Case(testDescription: "an answer", bytes: with([2: 0x81]), code: nil, counter: "drop-qr-set"),
        Case(testDescription: "no question", bytes: with([5: 0], []), code: 1, counter: "bad-question-count"),
        Case(
            testDescription: "two questions", bytes: with([5: 2], question + question), code: 1,
            counter: "bad-question-count"),
        Case(testDescription: "a header alone", bytes: with([:], []), code: 1, counter: "bad-"),
        Case(testDescription: "half a name", bytes: with([:], [5, 97, 98]), code: 1, counter: "bad-"),
        Case(testDescription: "no type", bytes: with([:], Wire.name("a.example.")), code: 1, counter: "bad-"),
        Case(
            testDescription: "a pointer to itself", bytes: with([:], [0xc0, 12, 0, 28, 0, 1]), code: 1,
            counter: "bad-"),
        Case(
            testDescription: "pointers in a circle", bytes: with([:], [0xc0, 14, 0xc0, 12, 0, 28, 0, 1]), code: 1,
            counter: "bad-"),
        Case(
            testDescription: "a pointer out of the message", bytes: with([:], [0xff, 0xff, 0, 28, 0, 1]), code: 1,
            counter: "bad-"),
        Case(
            testDescription: "a reserved label type", bytes: with([:], [0x80, 1, 0, 0, 28, 0, 1]), code: 1,
            counter: "bad-"),
        Case(
            testDescription: "a name of 300 octets",
            bytes: with([:], (0..<5).flatMap { _ in [59] + [UInt8](repeating: 97, count: 59) } + [0, 0, 28, 0, 1]),
            code: 1,
            counter: "bad-"),
        Case(testDescription: "octets left over", bytes: with([:], question + [1, 2, 3]), code: 1, counter: "bad-"),
        Case(
            testDescription: "an answer record in a query",
            bytes: with([7: 1], question + [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4]), code: 1,
            counter: "bad-"),
        Case(
            testDescription: "counts without records", bytes: with([7: 255, 9: 255, 11: 255]), code: 1,
            counter: "bad-"),
        Case(
            testDescription: "two OPT", bytes: with([11: 2], question + opt([0, 0]) + opt([0, 0])), code: 1,
            counter: "bad-"),
        Case(
            testDescription: "OPT with a name", bytes: with([11: 1], question + [1, 97] + opt([0, 0])), code: 1,
            counter: "bad-"),
        Case(
            testDescription: "OPT longer than the message", bytes: with([11: 1], question + opt([0, 200, 1])), code: 1,
            counter: "bad-"),
        Case(
            testDescription: "an option longer than OPT",
            bytes: with([11: 1], question + opt([0, 6, 0, 10, 0, 99, 1, 2])), code: 1, counter: "bad-"),
        Case(
            testDescription: "half an option", bytes: with([11: 1], question + opt([0, 3, 0, 10, 0])), code: 1,
            counter: "bad-"),
        Case(testDescription: "opcode 2", bytes: with([2: 0x11]), code: 4, counter: "bad-opcode"),
        Case(
            testDescription: "opcode 15 and nothing else", bytes: with([2: 0x79, 5: 0], []), code: 4,
            counter: "bad-opcode"),
        Case(
            testDescription: "type 0", bytes: with([:], Wire.name("a.example.") + [0, 0, 0, 1]), code: 1,
            counter: "bad-type"),
        Case(
            testDescription: "type OPT", bytes: with([:], Wire.name("a.example.") + [0, 41, 0, 1]), code: 1,
            counter: "bad-type"),
        Case(
            testDescription: "class CHAOS", bytes: with([:], Wire.name("a.example.") + [0, 28, 0, 3]), code: 5,
            counter: "bad-class"),
    ]

    /// One daemon for all cases, one after the other: none may spoil it for the next.
    @Test func malformedDatagrams() throws {
        try withHouse { house throws in
            let upstream = try FakeUpstream(house, FakeUpstream.ipv4Only())
            let daemon = try Daemon(house, "upstream: [{ zone: ., servers: [\(upstream.endpoint.text)] }]")
            for entry in Self.cases {
                let before = try daemon.counters()
                let reply = try Ask.udp(daemon.v4, entry.bytes, within: entry.code == nil ? 0.2 : 3)
                let after = try daemon.counters()
                let grown = after.filter { $0.value > before[$0.key] ?? 0 }.keys
                #expect(
                    grown.contains { $0.hasPrefix(entry.counter) },
                    "\(entry.testDescription): counted by \(grown.sorted())")
                guard let code = entry.code else {
                    #expect(reply == nil, "\(entry.testDescription)")
                    continue
                }
                let head = try #require(reply, "\(entry.testDescription): no answer")
                #expect(
                    head.count >= 12 && head[0] == 0x12 && head[1] == 0x34 && head[2] & 0x80 != 0,
                    "\(entry.testDescription)")
                #expect(UInt16(head[3] & 15) == code, "\(entry.testDescription)")
                #expect(DNS(head) != nil, "\(entry.testDescription): the answer is well formed")
            }
            #expect(upstream.asked.isEmpty, "nothing of it went upstream")
            let stats = try daemon.ctl("stats", "--json")
            #expect(stats.output.contains("\"drop-qr-set\"") && stats.output.contains("\"bad-question-count\""))
            #expect(try daemon.aaaa("a.example.") == ["64:ff9b::c000:201"], "and it still works")
        }
    }

    @Test func noise() throws {
        try withHouse { house throws in
            let upstream = try FakeUpstream(house, FakeUpstream.ipv4Only())
            let daemon = try Daemon(house, "upstream: [{ zone: ., servers: [\(upstream.endpoint.text)] }]")
            var random = SystemRandomNumberGenerator()
            let socket = try Socket(SOCK_DGRAM, AF_INET)
            try socket.connect(daemon.v4)
            let good = DNS.query("noise.example.", edns: 1232).bytes
            for round in 0..<3000 {
                var bytes =
                    round % 3 == 0
                    ? (0..<Int.random(in: 0...600)).map { _ in UInt8.random(in: 0...255, using: &random) } : good
                for _ in 0..<Int.random(in: 1...4) where !bytes.isEmpty {
                    bytes[Int.random(in: 0..<bytes.count)] = UInt8.random(in: 0...255, using: &random)
                }
                if round % 5 == 0 { bytes.removeLast(Int.random(in: 0...bytes.count)) }
                socket.send(bytes)
                if round % 100 == 0 { usleep(5000) }
            }
            let stream = try StreamClient(daemon.v4)
            for _ in 0..<50 { stream.socket.send((0..<200).map { _ in UInt8.random(in: 0...255, using: &random) }) }
            let answers = try eventually(within: 10) {
                try daemon.ask("quiet.example.", within: 1)?.addresses == ["64:ff9b::c000:201"]
            }
            #expect(answers)
            #expect(daemon.child.isRunning)
        }
    }
}
