// A query read in place, with no allocation: the hot path's view (RFC 1035 section 4.1, RFC 6891 section 6.1.1).
//
// Only the shape that resolvers' clients send is read here: one question, whose name is not compressed, and at most an
// OPT
// record behind it. A query of any other shape is `unusual` and goes through ldns (Message), which decides what it is.
// A test
// holds the two against each other on every input that the fuzzer finds.

/// Where things stand in a query, and the numbers in its header.
public struct QueryView: Sendable {
    public var id: UInt16 = 0
    /// The second 16 bits of the header, as sent.
    public var flags: UInt16 = 0
    /// Length of the name at offset 12, its final zero included.
    public var nameLength = 0
    public var type: UInt16 = 0
    public var recordClass: UInt16 = 0
    public var hasEDNS = false
    public var ednsVersion: UInt8 = 0
    public var dnssecOK = false
    /// The requestor's UDP payload size; 512 without EDNS. "Values lower than 512 MUST be treated as equal to 512."
    public var udpSize: UInt16 = 512
    /// Where the COOKIE option's data stands; length 0 where there is none.
    public var cookieOffset = 0
    public var cookieLength = 0
    /// A COOKIE option was there but its length is none that RFC 7873 section 4 allows.
    public var cookieMalformed = false

    public init() {}

    /// Offset of the first byte behind the question.
    @inlinable
    public var questionEnd: Int { 12 + nameLength + 4 }
    @inlinable
    public var isResponse: Bool { flags & 0x8000 != 0 }
    @inlinable
    public var opcode: UInt8 { UInt8(truncatingIfNeeded: flags >> 11) & 15 }
    @inlinable
    public var recursionDesired: Bool { flags & 0x0100 != 0 }
    @inlinable
    public var authenticData: Bool { flags & 0x0020 != 0 }
    @inlinable
    public var checkingDisabled: Bool { flags & 0x0010 != 0 }

    /// What reading came to.
    public enum Shape: Sendable {
        /// Everything is filled in.
        case plain
        /// Id and flags are filled in; ldns has to look at the rest.
        case unusual
        /// Under 12 octets: not even a header.
        case short
    }

    /// Reads `bytes`.
    @inlinable
    public mutating func read(_ bytes: UnsafeRawBufferPointer) -> Shape {
        guard bytes.count >= 12 else { return .short }
        id = Self.load16(bytes, 0)
        flags = Self.load16(bytes, 2)
        // QDCOUNT 1, ANCOUNT 0, NSCOUNT 0, ARCOUNT 0 or 1.
        guard Self.load16(bytes, 4) == 1, Self.load16(bytes, 6) == 0, Self.load16(bytes, 8) == 0 else {
            return .unusual
        }
        let additional = Self.load16(bytes, 10)
        guard additional <= 1 else { return .unusual }
        var index = 12
        while true {
            guard index < bytes.count else { return .unusual }
            let length = bytes[index]
            index &+= 1
            if length == 0 { break }
            guard length <= 63 else { return .unusual }
            index &+= Int(length)
        }
        nameLength = index &- 12
        guard nameLength <= 255, index &+ 4 <= bytes.count else { return .unusual }
        type = Self.load16(bytes, index)
        recordClass = Self.load16(bytes, index &+ 2)
        index &+= 4
        if additional == 0 { return index == bytes.count ? .plain : .unusual }
        guard readOPT(bytes, index), index &+ 11 &+ Int(Self.load16(bytes, index &+ 9)) == bytes.count else {
            return .unusual
        }
        return .plain
    }

    @inlinable
    mutating func readOPT(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Bool {
        guard start &+ 11 <= bytes.count, bytes[start] == 0, Self.load16(bytes, start &+ 1) == 41 else { return false }
        let end = start &+ 11 &+ Int(Self.load16(bytes, start &+ 9))
        guard end <= bytes.count else { return false }
        hasEDNS = true
        udpSize = max(512, Self.load16(bytes, start &+ 3))
        ednsVersion = bytes[start &+ 6]
        dnssecOK = bytes[start &+ 7] & 0x80 != 0
        return readOptions(bytes, start &+ 11, end)
    }

    @inlinable
    mutating func readOptions(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Bool {
        var index = start
        while index < end {
            guard index &+ 4 <= end else { return false }
            let code = Self.load16(bytes, index)
            let length = Int(Self.load16(bytes, index &+ 2))
            guard index &+ 4 &+ length <= end else { return false }
            if code == 10, cookieLength == 0, !cookieMalformed {
                // RFC 7873 section 4: 8 octets, or 8 and a server cookie of 8 to 32.
                cookieMalformed = !(length == 8 || (16...40).contains(length))
                cookieOffset = index &+ 4
                cookieLength = cookieMalformed ? 0 : length
            }
            index &+= 4 &+ length
        }
        return true
    }

    @inlinable
    static func load16(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt16 {
        UInt16(bytes[offset]) << 8 | UInt16(bytes[offset &+ 1])
    }
}

extension QueryView {
    /// Keeps id and flags alone.
    public mutating func forgetQuestion() {
        let (id, flags) = (id, flags)
        self = QueryView()
        self.id = id
        self.flags = flags
    }

    /// Fills the view of a query whose shape was unusual but which ldns could read: `message` is what ldns made of
    /// `bytes`.
    ///
    /// - Returns: nil where there is more than one OPT record, one that is malformed, or octets are left over; false
    ///   where the
    ///   question's name is compressed.
    public mutating func readAfter(_ message: Message, _ bytes: UnsafeRawBufferPointer) -> Bool? {
        guard let question = message.questions.first else { return false }
        nameLength = question.name.wire.count
        guard questionEnd <= bytes.count, bytes[12..<(12 + nameLength)].elementsEqual(question.name.wire) else {
            nameLength = 0
            return false
        }
        type = question.type.rawValue
        recordClass = question.recordClass.rawValue
        guard let last = Self.skip(Int(Self.load16(bytes, 10)), from: questionEnd, bytes), last.end == bytes.count,
            last.options.count <= 1
        else { return nil }
        if let options = last.options.first, !readOPT(bytes, options) {
            hasEDNS = false
            return nil
        }
        return true
    }

    /// Where `count` records from `start` end, and where those of them that are OPT begin; nil where they run over the
    /// end.
    private static func skip(_ count: Int, from start: Int, _ bytes: UnsafeRawBufferPointer) -> (
        end: Int, options: [Int]
    )? {
        var index = start
        var options: [Int] = []
        for _ in 0..<count {
            let owner = index
            while true {
                guard index < bytes.count else { return nil }
                let length = Int(bytes[index])
                index += length >= 0xc0 ? 2 : length + 1
                if length == 0 || length >= 0xc0 { break }
            }
            guard index + 10 <= bytes.count else { return nil }
            if load16(bytes, index) == 41 { options.append(owner) }
            index += 10 + Int(load16(bytes, index + 8))
        }
        return (index, options)
    }
}
