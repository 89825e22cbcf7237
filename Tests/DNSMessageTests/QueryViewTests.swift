// The hot path's reader against ldns: whatever it takes for a plain query, ldns must read as the same query; what it
// leaves to ldns must end in the same values.

import DNSMessage
import Testing

@Suite("QueryView")
struct QueryViewTests {
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var word = state ^ state >> 33
            word = word &* 0xff51_afd7_ed55_8ccd
            return word ^ word >> 29
        }
    }

    private static func query(_ random: inout Generator) -> [UInt8] {
        var wire: [UInt8] = []
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            let length = UInt8.random(in: 1...12, using: &random)
            wire.append(length)
            for _ in 0..<length { wire.append(UInt8.random(in: 0...255, using: &random)) }
        }
        wire.append(0)
        var message = Message(
            query: Question(DomainName(wire: wire) ?? .root, RecordType(UInt16.random(in: 0...300, using: &random))),
            id: UInt16.random(in: 0...(.max), using: &random))
        message.checkingDisabled = Bool.random(using: &random)
        message.recursionDesired = Bool.random(using: &random)
        if Bool.random(using: &random) {
            let options = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                EDNS.Option(
                    code: UInt16.random(in: 8...16, using: &random),
                    data: (0..<Int.random(in: 0...41, using: &random)).map { _ in
                        UInt8.random(in: 0...255, using: &random)
                    })
            }
            message.edns = EDNS(
                udpSize: UInt16.random(in: 0...(.max), using: &random), version: Bool.random(using: &random) ? 0 : 1,
                dnssecOK: Bool.random(using: &random), options: options)
        }
        return message.encoded()
    }

    /// What both readers must agree on.
    private static func compare(_ bytes: [UInt8]) {
        var view = QueryView()
        let shape = bytes.withUnsafeBytes { view.read($0) }
        let message = try? Message(parsing: bytes)
        switch shape {
        case .short: #expect(bytes.count < 12 && message == nil)
        case .plain:
            guard let message else {
                Issue.record("a plain query that ldns can't read: \(bytes)")
                return
            }
            agree(view, message, bytes)
        case .unusual:
            guard let message, message.questions.count == 1, message.answers.isEmpty, message.authorities.isEmpty else {
                return
            }
            view.forgetQuestion()
            guard bytes.withUnsafeBytes({ view.readAfter(message, $0) }) == true else { return }
            agree(view, message, bytes)
        }
    }

    private static func agree(_ view: QueryView, _ message: Message, _ bytes: [UInt8]) {
        #expect(view.id == message.id && view.flags == UInt16(bytes[2]) << 8 | UInt16(bytes[3]))
        #expect(view.opcode == message.opcode && view.isResponse == message.isResponse)
        #expect(view.recursionDesired == message.recursionDesired && view.checkingDisabled == message.checkingDisabled)
        #expect(message.questions.count == 1, "\(bytes)")
        guard let question = message.questions.first else { return }
        #expect(Array(bytes[12..<(12 + view.nameLength)]) == question.name.wire, "\(bytes)")
        #expect(view.type == question.type.rawValue && view.recordClass == question.recordClass.rawValue, "\(bytes)")
        #expect(view.questionEnd <= bytes.count)
        #expect(view.hasEDNS == (message.edns != nil), "\(bytes)")
        guard let edns = message.edns else { return }
        #expect(
            view.udpSize == max(512, edns.udpSize) && view.ednsVersion == edns.version && view.dnssecOK == edns.dnssecOK
        )
        #expect(view.cookieOffset + view.cookieLength <= bytes.count)
        let cookie = edns.options.first { $0.code == EDNS.Option.cookie }?.data
        if view.cookieLength > 0 {
            #expect(Array(bytes[view.cookieOffset..<(view.cookieOffset + view.cookieLength)]) == cookie)
        } else {
            #expect(view.cookieMalformed == (cookie != nil), "\(bytes)")
        }
    }

    @Test("Random queries are plain, and both readers agree", arguments: 0..<8)
    func random(_ seed: UInt64) {
        var random = Generator(state: seed)
        for _ in 0..<500 {
            let bytes = Self.query(&random)
            var view = QueryView()
            guard case .plain = bytes.withUnsafeBytes({ view.read($0) }) else {
                Issue.record("not plain: \(bytes)")
                continue
            }
            Self.compare(bytes)
        }
    }

    @Test("Mutated queries: both readers agree on what is still a query", arguments: 0..<8)
    func mutated(_ seed: UInt64) {
        var random = Generator(state: seed &+ 1000)
        for _ in 0..<3000 {
            var bytes = Self.query(&random)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<6, using: &random) {
                case 0: bytes.remove(at: place)
                case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                case 2: bytes.removeLast(min(bytes.count - 1, Int.random(in: 1...8, using: &random)))
                case 3 where place > 12:
                    bytes[place] = [0, 0xc0, 0xff, 0x3f, 0x40, 41][Int.random(in: 0..<6, using: &random)]
                default: bytes[place] = UInt8.random(in: 0...255, using: &random)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            Self.compare(bytes)
        }
    }

    @Test("Every prefix of a query is read without harm")
    func cut() {
        var random = Generator(state: 7)
        for _ in 0..<50 {
            let bytes = Self.query(&random)
            for count in 0...bytes.count { Self.compare(Array(bytes[..<count])) }
        }
    }
}
