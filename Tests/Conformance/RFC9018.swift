// RFC 9018: Interoperable Domain Name System (DNS) Server Cookies; the test vectors of appendix A.

import DNSMessage
import Resolver
import Telemetry
import Testing

@Suite("RFC 9018")
struct RFC9018 {
    struct Vector: Sendable, CustomTestStringConvertible {
        let name: String
        let client: String
        let secret: String
        let time: UInt32
        let query: String
        let reply: String
        var testDescription: String { name }
    }

    static let vectors = [
        Vector(
            name: "A.1 learning a new server cookie", client: "198.51.100.100",
            secret: "e5e973e5a6b2a43f48e7dc849e37bfcf",
            time: 1_559_731_985, query: "2464c4abcf10c957",
            reply: "2464c4abcf10c957010000005cf79f111f8130c3eee29480"),
        Vector(
            name: "A.2 the same client learning a renewed (fresh) server cookie", client: "198.51.100.100",
            secret: "e5e973e5a6b2a43f48e7dc849e37bfcf", time: 1_559_734_385,
            query: "2464c4abcf10c957010000005cf79f111f8130c3eee29480",
            reply: "2464c4abcf10c957010000005cf7a871d4a564a1442aca77"),
        Vector(
            name: "A.3 another client learning a renewed server cookie", client: "203.0.113.203",
            secret: "e5e973e5a6b2a43f48e7dc849e37bfcf", time: 1_559_734_700,
            query: "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5",
            reply: "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e"),
        Vector(
            name: "A.4 IPv6 query with rolled over secret", client: "2001:db8:220:1:59de:d0f4:8769:82b8",
            secret: "445536bcd2513298075a5d379663c962", time: 1_559_741_961,
            query: "22681ab97d52c298010000005cf7c57926556bd0934c72f8",
            reply: "22681ab97d52c298010000005cf7c609a6bb79d16625507a"),
    ]

    static func octets(_ hex: String) -> [UInt8] {
        let digits = Array(hex)
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
    }

    private func reply(_ vector: Vector, query: String, at time: UInt32) throws -> [UInt8]? {
        let local = LocalResolver { values, _ in values.cookieSecret = Self.octets(vector.secret) }
        local.resolver.unixTimeOffset = Int64(time) - Int64(local.now.seconds)
        var message = Message(query: Question(try #require(DomainName("localhost.")), .a), id: 1)
        message.edns = EDNS(options: [.init(code: EDNS.Option.cookie, data: Self.octets(query))])
        let answer = try #require(local.reply(to: message.encoded(), from: vector.client))
        return answer.edns?.options.first { $0.code == EDNS.Option.cookie }?.data
    }

    @Test("Appendix A", arguments: vectors)
    func vector(_ vector: Vector) throws {
        #expect(try reply(vector, query: vector.query, at: vector.time) == Self.octets(vector.reply))
    }

    @Test("Section 4.3: a cookie is kept for half an hour, then replaced", arguments: vectors)
    func age(_ vector: Vector) throws {
        let own = Self.octets(vector.reply)
        #expect(try reply(vector, query: vector.reply, at: vector.time + 1799) == own)
        #expect(try reply(vector, query: vector.reply, at: vector.time + 1801) != own)
        // From the future, five minutes are forgiven.
        #expect(try reply(vector, query: vector.reply, at: vector.time - 300) == own)
        #expect(try reply(vector, query: vector.reply, at: vector.time - 301) != own)
    }
}
