// What every reply owes its query, whatever the query was (RFC 1035 section 4.1, RFC 6891 section 6.1.1, RFC 2181
// sections 8 and 9).

internal import DNSMessage
internal import Resolver

/// Checks one reply.
struct ReplyRules {
    let query: [UInt8]
    let reply: [UInt8]
    let isStream: Bool
    /// Upstream's TTLs are bounded, a zone's own are not.
    var mostTTL: UInt32 = 86_400

    /// Ends the process where a rule is broken.
    ///
    /// - Returns: what ldns reads in the reply.
    func hold() -> Message {
        expect(query.count >= 12, "a reply to \(query.count) octets")
        expect(query[2] & 0x80 == 0, "a reply to a response")
        expect(reply.count >= 12, "a reply of \(reply.count) octets")
        expect(reply[0...1] == query[0...1], "another ID")
        expect(reply[2] & 0xf9 == query[2] & 0x79 | 0x80, "QR, opcode or RD is wrong")
        expect(reply[3] & 0x80 != 0 && reply[3] & 0x40 == 0, "RA is clear or Z is set")
        expect(reply[3] & 0x10 == query[3] & 0x10, "CD is not the query's")
        let asked = try? Message(parsing: query)
        let limit = isStream ? 65_535 : max(512, min(1232, Int(asked?.edns?.udpSize ?? 512)))
        expect(reply.count <= limit, "\(reply.count) octets where \(limit) are the limit")
        walk()
        let message: Message
        do { message = try Message(parsing: reply) } catch {
            expect(false, "ldns can't read the reply: \(error)")
            return Message(query: Question(.root, .any), id: 0)
        }
        judge(message, asked)
        return message
    }

    private func judge(_ message: Message, _ asked: Message?) {
        expect(message.questions.isEmpty || message.questions == asked?.questions, "another question")
        expect(message.edns == nil || asked?.edns != nil, "OPT to a client without EDNS")
        expect(message.edns == nil || message.edns?.version == 0, "EDNS version \(message.edns?.version ?? 0)")
        let records = message.answers + message.authorities + message.additionals
        for record in records { expect(record.ttl <= mostTTL, "TTL \(record.ttl)") }
        expect(message.authorities.filter { $0.type == .soa }.count <= 1, "more than one SOA in the authority section")
        if message.truncated { expect(records.isEmpty, "records in a truncated reply") }
        // An alias whose target's code is NXDOMAIN or YXDOMAIN is the only company that a failure's code may have.
        if ![.noError, .nxDomain, ResponseCode(rawValue: 6)].contains(message.responseCode) {
            expect(records.isEmpty, "records with \(message.responseCode)")
        }
        if let made = message.edns?.extendedErrors.contains(ExtendedError.synthesized), made {
            expect(!message.authenticData, "AD on what was made here")
        }
    }

    /// The sections by their counts, without ldns: they end where the reply ends, with the question as it was sent
    /// and one OPT at most.
    private func walk() {
        let counts = [4, 6, 8, 10].map { Int(reply[$0]) << 8 | Int(reply[$0 + 1]) }
        expect(counts[0] <= 1, "\(counts[0]) questions")
        var index = 12
        if counts[0] == 1 {
            skipName(&index)
            index += 4
            expect(
                index <= reply.count && index <= query.count && reply[12..<index] == query[12..<index],
                "the question is not the query's")
        }
        var optCount = 0
        for _ in 0..<(counts[1] + counts[2] + counts[3]) {
            skipName(&index)
            expect(index + 10 <= reply.count, "a record runs over the end")
            if reply[index] == 0, reply[index + 1] == 41 { optCount += 1 }
            index += 10 + Int(reply[index + 8]) << 8 + Int(reply[index + 9])
        }
        expect(index == reply.count, "\(reply.count - index) octets behind the last record")
        expect(optCount <= 1, "\(optCount) OPT records")
    }

    private func skipName(_ index: inout Int) {
        while index < reply.count {
            let length = Int(reply[index])
            if length >= 0xc0 {
                let target = (length & 0x3f) << 8 | Int(index + 1 < reply.count ? reply[index + 1] : 0)
                expect(target < index, "a pointer forward")
                index += 2
                return
            }
            expect(length <= 63, "a label of type \(length >> 6)")
            index += length + 1
            if length == 0 { return }
        }
        expect(false, "a name runs over the end")
    }
}
