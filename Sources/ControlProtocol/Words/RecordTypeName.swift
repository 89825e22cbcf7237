// The names of record types, so that a misspelt one is found before anything is asked. The IANA registry "Resource
// Record (RR) TYPEs"; RFC 3597 section 5 for the types without a name.

/// The name of a record type, in capitals: `AAAA`, `TYPE65280`.
public struct RecordTypeName: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// Takes any letter case; nil if it is neither a registered name nor `TYPE` with a number up to 65535.
    public init?(_ text: String) {
        let name = text.uppercased()
        guard Self.registered.contains(name) || Self.isNumbered(name) else { return nil }
        description = name
    }

    /// RFC 3597 section 5: "the word "TYPE" immediately followed by the decimal RR type number, with no intervening
    /// whitespace".
    private static func isNumbered(_ name: String) -> Bool {
        guard name.hasPrefix("TYPE") else { return false }
        let digits = name.dropFirst(4)
        return digits.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } && UInt16(digits) != nil
    }

    /// Types that a cache may hold, and ANY. OPT, TSIG and the transfer types are no data.
    public static let registered: Set<String> = [
        "A", "NS", "MD", "MF", "CNAME", "SOA", "MB", "MG", "MR", "NULL", "WKS", "PTR", "HINFO", "MINFO", "MX", "TXT",
        "RP", "AFSDB", "X25", "ISDN", "RT", "NSAP", "NSAP-PTR", "SIG", "KEY", "PX", "GPOS", "AAAA", "LOC", "NXT", "EID",
        "NIMLOC", "SRV", "ATMA", "NAPTR", "KX", "CERT", "A6", "DNAME", "SINK", "APL", "DS", "SSHFP", "IPSECKEY",
        "RRSIG",
        "NSEC", "DNSKEY", "DHCID", "NSEC3", "NSEC3PARAM", "TLSA", "SMIMEA", "HIP", "NINFO", "RKEY", "TALINK", "CDS",
        "CDNSKEY", "OPENPGPKEY", "CSYNC", "ZONEMD", "SVCB", "HTTPS", "DSYNC", "HHIT", "BRID", "SPF", "UINFO", "UID",
        "GID", "UNSPEC", "NID", "L32", "L64", "LP", "EUI48", "EUI64", "NXNAME", "URI", "CAA", "AVC", "DOA", "AMTRELAY",
        "RESINFO", "WALLET", "CLA", "IPN", "TA", "DLV", "ANY",
    ]
}
