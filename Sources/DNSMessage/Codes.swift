// The numbers of the DNS parameters registry that this project names.

/// A record type. Types without a name here are carried as they are (RFC 3597).
public struct RecordType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt16
    @inlinable
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    @inlinable
    public init(_ rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable public static var a: RecordType { RecordType(1) }
    @inlinable public static var ns: RecordType { RecordType(2) }
    @inlinable public static var cname: RecordType { RecordType(5) }
    @inlinable public static var soa: RecordType { RecordType(6) }
    @inlinable public static var ptr: RecordType { RecordType(12) }
    @inlinable public static var mx: RecordType { RecordType(15) }
    @inlinable public static var txt: RecordType { RecordType(16) }
    @inlinable public static var aaaa: RecordType { RecordType(28) }
    @inlinable public static var srv: RecordType { RecordType(33) }
    @inlinable public static var dname: RecordType { RecordType(39) }
    @inlinable public static var opt: RecordType { RecordType(41) }
    @inlinable public static var ds: RecordType { RecordType(43) }
    @inlinable public static var rrsig: RecordType { RecordType(46) }
    @inlinable public static var nsec: RecordType { RecordType(47) }
    @inlinable public static var dnskey: RecordType { RecordType(48) }
    @inlinable public static var nsec3: RecordType { RecordType(50) }
    @inlinable public static var svcb: RecordType { RecordType(64) }
    @inlinable public static var https: RecordType { RecordType(65) }
    @inlinable public static var tsig: RecordType { RecordType(250) }
    @inlinable public static var ixfr: RecordType { RecordType(251) }
    @inlinable public static var axfr: RecordType { RecordType(252) }
    @inlinable public static var any: RecordType { RecordType(255) }

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

    @inlinable public static var internet: RecordClass { RecordClass(rawValue: 1) }
    @inlinable public static var chaos: RecordClass { RecordClass(rawValue: 3) }
    @inlinable public static var any: RecordClass { RecordClass(rawValue: 255) }
}

/// A response code, the four bits of the header with the eight of EDNS before them (RFC 6891 section 6.1.3).
public struct ResponseCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt16
    @inlinable
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable public static var noError: ResponseCode { ResponseCode(rawValue: 0) }
    @inlinable public static var formErr: ResponseCode { ResponseCode(rawValue: 1) }
    @inlinable public static var servFail: ResponseCode { ResponseCode(rawValue: 2) }
    @inlinable public static var nxDomain: ResponseCode { ResponseCode(rawValue: 3) }
    @inlinable public static var notImp: ResponseCode { ResponseCode(rawValue: 4) }
    @inlinable public static var refused: ResponseCode { ResponseCode(rawValue: 5) }
    @inlinable public static var badVersion: ResponseCode { ResponseCode(rawValue: 16) }
    @inlinable public static var badCookie: ResponseCode { ResponseCode(rawValue: 23) }

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
    @inlinable public static var dnssecBogus: UInt16 { 6 }
    @inlinable public static var staleAnswer: UInt16 { 3 }
    @inlinable public static var cachedError: UInt16 { 13 }
    @inlinable public static var notReady: UInt16 { 14 }
    @inlinable public static var prohibited: UInt16 { 18 }
    @inlinable public static var staleNXDomain: UInt16 { 19 }
    @inlinable public static var notAuthoritative: UInt16 { 20 }
    @inlinable public static var noReachableAuthority: UInt16 { 22 }
    @inlinable public static var networkError: UInt16 { 23 }
    @inlinable public static var invalidData: UInt16 { 24 }
    @inlinable public static var synthesized: UInt16 { 29 }

    /// Those that say that DNSSEC validation failed: 1, 2 (unsupported) do not, 5 to 12 do.
    public static func saysBogus(_ code: UInt16) -> Bool { (5...12).contains(code) }
}
