// A question as bytes, each time with a new ID and, by choice, new letter case (RFC 5452 section 9.2).

internal import DNSMessage

/// Random bits, 64 at a time. Injected, so that tests know what comes.
typealias RandomBits = () -> UInt64

struct WrittenQuery {
    let bytes: [UInt8]
    let expected: ExpectedResponse
}

extension UpstreamQuestion {
    /// `isStream`: letter case is left alone, for a stream can't be answered by a stranger.
    func written(for zone: UpstreamZone, hasEDNS: Bool, isStream: Bool, random: RandomBits) -> WrittenQuery {
        let randomizes = zone.caseRandomization && !isStream
        let sentName = randomizes ? name.withRandomCase(random) : name
        var message = Message(
            query: Question(sentName, type, recordClass), id: UInt16(truncatingIfNeeded: random()))
        message.checkingDisabled = checkingDisabled
        // RFC 6840 section 5.7: "setting the AD bit in a query [is] a signal indicating that the requester understands
        // and is interested in the value of the AD bit in the response."
        message.authenticData = zone.trustAD
        // Without EDNS there is no DO bit either: that is what "without EDNS" costs.
        if hasEDNS { message.edns = EDNS(udpSize: zone.ednsSize, dnssecOK: dnssecOK) }
        let bytes = message.encoded()
        let expected = ExpectedResponse(
            id: message.id, question: Array(bytes[12..<(12 + name.wire.count + 4)]), isCaseExact: randomizes,
            hasEDNS: hasEDNS)
        return WrittenQuery(bytes: bytes, expected: expected)
    }
}

extension DomainName {
    /// Each letter in upper or lower case, by one random bit each.
    func withRandomCase(_ random: RandomBits) -> DomainName {
        var bits: UInt64 = 0
        var left = 0
        let mixed = wire.map { octet -> UInt8 in
            // Length octets are at most 63, below the letters.
            guard DomainName.lower(octet) &- 97 < 26 else { return octet }
            if left == 0 { (bits, left) = (random(), 64) }
            defer { (bits, left) = (bits >> 1, left - 1) }
            return bits & 1 == 0 ? octet | 0x20 : octet & 0xdf
        }
        return DomainName(wire: mixed) ?? self
    }
}

extension Message {
    /// The message as if the question had been sent in lower case: compression spread its random letters over the names
    /// of the answer. RFC 4034 section 6.2 lower-cases the same names before signing, so that signatures still hold.
    func withoutRandomCase(_ name: DomainName) -> Message {
        var message = self
        for index in message.questions.indices { message.questions[index].name = name }
        message.answers = message.answers.map(\.lowercased)
        message.authorities = message.authorities.map(\.lowercased)
        message.additionals = message.additionals.map(\.lowercased)
        return message
    }
}

extension Record {
    /// With the owner, and the names in RDATA that may be compressed (RFC 3597 section 4), in lower case.
    fileprivate var lowercased: Record {
        var record = self
        record.name = name.lowercased
        switch type {
        case .cname, .ns, .ptr:
            record.data = data.map(DomainName.lower)
        case .mx:
            record.data = data.prefix(2) + data.dropFirst(2).map(DomainName.lower)
        case .soa where data.count > 20:
            record.data = data.dropLast(20).map(DomainName.lower) + data.suffix(20)
        default:
            break
        }
        return record
    }
}
