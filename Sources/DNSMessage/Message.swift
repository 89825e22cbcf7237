// A whole DNS message as values (RFC 1035 section 4, RFC 6891). For what is not the hot path: upstream's answers, local
// data,
// text. The hot path reads a query in place (QueryView).

/// What is asked.
public struct Question: Hashable, Sendable, CustomStringConvertible {
    public var name: DomainName
    public var type: RecordType
    public var recordClass: RecordClass

    public init(_ name: DomainName, _ type: RecordType, _ recordClass: RecordClass = .internet) {
        self.name = name
        self.type = type
        self.recordClass = recordClass
    }

    public var description: String { "\(name) \(type)" }
}

/// One resource record. `data` is RDATA in wire form, names within it uncompressed.
public struct Record: Hashable, Sendable {
    public var name: DomainName
    public var type: RecordType
    public var recordClass: RecordClass
    /// Seconds. Never over 2^31 - 1: RFC 2181 section 8 reads larger values as zero, which parsing does.
    public var ttl: UInt32
    public var data: [UInt8]

    public init(
        _ name: DomainName, _ type: RecordType, ttl: UInt32, data: [UInt8], recordClass: RecordClass = .internet
    ) {
        self.name = name
        self.type = type
        self.recordClass = recordClass
        self.ttl = ttl
        self.data = data
    }

    /// The name that a CNAME, DNAME, NS or PTR record holds; nil for other types.
    public var target: DomainName? {
        switch type {
        case .cname, .dname, .ns, .ptr: DomainName(wire: data)
        default: nil
        }
    }

    /// The type that an RRSIG covers (RFC 4034 section 3.1.1); nil for other types.
    public var coveredType: RecordType? {
        type == .rrsig && data.count >= 2 ? RecordType(UInt16(data[0]) << 8 | UInt16(data[1])) : nil
    }

    /// MINIMUM of an SOA (RFC 1035 section 3.3.13); nil for other types.
    public var soaMinimum: UInt32? {
        guard type == .soa, data.count >= 22 else { return nil }
        return data.suffix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }
}

/// What EDNS adds to a message (RFC 6891 section 6.1).
public struct EDNS: Hashable, Sendable {
    public var udpSize: UInt16
    public var version: UInt8
    public var dnssecOK: Bool
    public var options: [Option]

    /// An option: its code and its data.
    public struct Option: Hashable, Sendable {
        public var code: UInt16
        public var data: [UInt8]
        public init(code: UInt16, data: [UInt8]) {
            self.code = code
            self.data = data
        }
        @inlinable public static var cookie: UInt16 { 10 }
        @inlinable public static var extendedError: UInt16 { 15 }
    }

    public init(udpSize: UInt16 = 1232, version: UInt8 = 0, dnssecOK: Bool = false, options: [Option] = []) {
        self.udpSize = udpSize
        self.version = version
        self.dnssecOK = dnssecOK
        self.options = options
    }

    /// INFO-CODEs of the extended errors (RFC 8914 section 2), in order.
    public var extendedErrors: [UInt16] {
        options.filter { $0.code == Option.extendedError && $0.data.count >= 2 }
            .map { UInt16($0.data[0]) << 8 | UInt16($0.data[1]) }
    }
}

/// A DNS message.
public struct Message: Hashable, Sendable {
    public var id: UInt16
    public var isResponse: Bool
    public var opcode: UInt8
    public var authoritative: Bool
    public var truncated: Bool
    public var recursionDesired: Bool
    public var recursionAvailable: Bool
    public var authenticData: Bool
    public var checkingDisabled: Bool
    public var responseCode: ResponseCode
    public var questions: [Question]
    public var answers: [Record]
    public var authorities: [Record]
    /// Without OPT, which is `edns`.
    public var additionals: [Record]
    public var edns: EDNS?

    /// A query with RD set.
    public init(query question: Question, id: UInt16) {
        self.id = id
        isResponse = false
        opcode = 0
        authoritative = false
        truncated = false
        recursionDesired = true
        recursionAvailable = false
        authenticData = false
        checkingDisabled = false
        responseCode = .noError
        questions = [question]
        answers = []
        authorities = []
        additionals = []
    }
}
