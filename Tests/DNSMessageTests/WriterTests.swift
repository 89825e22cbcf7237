// Writing messages: what is written is read back, and pointers lead to the question and the alias chain alone.

import DNSMessage
import Testing

@Suite("Writing and reading messages")
struct WriterTests {
    private static let lines = [
        "www.example. 300 IN CNAME a.sub.example.", "a.sub.example. 300 IN A 192.0.2.1",
        "a.sub.example. 300 IN A 192.0.2.2",
    ]
    private static let authority = [
        "sub.example. 900 IN NS ns1.sub.example.", "sub.example. 900 IN NS ns.a.sub.example.",
        "sub.example. 900 IN SOA ns1.sub.example. host.sub.example. 1 2 3 4 5",
    ]
    private static let additional = [
        "ns1.sub.example. 900 IN AAAA 2001:db8::1", "sub.example. 900 IN MX 10 mx.sub.example.",
        "x.sub.example. 60 IN TXT \"a \\\"quoted\\\" text\" \"and more\"",
        "x.sub.example. 60 IN SRV 1 2 3 www.example.",
        "x.sub.example. 60 IN TYPE65280 \\# 4 01020304", "x.sub.example. 60 IN HTTPS 1 . alpn=h2 ipv4hint=192.0.2.1",
        "x.sub.example. 60 IN RRSIG A 8 2 300 20300101000000 20200101000000 1 sub.example. AAAA",
        "x.sub.example. 60 IN NSEC y.sub.example. A RRSIG NSEC", "old.example. 60 IN DNAME new.example.",
        "x.sub.example. 60 IN CAA 0 issue \"ca.example\"", "x.sub.example. 60 IN NAPTR 1 2 \"u\" \"s\" \"!^.*$!x!\" .",
    ]

    private static func message() throws -> Message {
        var message = Message(query: Question(try #require(DomainName("www.example.")), .aaaa), id: 0xbeef)
        message.isResponse = true
        message.authenticData = true
        message.responseCode = ResponseCode(rawValue: 16)
        message.answers = try lines.map { try Record(text: $0) }
        message.authorities = try authority.map { try Record(text: $0) }
        message.additionals = try additional.map { try Record(text: $0) }
        message.edns = EDNS(
            udpSize: 4096, dnssecOK: true,
            options: [
                .init(code: 15, data: [0, 29]), .init(code: 15, data: [0, 3, 65]), .init(code: 10, data: Array(1...24)),
            ])
        return message
    }

    @Test("A message is read back as it was written")
    func roundTrip() throws {
        let message = try Self.message()
        let read = try Message(parsing: message.encoded())
        #expect(read == message)
        #expect(read.edns?.extendedErrors == [29, 3])
        #expect(read.responseCode == .badVersion)
    }

    @Test("Names are compressed")
    func compression() throws {
        var message = try Self.message()
        message.authorities = []
        message.additionals = []
        message.edns = nil
        // Header, question, CNAME (pointer, 10, "a.sub" and a pointer), two A (pointer, 10, 4).
        #expect(message.encoded().count == 12 + 17 + (2 + 10 + 8) + 2 * (2 + 10 + 4))
    }

    @Test("Pointers lead to the question and the chain alone: records behind the chain can be replaced by longer ones")
    func pointers() throws {
        let question = try #require(DomainName("www.example."))
        var writer = SectionWriter(question: question)
        let start = 12 + question.wire.count + 4
        writer.append(try Record(text: Self.lines[0]), isAlias: true)
        let chainEnd = start + writer.bytes.count
        for line in Self.lines.dropFirst() + Self.authority + Self.additional {
            writer.append(try Record(text: line))
        }
        let targets = Self.pointers(in: writer.bytes)
        #expect(targets.count > 8)
        for target in targets {
            #expect(target < chainEnd, "a pointer to \(target), behind the chain that ends at \(chainEnd)")
        }
    }

    /// Where the owners' pointers lead, and those of the names in NS, CNAME and SOA records.
    private static func pointers(in bytes: [UInt8]) -> [Int] {
        var found: [Int] = []
        func name(_ start: Int) -> Int {
            var index = start
            while bytes[index] != 0 {
                if bytes[index] >= 0xc0 {
                    found.append(Int(bytes[index] & 0x3f) << 8 | Int(bytes[index + 1]))
                    return index + 2
                }
                index += Int(bytes[index]) + 1
            }
            return index + 1
        }
        var index = 0
        while index < bytes.count {
            index = name(index)
            let type = Int(bytes[index]) << 8 | Int(bytes[index + 1])
            let end = index + 10 + Int(bytes[index + 8]) << 8 + Int(bytes[index + 9])
            if [2, 5].contains(type) { _ = name(index + 10) }
            if type == 6 { _ = name(name(index + 10)) }
            index = end
        }
        return found
    }

    @Test("TTL offsets are where the TTLs are")
    func ttlOffsets() throws {
        var writer = SectionWriter(question: try #require(DomainName("www.example.")))
        let records = try (Self.lines + Self.authority + Self.additional).map { try Record(text: $0) }
        for record in records { writer.append(record) }
        #expect(writer.ttlOffsets.count == records.count)
        for (offset, record) in zip(writer.ttlOffsets, records) {
            let ttl = writer.bytes[Int(offset)..<(Int(offset) + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            #expect(ttl == record.ttl)
        }
    }

    @Test("Types that RFC 1035 does not have keep their names whole (RFC 3597 section 4)")
    func uncompressed() throws {
        var writer = SectionWriter(question: try #require(DomainName("www.example.")))
        let before = writer.bytes.count
        writer.append(try Record(text: "www.example. 60 IN SRV 1 2 3 www.example."))
        #expect(writer.bytes.count - before == 2 + 10 + 6 + 13)
        writer = SectionWriter(question: try #require(DomainName("www.example.")))
        writer.append(try Record(text: "www.example. 60 IN DNAME www.example."), isAlias: true)
        #expect(writer.bytes.count == 2 + 10 + 13)
    }

    @Test("A message beyond 16 KiB: no pointer reaches further than 14 bits")
    func large() throws {
        var message = Message(query: Question(try #require(DomainName("a.example.")), .a), id: 1)
        message.isResponse = true
        for number in 0..<1000 {
            message.answers.append(try Record(text: "c\(number).example. 60 IN CNAME c\(number + 1).example."))
        }
        for number in 690..<1000 { message.answers.append(try Record(text: "c\(number).example. 60 IN A 192.0.2.1")) }
        let bytes = message.encoded()
        #expect(bytes.count > 16384)
        #expect(try Message(parsing: bytes) == message)
    }

    @Test("What is no message is refused, with a reason")
    func refused() {
        #expect(throws: WireError.short) { try Message(parsing: [0, 1, 2]) }
        #expect(throws: (any Error).self) {
            try Message(parsing: [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1])
        }
        #expect(throws: (any Error).self) { try Message(parsing: [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 63, 1, 2]) }
    }
}
