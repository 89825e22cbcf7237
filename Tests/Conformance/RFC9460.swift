// RFC 9460 section 4.2.1: service bindings through DNS64. "DNS64 resolvers MUST NOT extrapolate the AAAA synthesis
// logic to the IP hints".

import DNSMessage
import NetAddress
import Resolver
import Testing

@Suite("RFC 9460")
struct RFC9460 {
    private static let records = [
        "z.test. 300 IN SOA a. b. 1 2 3 4 300",
        "www.z.test. 300 IN HTTPS 1 . alpn=h2 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1",
        "www.z.test. 300 IN A 192.0.2.1",
        "alias.z.test. 300 IN HTTPS 0 cdn.z.test.",
        "cdn.z.test. 300 IN CNAME www.z.test.",
        "five.z.test. 300 IN HTTPS 1 t1.z.test.", "five.z.test. 300 IN HTTPS 2 t2.z.test.",
        "five.z.test. 300 IN HTTPS 3 t3.z.test.", "five.z.test. 300 IN HTTPS 4 t4.z.test.",
        "t1.z.test. 300 IN A 192.0.2.11", "t2.z.test. 300 IN A 192.0.2.12", "t3.z.test. 300 IN A 192.0.2.13",
        "t4.z.test. 300 IN A 192.0.2.14",
    ]

    private func resolver() throws -> LocalResolver {
        let zone = try LocalZone(
            apex: try #require(DomainName("z.test.")), records: try Self.records.map { try Record(text: $0) })
        return LocalResolver { values, _ in values.localData = LocalData(zones: [zone]) }
    }

    @Test("The record comes octet by octet as it was, hints and all")
    func hints() throws {
        let answer = try #require(try resolver().ask("www.z.test.", .https))
        #expect(answer.answers == [try Record(text: Self.records[1])])
        #expect(answer.additionals.map(\.description) == ["www.z.test. 300 IN AAAA 64:ff9b::c000:201"])
    }

    @Test("The target's alias chain comes with its addresses")
    func alias() throws {
        let answer = try #require(try resolver().ask("alias.z.test.", .https))
        #expect(
            answer.additionals.map(\.description).sorted() == [
                "cdn.z.test. 300 IN CNAME www.z.test.", "www.z.test. 300 IN AAAA 64:ff9b::c000:201",
            ])
    }

    @Test("Every target of several")
    func several() throws {
        let answer = try #require(try resolver().ask("five.z.test.", .https))
        #expect(answer.answers.count == 4)
        let made = ["64:ff9b::c000:20b", "64:ff9b::c000:20c", "64:ff9b::c000:20d", "64:ff9b::c000:20e"]
        #expect(answer.additionals.map(\.rdataText).sorted() == made)
    }
}
