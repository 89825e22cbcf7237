// Names, types and records as text, and text as records (RFC 1035 section 5.1, RFC 3597). ldns prints and reads.

internal import CLDNS

/// Text that is no record, and what ldns says of it.
public struct TextError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    public init(description: String) { self.description = description }
}

enum PresentationFormat {
    static func text(of name: DomainName) -> String {
        guard let rdf = rdf(LDNS_RDF_TYPE_DNAME, name.wire) else { return "" }
        defer { ldns_rdf_deep_free(rdf) }
        return take(ldns_rdf2str(rdf))
    }

    static func name(from text: String) -> DomainName? {
        guard !text.isEmpty, let rdf = ldns_dname_new_frm_str(text) else { return nil }
        defer { ldns_rdf_deep_free(rdf) }
        return DomainName(rdf: rdf)
    }

    static func text(of type: RecordType) -> String {
        take(ldns_rr_type2str(ldns_rr_type(UInt32(type.rawValue))))
    }

    static func type(from text: String) -> RecordType? {
        let value = ldns_get_rr_type_by_name(text).rawValue
        return (1...65535).contains(value) ? RecordType(UInt16(value)) : nil
    }

    static func rdf(_ type: ldns_rdf_type, _ bytes: [UInt8]) -> UnsafeMutablePointer<ldns_rdf>? {
        bytes.withUnsafeBytes { ldns_rdf_new_frm_data(type, $0.count, $0.baseAddress) }
    }

    /// Takes over a string that ldns allocated.
    static func take(_ string: UnsafeMutablePointer<CChar>?) -> String {
        guard let string else { return "" }
        defer { cldns_free(string) }
        return String(cString: string)
    }
}

extension Record: CustomStringConvertible {
    /// One line in master file form, fields parted by single spaces.
    public var description: String {
        let head = "\(name) \(ttl) IN \(type)"
        return data.isEmpty && type == .any ? head : "\(head) \(rdataText)"
    }

    /// RDATA in master file form; in RFC 3597's generic form where this libldns doesn't know the type.
    public var rdataText: String {
        var wire = name.wire
        wire.append(bigEndian: type.rawValue)
        wire.append(bigEndian: recordClass.rawValue)
        wire.append(bigEndian: ttl)
        wire.append(bigEndian: UInt16(truncatingIfNeeded: data.count))
        wire.append(contentsOf: data)
        var record: UnsafeMutablePointer<ldns_rr>?
        var position = 0
        let status = wire.withUnsafeBufferPointer {
            ldns_wire2rr(&record, $0.baseAddress, $0.count, &position, LDNS_SECTION_ANSWER)
        }
        guard status == LDNS_STATUS_OK, let record else { return Self.generic(data) }
        defer { ldns_rr_free(record) }
        var fields: [String] = []
        for index in 0..<ldns_rr_rd_count(record) {
            if let field = ldns_rr_rdf(record, index) { fields.append(PresentationFormat.take(ldns_rdf2str(field))) }
        }
        return fields.joined(separator: " ")
    }

    private static func generic(_ data: [UInt8]) -> String {
        let digits = data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return data.isEmpty ? "\\# 0" : "\\# \(data.count) \(digits)"
    }

    /// Reads one line of master file form with its owner, TTL and class.
    public init(text: String) throws(TextError) {
        var record: UnsafeMutablePointer<ldns_rr>?
        let status = ldns_rr_new_frm_str(&record, text, 0, nil, nil)
        guard status == LDNS_STATUS_OK, let record else {
            throw TextError(description: String(cString: ldns_get_errorstr_by_id(status)))
        }
        defer { ldns_rr_free(record) }
        guard let value = Record(rr: record) else {
            throw TextError(description: "a record that does not fit its type")
        }
        self = value
    }
}

extension [UInt8] {
    /// Appends an integer in network order.
    public mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
