// Which responses are believed. RFC 5452 section 9.1: "A resolver implementation MUST match responses to all
// of the following attributes of the query": addresses and ports, by construction, for each datagram has a connected
// socket of its own; "Query ID", "Query name", "Query class and type", here.

internal import DNSMessage
internal import Telemetry

/// What a response came to.
enum ResponseVerdict {
    case accepted(Message)
    /// TC is set: the rest is not even looked at.
    case truncated
    /// A bare header that says FORMERR or NOTIMP to a query with EDNS. It shows too little to end the wait, but may be
    /// a server from before RFC 6891; worth asking again without.
    case bareRefusal
    /// Not an answer to this question; the wait goes on, so that nobody can end it by guessing.
    case ignored(Counter)
    /// Everything that could be guessed was right, but ldns can't read it.
    case malformed(String)
}

/// What was asked and what therefore has to come back.
struct ExpectedResponse {
    let id: UInt16
    /// The question section as sent, letter case included.
    let question: [UInt8]
    /// Compare the letters' case as well.
    let isCaseExact: Bool
    let hasEDNS: Bool

    func judge(_ bytes: [UInt8]) -> ResponseVerdict {
        guard bytes.count >= 12 else { return .ignored(.upstreamDropShort) }
        let flags = Self.load16(bytes, 2)
        guard flags & 0x8000 != 0, flags >> 11 & 15 == 0 else { return .ignored(.upstreamDropNotResponse) }
        guard Self.load16(bytes, 0) == id else { return .ignored(.upstreamDropWrongID) }
        if bytes.count == 12, hasEDNS, flags & 15 == 1 || flags & 15 == 4, bytes[4...].allSatisfy({ $0 == 0 }) {
            return .bareRefusal
        }
        guard Self.load16(bytes, 4) == 1, let isSameCase = compareQuestion(bytes) else {
            return .ignored(.upstreamDropWrongQuestion)
        }
        guard isSameCase || !isCaseExact else { return .ignored(.upstreamDropWrongCase) }
        // RFC 2181 section 9: "When a DNS client receives a reply with TC set, it should ignore that response, and
        // query again, using a mechanism, such as a TCP connection, that will permit larger replies."
        if flags & 0x0200 != 0 { return .truncated }
        do throws(WireError) {
            return .accepted(try Message(parsing: bytes))
        } catch .malformed(let why) {
            return .malformed(why)
        } catch {
            return .ignored(.upstreamDropShort)
        }
    }

    /// nil if the questions differ; else whether their letters' case is the same too. Compares wire forms: a compressed
    /// name in the question can't be, there is nothing before it to point at.
    private func compareQuestion(_ bytes: [UInt8]) -> Bool? {
        guard bytes.count >= 12 + question.count else { return nil }
        let nameEnd = question.count - 4
        var isSameCase = true
        for index in 0..<question.count where bytes[12 + index] != question[index] {
            isSameCase = false
            guard index < nameEnd, DomainName.lower(bytes[12 + index]) == DomainName.lower(question[index]) else {
                return nil
            }
        }
        return isSameCase
    }

    private static func load16(_ bytes: [UInt8], _ offset: Int) -> UInt16 {
        UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
    }
}
