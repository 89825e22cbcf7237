// RFC 1035 section 5 master files, read by ldns: $ORIGIN, $TTL, parentheses, escapes.

internal import CLDNS
internal import Glibc

/// The records of one master file.
public struct ZoneFile: Sendable {
    public let records: [Record]

    /// What is wrong with a master file.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        public let file: String
        /// Where reading stopped; 0 where the file could not be opened at all.
        public let line: Int
        public let reason: String
        public var description: String { line == 0 ? "\(file): \(reason)" : "\(file):\(line): \(reason)" }
    }

    /// Reads `path`. `origin` is the name that relative names hang under until the file says $ORIGIN.
    public init(path: String, origin: DomainName) throws(Failure) {
        guard let file = fopen(path, "re") else {
            throw Failure(file: path, line: 0, reason: String(cString: strerror(errno)))
        }
        defer { fclose(file) }
        var reader = LineReader(origin: origin)
        defer { reader.free() }
        records = try reader.readAll(file, path)
    }
}

/// ldns's record-by-record reader with the state that it keeps between records.
private struct LineReader {
    var ttl: UInt32 = 3600
    var origin: UnsafeMutablePointer<ldns_rdf>?
    var previous: UnsafeMutablePointer<ldns_rdf>?
    var line: Int32 = 0

    init(origin: DomainName) {
        self.origin = PresentationFormat.rdf(LDNS_RDF_TYPE_DNAME, origin.wire)
    }

    mutating func free() {
        if let origin { ldns_rdf_deep_free(origin) }
        if let previous { ldns_rdf_deep_free(previous) }
    }

    mutating func readAll(_ file: UnsafeMutablePointer<FILE>, _ path: String) throws(ZoneFile.Failure) -> [Record] {
        var records: [Record] = []
        while feof(file) == 0 {
            var record: UnsafeMutablePointer<ldns_rr>?
            let status = ldns_rr_new_frm_fp_l(&record, file, &ttl, &origin, &previous, &line)
            switch status {
            case LDNS_STATUS_OK:
                guard let record else { continue }
                defer { ldns_rr_free(record) }
                guard let value = Record(rr: record) else {
                    throw ZoneFile.Failure(file: path, line: Int(line), reason: "a record that does not fit its type")
                }
                records.append(value)
            case LDNS_STATUS_SYNTAX_EMPTY, LDNS_STATUS_SYNTAX_TTL, LDNS_STATUS_SYNTAX_ORIGIN:
                continue
            default:
                throw ZoneFile.Failure(
                    file: path, line: Int(line), reason: String(cString: ldns_get_errorstr_by_id(status)))
            }
        }
        return records
    }
}
