// Bytes to Message. ldns does the parsing: lengths, compression pointers and their loops, RDATA by type (RFC 1035
// section 4.1).

internal import CLDNS

/// Why bytes are no DNS message.
public enum WireError: Error, Hashable, Sendable {
    /// Under 12 octets.
    case short
    /// What ldns found wrong, by its own name.
    case malformed(String)
}

extension Message {
    /// Parses one whole message. Names in RDATA come out uncompressed.
    public init(parsing bytes: UnsafeRawBufferPointer) throws(WireError) {
        guard bytes.count >= 12, let base = bytes.baseAddress else { throw .short }
        var packet: UnsafeMutablePointer<ldns_pkt>?
        let status = ldns_wire2pkt(&packet, base.assumingMemoryBound(to: UInt8.self), bytes.count)
        guard status == LDNS_STATUS_OK, let packet else {
            throw .malformed(String(cString: ldns_get_errorstr_by_id(status)))
        }
        defer { ldns_pkt_free(packet) }
        guard let message = Message(packet: packet) else { throw .malformed("a record that does not fit its type") }
        self = message
    }

    /// Parses one whole message from an array.
    public init(parsing bytes: [UInt8]) throws(WireError) {
        let result: Result<Message, WireError> = bytes.withUnsafeBytes { buffer in
            do throws(WireError) { return .success(try Message(parsing: buffer)) } catch { return .failure(error) }
        }
        self = try result.get()
    }

    private init?(packet: UnsafeMutablePointer<ldns_pkt>) {
        guard let questionList = ldns_pkt_question(packet) else { return nil }
        var questions: [Question] = []
        for index in 0..<ldns_rr_list_rr_count(questionList) {
            guard let record = ldns_rr_list_rr(questionList, index), let owner = ldns_rr_owner(record),
                let name = DomainName(rdf: owner)
            else { return nil }
            questions.append(
                Question(
                    name, RecordType(UInt16(truncatingIfNeeded: ldns_rr_get_type(record).rawValue)),
                    RecordClass(rawValue: UInt16(truncatingIfNeeded: ldns_rr_get_class(record).rawValue))))
        }
        guard let answers = Self.records(ldns_pkt_answer(packet)),
            let authorities = Self.records(ldns_pkt_authority(packet)),
            let additionals = Self.records(ldns_pkt_additional(packet))
        else { return nil }
        let edns = Self.edns(packet)
        self.init(packet: packet, questions, answers, authorities, additionals, edns)
    }

    private init(
        packet: UnsafeMutablePointer<ldns_pkt>, _ questions: [Question], _ answers: [Record], _ authorities: [Record],
        _ additionals: [Record], _ edns: EDNS?
    ) {
        id = ldns_pkt_id(packet)
        isResponse = ldns_pkt_qr(packet) != 0
        opcode = UInt8(truncatingIfNeeded: ldns_pkt_get_opcode(packet).rawValue)
        authoritative = ldns_pkt_aa(packet) != 0
        truncated = ldns_pkt_tc(packet) != 0
        recursionDesired = ldns_pkt_rd(packet) != 0
        recursionAvailable = ldns_pkt_ra(packet) != 0
        authenticData = ldns_pkt_ad(packet) != 0
        checkingDisabled = ldns_pkt_cd(packet) != 0
        let low = UInt16(truncatingIfNeeded: ldns_pkt_get_rcode(packet).rawValue) & 15
        responseCode = ResponseCode(
            rawValue: edns == nil ? low : UInt16(ldns_pkt_edns_extended_rcode(packet)) << 4 | low)
        self.questions = questions
        self.answers = answers
        self.authorities = authorities
        self.additionals = additionals
        self.edns = edns
    }

    private static func edns(_ packet: UnsafeMutablePointer<ldns_pkt>) -> EDNS? {
        guard ldns_pkt_edns(packet) != 0 else { return nil }
        var options: [EDNS.Option] = []
        if let data = ldns_pkt_edns_data(packet) {
            options = EDNS.Option.list(from: Array(rdf: data)) ?? []
        }
        return EDNS(
            udpSize: ldns_pkt_edns_udp_size(packet), version: ldns_pkt_edns_version(packet),
            dnssecOK: ldns_pkt_edns_do(packet) != 0, options: options)
    }

    private static func records(_ list: UnsafeMutablePointer<ldns_rr_list>?) -> [Record]? {
        guard let list else { return [] }
        var result: [Record] = []
        let count = ldns_rr_list_rr_count(list)
        result.reserveCapacity(count)
        for index in 0..<count {
            guard let pointer = ldns_rr_list_rr(list, index), let record = Record(rr: pointer) else { return nil }
            result.append(record)
        }
        return result
    }
}

extension EDNS.Option {
    /// Splits the RDATA of an OPT record; nil where lengths do not add up.
    static func list(from bytes: [UInt8]) -> [EDNS.Option]? {
        var options: [EDNS.Option] = []
        var index = 0
        while index < bytes.count {
            guard index + 4 <= bytes.count else { return nil }
            let code = UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1])
            let length = Int(bytes[index + 2]) << 8 | Int(bytes[index + 3])
            guard index + 4 + length <= bytes.count else { return nil }
            options.append(EDNS.Option(code: code, data: Array(bytes[(index + 4)..<(index + 4 + length)])))
            index += 4 + length
        }
        return options
    }
}

extension Record {
    /// Copies an ldns record. ldns keeps each RDATA field in wire form, names uncompressed, so that their bytes in a
    /// row are
    /// RDATA.
    init?(rr: UnsafeMutablePointer<ldns_rr>) {
        guard let owner = ldns_rr_owner(rr), let name = DomainName(rdf: owner) else { return nil }
        var data: [UInt8] = []
        for index in 0..<ldns_rr_rd_count(rr) {
            guard let field = ldns_rr_rdf(rr, index) else { continue }
            data.append(contentsOf: Array(rdf: field))
        }
        guard data.count <= 65535 else { return nil }
        let ttl = ldns_rr_ttl(rr)
        self.init(
            name, RecordType(UInt16(truncatingIfNeeded: ldns_rr_get_type(rr).rawValue)),
            // RFC 2181 section 8: "Implementations should treat TTL values received with the most significant bit set
            // as
            // if the entire value received was zero."
            ttl: ttl > 0x7fff_ffff ? 0 : ttl, data: data,
            recordClass: RecordClass(rawValue: UInt16(truncatingIfNeeded: ldns_rr_get_class(rr).rawValue)))
    }
}

extension DomainName {
    init?(rdf: UnsafeMutablePointer<ldns_rdf>) {
        guard let data = ldns_rdf_data(rdf) else { return nil }
        self.init(wire: UnsafeBufferPointer(start: data, count: ldns_rdf_size(rdf)))
    }
}

extension Array where Element == UInt8 {
    init(rdf: UnsafeMutablePointer<ldns_rdf>) {
        let size = ldns_rdf_size(rdf)
        if size > 0, let data = ldns_rdf_data(rdf) {
            self = Array(UnsafeBufferPointer(start: data, count: size))
        } else {
            self = []
        }
    }
}
