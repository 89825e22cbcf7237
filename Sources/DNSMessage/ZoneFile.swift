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
        records = try Self.read(path, origin, ttl: 3600, within: [])
    }

    /// - Parameter within: the files that are being read around this one, by device and inode: none may include itself.
    fileprivate static func read(
        _ path: String, _ origin: DomainName, ttl: UInt32, within: [String]
    ) throws(Failure) -> [Record] {
        // A directory opens and never ends; a pipe may never even open.
        var facts = stat()
        if stat(path, &facts) == 0, facts.st_mode & S_IFMT != S_IFREG {
            throw Failure(file: path, line: 0, reason: "not a regular file")
        }
        guard let file = fopen(path, "re") else {
            throw Failure(file: path, line: 0, reason: String(cString: strerror(errno)))
        }
        defer { fclose(file) }
        let identity = "\(facts.st_dev):\(facts.st_ino)"
        guard !within.contains(identity), within.count < 10 else {
            throw Failure(file: path, line: 0, reason: "$INCLUDE of a file that is being read already, or too deep")
        }
        var reader = LineReader(path: path, within: within + [identity], ttl: ttl, origin: origin)
        defer { reader.free() }
        return try reader.readAll(file)
    }
}

/// ldns's record-by-record reader with the state that it keeps between records.
private struct LineReader {
    let path: String
    let within: [String]
    var ttl: UInt32
    var origin: UnsafeMutablePointer<ldns_rdf>?
    var previous: UnsafeMutablePointer<ldns_rdf>?
    var line: Int32 = 0
    var records: [Record] = []

    init(path: String, within: [String], ttl: UInt32, origin: DomainName) {
        self.path = path
        self.within = within
        self.ttl = ttl
        self.origin = PresentationFormat.rdf(LDNS_RDF_TYPE_DNAME, origin.wire)
    }

    mutating func free() {
        if let origin { ldns_rdf_deep_free(origin) }
        if let previous { ldns_rdf_deep_free(previous) }
    }

    mutating func readAll(_ file: UnsafeMutablePointer<FILE>) throws(ZoneFile.Failure) -> [Record] {
        while feof(file) == 0, ferror(file) == 0 {
            var record: UnsafeMutablePointer<ldns_rr>?
            let status = ldns_rr_new_frm_fp_l(&record, file, &ttl, &origin, &previous, &line)
            switch status {
            case LDNS_STATUS_OK:
                guard let record else { continue }
                defer { ldns_rr_free(record) }
                guard let value = Record(rr: record) else { throw failure("a record that does not fit its type") }
                records.append(value)
            case LDNS_STATUS_SYNTAX_EMPTY, LDNS_STATUS_SYNTAX_TTL, LDNS_STATUS_SYNTAX_ORIGIN:
                continue
            case LDNS_STATUS_SYNTAX_INCLUDE:
                try include()
            default:
                throw failure(String(cString: ldns_get_errorstr_by_id(status)))
            }
        }
        if ferror(file) != 0 { throw failure("the file can't be read to its end") }
        return records
    }

    private func failure(_ reason: String) -> ZoneFile.Failure {
        ZoneFile.Failure(file: path, line: Int(line), reason: reason)
    }

    /// `$INCLUDE FILE [ORIGIN]` (RFC 1035 section 5.1). ldns says that there is one and leaves it to us: the line is
    /// looked up. Relative
    /// file names count from the including file's directory; the origin here stays what it was.
    private mutating func include() throws(ZoneFile.Failure) {
        let words = includeLine().split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)[0]
            .split { $0 == " " || $0 == "\t" || $0 == "\r" }
        guard words.count == 2 || words.count == 3 else {
            throw failure("$INCLUDE takes a file name, and an origin if need be")
        }
        var inner = origin.flatMap { DomainName(rdf: $0) } ?? .root
        if words.count == 3 {
            guard let name = DomainName(String(words[2])) else { throw failure("\"\(words[2])\" is not a domain name") }
            inner = words[2].hasSuffix(".") ? name : DomainName(wire: name.wire.dropLast() + inner.wire) ?? name
        }
        let name = String(words[1])
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let file = name.hasPrefix("/") || folder.isEmpty ? name : "\(folder)/\(name)"
        records += try ZoneFile.read(file, inner, ttl: ttl, within: within)
    }

    /// The text of the $INCLUDE line that ldns has just read: the one it counts, or the one before.
    private func includeLine() -> Substring {
        guard let file = fopen(path, "re") else { return "" }
        defer { fclose(file) }
        var text: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { Glibc.free(text) }
        var found: Substring = ""
        for _ in 0..<max(1, line) {
            guard getline(&text, &capacity, file) > 0, let text else { break }
            let current = String(cString: text)
            if current.hasPrefix("$INCLUDE") { found = current.split(whereSeparator: \.isNewline).first ?? "" }
        }
        return found
    }
}
