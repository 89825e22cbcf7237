// What a reply to one of the soak's questions has to say.

internal import DNSMessage

struct Expectation {
    let name: SoakName
    let type: RecordType
    /// Upstream is dead, or was lately: SERVFAIL is right too.
    let mayFail: Bool

    /// What is wrong with `reply` to `query`; nil if nothing is.
    func fault(_ reply: [UInt8], to query: [UInt8]) -> String? {
        guard let message = try? Message(parsing: reply) else { return "no DNS message" }
        guard message.isResponse, message.id == UInt16(query[0]) << 8 | UInt16(query[1]) else { return "another ID" }
        guard message.questions == [Question(name.wire, type)] else { return "another question: \(message.questions)" }
        if message.responseCode == .servFail {
            return mayFail || name.kind == .servfail || name.kind == .silent ? nil : "SERVFAIL"
        }
        switch name.kind {
        case .servfail, .silent: return "\(message.responseCode) where nothing can be known"
        case .nxdomain:
            let soas = message.authorities.filter { $0.type == .soa }.count
            return message.responseCode == .nxDomain && message.answers.isEmpty && soas == 1
                ? nil : "\(message.responseCode), \(soas) SOA"
        default: return addressFault(message)
        }
    }

    private func addressFault(_ message: Message) -> String? {
        guard message.responseCode == .noError else { return "\(message.responseCode)" }
        var owner = name
        var answers = message.answers[...]
        if name.kind == .alias {
            owner = name.target
            guard let first = answers.first, first.type == .cname, first.target == owner.wire else {
                return "no alias: \(message.answers)"
            }
            answers = answers.dropFirst()
        }
        // RFC 6147 section 5.1.3: an AAAA question that is not answered counts as an empty answer, so that A decides.
        let made = owner.synthesizedIPv6
        let isMade = mayFail && message.answers.contains { $0.data == made }
        let data = type == .a ? owner.ipv4 : isMade ? made : owner.nativeIPv6 ?? made
        guard answers.count == 1, let record = answers.first, record.name == owner.wire, record.type == type,
            record.data == data
        else {
            return "the wrong records: \(message.answers)"
        }
        return record.ttl <= 300 ? nil : "TTL \(record.ttl)"
    }
}
