// The numbers of the DNS parameters registry that this project names.

/// A record type. Types without a name here are carried as they are (RFC 3597).
public struct RecordType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt16
    @inlinable
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    @inlinable
    public init(_ rawValue: UInt16) { self.rawValue = rawValue }

    public static let a = RecordType(1)
    public static let ns = RecordType(2)
    public static let cname = RecordType(5)
    public static let soa = RecordType(6)
    public static let ptr = RecordType(12)
    public static let mx = RecordType(15)
    public static let txt = RecordType(16)
    public static let aaaa = RecordType(28)
    public static let srv = RecordType(33)
    public static let dname = RecordType(39)
    public static let opt = RecordType(41)
    public static let ds = RecordType(43)
    public static let rrsig = RecordType(46)
    public static let nsec = RecordType(47)
    public static let dnskey = RecordType(48)
    public static let nsec3 = RecordType(50)
    public static let svcb = RecordType(64)
    public static let https = RecordType(65)
    public static let tsig = RecordType(250)
    public static let ixfr = RecordType(251)
    public static let axfr = RecordType(252)
    public static let any = RecordType(255)

    /// Names that this libldns may not know.
    private static let newer: [String: UInt16] = ["SVCB": 64, "HTTPS": 65, "ANY": 255]

    /// `AAAA`, or `TYPE65280` where the type has no name (RFC 3597 section 5).
    public var description: String {
        Self.newer.first { $0.value == rawValue }?.key ?? PresentationFormat.text(of: self)
    }

    /// Reads `AAAA`, `aaaa`, `TYPE28`.
    public init?(_ text: String) {
        let upper = text.uppercased()
        if let newer = Self.newer[upper] {
            self.init(newer)
        } else if let type = PresentationFormat.type(from: upper) {
            self = type
        } else {
            return nil
        }
    }

    /// Types that a question may not have: OPT, and the meta types 128 to 254 (RFC 6895 section 3.1) but not ANY.
    @inlinable
    public var isMeta: Bool { rawValue == 41 || (128..<255).contains(rawValue) || rawValue == 0 }
}

/// A record class.
public struct RecordClass: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16
    @inlinable
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let internet = RecordClass(rawValue: 1)
    public static let chaos = RecordClass(rawValue: 3)
    public static let any = RecordClass(rawValue: 255)
}

/// A response code, the four bits of the header with the eight of EDNS before them (RFC 6891 section 6.1.3).
public struct ResponseCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt16
    @inlinable
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let noError = ResponseCode(rawValue: 0)
    public static let formErr = ResponseCode(rawValue: 1)
    public static let servFail = ResponseCode(rawValue: 2)
    public static let nxDomain = ResponseCode(rawValue: 3)
    public static let notImp = ResponseCode(rawValue: 4)
    public static let refused = ResponseCode(rawValue: 5)
    public static let badVersion = ResponseCode(rawValue: 16)
    public static let badCookie = ResponseCode(rawValue: 23)

    public var description: String {
        switch self {
        case .noError: "NOERROR"
        case .formErr: "FORMERR"
        case .servFail: "SERVFAIL"
        case .nxDomain: "NXDOMAIN"
        case .notImp: "NOTIMP"
        case .refused: "REFUSED"
        case .badVersion: "BADVERS"
        case .badCookie: "BADCOOKIE"
        default: "RCODE\(rawValue)"
        }
    }

    public init?(_ text: String) {
        let named: [ResponseCode] = [
            .noError, .formErr, .servFail, .nxDomain, .notImp, .refused, .badVersion, .badCookie,
        ]
        guard let code = named.first(where: { $0.description == text.uppercased() }) else { return nil }
        self = code
    }
}

/// Extended DNS errors (RFC 8914 and its registry).
public enum ExtendedError {
    public static let dnssecBogus: UInt16 = 6
    public static let staleAnswer: UInt16 = 3
    public static let cachedError: UInt16 = 13
    public static let notReady: UInt16 = 14
    public static let prohibited: UInt16 = 18
    public static let staleNXDomain: UInt16 = 19
    public static let notAuthoritative: UInt16 = 20
    public static let noReachableAuthority: UInt16 = 22
    public static let networkError: UInt16 = 23
    public static let invalidData: UInt16 = 24
    public static let synthesized: UInt16 = 29

    /// Those that say that DNSSEC validation failed: 1, 2 (unsupported) do not, 5 to 12 do.
    public static func saysBogus(_ code: UInt16) -> Bool { (5...12).contains(code) }
}
