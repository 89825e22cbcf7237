// Message to bytes, with name compression (RFC 1035 section 4.1.4).
//
// Compression has one rule of its own: pointers lead only to names in the question and in the alias chain at the head
// of the
// answer. So the records behind the chain can be replaced by longer ones (an A by the AAAA made from it) with no
// pointer to mend.

/// Builds the sections of a message behind its question.
public struct SectionWriter {
    /// The bytes behind the question.
    public private(set) var bytes: [UInt8] = []
    /// Where each TTL stands in `bytes`, in order.
    public private(set) var ttlOffsets: [UInt16] = []
    /// Offsets in the whole message of names that may be pointed at, by lower-cased wire form.
    private var known: [[UInt8]: UInt16] = [:]
    /// The offset of `bytes` in the message.
    private let start: Int

    /// `question` is written elsewhere; it fixes where the sections begin and is the first name that may be pointed at.
    public init(question: DomainName) {
        start = 12 + question.wire.count + 4
        remember(question.canonicalWire[...], at: 12)
    }

    /// Appends a record. `isAlias` marks the chain's records, whose names later ones may point at.
    public mutating func append(_ record: Record, isAlias: Bool = false) {
        write(name: record.name, mayRemember: isAlias)
        bytes.append(bigEndian: record.type.rawValue)
        bytes.append(bigEndian: record.recordClass.rawValue)
        if bytes.count <= Int(UInt16.max) { ttlOffsets.append(UInt16(bytes.count)) }
        bytes.append(bigEndian: record.ttl)
        let lengthAt = bytes.count
        bytes.append(bigEndian: UInt16(0))
        write(data: record, isAlias: isAlias)
        let length = bytes.count - lengthAt - 2
        bytes[lengthAt] = UInt8(truncatingIfNeeded: length >> 8)
        bytes[lengthAt + 1] = UInt8(truncatingIfNeeded: length)
    }

    private mutating func write(data record: Record, isAlias: Bool) {
        // Only the types of RFC 1035 may have compressed names in RDATA (RFC 3597 section 4); DNAME's target may not.
        switch record.type {
        case .cname, .ns, .ptr:
            guard let name = DomainName(wire: record.data) else { return bytes.append(contentsOf: record.data) }
            write(name: name, mayRemember: isAlias)
        case .soa:
            guard let (names, rest) = Self.leadingNames(record.data, count: 2) else {
                return bytes.append(contentsOf: record.data)
            }
            for name in names { write(name: name, mayRemember: false) }
            bytes.append(contentsOf: rest)
        default:
            bytes.append(contentsOf: record.data)
        }
    }

    private static func leadingNames(_ data: [UInt8], count: Int) -> ([DomainName], ArraySlice<UInt8>)? {
        var names: [DomainName] = []
        var index = 0
        for _ in 0..<count {
            var end = index
            while end < data.count, data[end] != 0 { end += Int(data[end]) + 1 }
            guard end < data.count, let name = DomainName(wire: data[index...end]) else { return nil }
            names.append(name)
            index = end + 1
        }
        return (names, data[index...])
    }

    private mutating func write(name: DomainName, mayRemember: Bool) {
        let lower = name.canonicalWire
        var index = 0
        while lower[index] != 0 {
            if let offset = known[Array(lower[index...])] {
                bytes.append(contentsOf: name.wire[..<index])
                bytes.append(bigEndian: 0xc000 | offset)
                if mayRemember { remember(lower[..<index], before: offset, at: start + bytes.count - 2 - index, lower) }
                return
            }
            index += Int(lower[index]) + 1
        }
        if mayRemember { remember(lower[...], at: start + bytes.count) }
        bytes.append(contentsOf: name.wire)
    }

    /// Files a name and each name above it, as far as a pointer's 14 bits reach.
    private mutating func remember(_ lower: ArraySlice<UInt8>, at offset: Int) {
        var index = lower.startIndex
        while lower[index] != 0 {
            let position = offset + index - lower.startIndex
            if position < 0x4000, known[Array(lower[index...])] == nil {
                known[Array(lower[index...])] = UInt16(position)
            }
            index += Int(lower[index]) + 1
        }
    }

    /// Files the labels of a name that ends in a pointer.
    private mutating func remember(_ labels: ArraySlice<UInt8>, before: UInt16, at offset: Int, _ whole: [UInt8]) {
        var index = 0
        while index < labels.endIndex {
            if offset + index < 0x4000, known[Array(whole[index...])] == nil {
                known[Array(whole[index...])] = UInt16(offset + index)
            }
            index += Int(whole[index]) + 1
        }
    }
}

extension Message {
    /// The whole message in wire form.
    public func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: id)
        bytes.append(bigEndian: flagBits)
        bytes.append(bigEndian: UInt16(truncatingIfNeeded: questions.count))
        bytes.append(bigEndian: UInt16(truncatingIfNeeded: answers.count))
        bytes.append(bigEndian: UInt16(truncatingIfNeeded: authorities.count))
        bytes.append(bigEndian: UInt16(truncatingIfNeeded: additionals.count + (edns == nil ? 0 : 1)))
        for question in questions {
            bytes.append(contentsOf: question.name.wire)
            bytes.append(bigEndian: question.type.rawValue)
            bytes.append(bigEndian: question.recordClass.rawValue)
        }
        // With one question, which is all that this project sends, compression is on; any other count goes without.
        var writer = SectionWriter(question: questions.count == 1 ? questions[0].name : .root)
        for record in answers { writer.append(record, isAlias: questions.count == 1 && record.type == .cname) }
        for record in authorities + additionals { writer.append(record) }
        bytes.append(contentsOf: writer.bytes)
        if let edns { bytes.append(contentsOf: edns.record(responseCode)) }
        return bytes
    }

    /// The second 16 bits of the header (RFC 1035 section 4.1.1, RFC 4035 section 3.1.6).
    public var flagBits: UInt16 {
        var bits = responseCode.rawValue & 15 | UInt16(opcode & 15) << 11
        if isResponse { bits |= 0x8000 }
        if authoritative { bits |= 0x0400 }
        if truncated { bits |= 0x0200 }
        if recursionDesired { bits |= 0x0100 }
        if recursionAvailable { bits |= 0x0080 }
        if authenticData { bits |= 0x0020 }
        if checkingDisabled { bits |= 0x0010 }
        return bits
    }
}

extension EDNS {
    /// The OPT record in wire form (RFC 6891 section 6.1.2).
    public func record(_ responseCode: ResponseCode) -> [UInt8] {
        var bytes: [UInt8] = [0]
        bytes.append(bigEndian: RecordType.opt.rawValue)
        bytes.append(bigEndian: udpSize)
        bytes.append(UInt8(truncatingIfNeeded: responseCode.rawValue >> 4))
        bytes.append(version)
        bytes.append(bigEndian: UInt16(dnssecOK ? 0x8000 : 0))
        let data = options.reduce(into: [UInt8]()) { data, option in
            data.append(bigEndian: option.code)
            data.append(bigEndian: UInt16(truncatingIfNeeded: option.data.count))
            data.append(contentsOf: option.data)
        }
        bytes.append(bigEndian: UInt16(truncatingIfNeeded: data.count))
        return bytes + data
    }
}
