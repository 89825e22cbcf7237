// A reply, written straight into the buffer that it leaves from. Allocates nothing.

internal import AnswerCache
internal import DNSMessage
internal import Glibc
internal import NetAddress

/// What of the query the reply repeats or obeys.
struct ReplyForm {
    let query: UnsafeRawBufferPointer
    let view: QueryView
    /// The largest reply in octets: what the client takes, what the server sends, what the buffer holds.
    let limit: Int
    /// UDP payload size that the reply's OPT record announces.
    let ednsSize: UInt16
    /// Whom the reply is for.
    let client: IPAddress
    var cookie: ServerCookie.Reply?
}

/// What the header of a reply says beside what the query fixes.
struct ReplyHead {
    var responseCode: UInt16 = 0
    var authoritative = false
    var authenticData = false
    /// INFO-CODEs of extended errors (RFC 8914); sent only to clients that speak EDNS.
    var extendedError: UInt16?
    var secondError: UInt16?
}

/// Writes one reply. What does not fit is not written: the reply then has TC set and nothing behind its question (RFC
/// 2181
/// section 9 lets a client use nothing else of it).
struct ReplyWriter {
    private let out: UnsafeMutableRawBufferPointer
    private let form: ReplyForm
    private let head: ReplyHead
    private let optLength: Int
    private let end: Int
    private var position: Int
    private var overflowed = false
    private(set) var answers = 0
    private(set) var authorities = 0
    private(set) var additionals = 0

    /// `out` holds at least `form.limit` octets, and the limit is at least 512: a header, the longest question and OPT
    /// fit.
    init(_ out: UnsafeMutableRawBufferPointer, _ form: ReplyForm, _ head: ReplyHead) {
        self.out = out
        self.form = form
        self.head = head
        optLength = Self.optLength(form, head)
        end = min(out.count, form.limit) - optLength
        position = Self.questionEnd(form.view)
        memcpyChecked(to: 12, from: form.query, 12, position - 12)
    }

    /// Where the sections begin: a query whose question could not be read is answered with a header alone.
    private static func questionEnd(_ view: QueryView) -> Int { view.nameLength == 0 ? 12 : view.questionEnd }

    private static func optLength(_ form: ReplyForm, _ head: ReplyHead) -> Int {
        guard form.view.hasEDNS else { return 0 }
        return 11 + (form.cookie == nil ? 0 : 28) + (head.extendedError == nil ? 0 : 6)
            + (head.secondError == nil ? 0 : 6)
    }

    /// The caller has checked that `length` octets are there on both sides.
    private func memcpyChecked(to: Int, from: UnsafeRawBufferPointer, _ offset: Int, _ length: Int) {
        guard length > 0, let target = out.baseAddress, let source = from.baseAddress else { return }
        memcpy(target + to, source + offset, length)
    }

    // MARK: sections

    /// A whole answer as it is, TTLs counted down.
    mutating func append(_ view: AnswerView) {
        answers &+= Int(view.facts.answerCount)
        appendRest(of: view, from: 0, recordsBefore: 0)
    }

    /// One record as it is, its TTL counted down and cut to `ttlLimit`.
    mutating func append(_ record: RecordSpan, of view: AnswerView, ttlLimit: UInt32 = .max) {
        let length = record.end &- record.owner
        guard reserve(length) else { return }
        memcpyChecked(to: position, from: view.wire, record.owner, length)
        let ttl = min(view.ttl(view.wire.load32(record.ttl)), ttlLimit)
        store32(ttl, at: position &+ record.ttl &- record.owner)
        position &+= length
        answers &+= 1
    }

    /// An AAAA record with the owner and class of the A record that it is made from (RFC 6147 section 5.1.7).
    mutating func append(aaaa address: IPv6Address, from record: RecordSpan, of view: AnswerView, ttlLimit: UInt32) {
        let ownerLength = record.ttl &- 4 &- record.owner
        guard reserve(ownerLength &+ 26) else { return }
        memcpyChecked(to: position, from: view.wire, record.owner, ownerLength)
        position &+= ownerLength
        store16(RecordType.aaaa.rawValue, at: position)
        store16(RecordClass.internet.rawValue, at: position &+ 2)
        store32(min(view.ttl(view.wire.load32(record.ttl)), ttlLimit), at: position &+ 4)
        store16(16, at: position &+ 8)
        store64(address.high, at: position &+ 10)
        store64(address.low, at: position &+ 18)
        position &+= 26
        answers &+= 1
    }

    /// The authority and additional sections of `view`, which begin at `start` in its bytes. Their names point at
    /// nothing but
    /// the question and the alias chain (SectionWriter's rule), so that they may stand at another place than before.
    mutating func appendRest(of view: AnswerView, from start: Int) {
        appendRest(of: view, from: start, recordsBefore: Int(view.facts.answerCount))
    }

    /// - Parameter recordsBefore: how many records stand before `start`.
    private mutating func appendRest(of view: AnswerView, from start: Int, recordsBefore: Int) {
        var length = view.wire.count &- start
        let hasAdditionals = position &+ length <= end
        if !hasAdditionals { length = Self.additionalStart(view, from: start, recordsBefore) &- start }
        guard length > 0, reserve(length) else { return }
        memcpyChecked(to: position, from: view.wire, start, length)
        for offset in view.ttlOffsets where Int(offset) >= start && Int(offset) < start &+ length {
            store32(view.ttl(view.wire.load32(Int(offset))), at: position &+ Int(offset) &- start)
        }
        position &+= length
        authorities &+= Int(view.facts.authorityCount)
        if hasAdditionals { additionals &+= Int(view.facts.additionalCount) }
    }

    /// RFC 2181 section 9: "The TC bit should not be set merely because some extra information could have been
    /// included, but there
    /// was insufficient room."
    private static func additionalStart(_ view: AnswerView, from start: Int, _ recordsBefore: Int) -> Int {
        var cursor = RecordCursor(view.wire, at: start)
        let count = Int(view.facts.answerCount) &+ Int(view.facts.authorityCount) &- recordsBefore
        for _ in 0..<max(0, count) { if cursor.next() == nil { break } }
        return cursor.position
    }

    /// Records for the additional section, written by somebody else and wanted only where they fit: without them the
    /// reply is whole
    /// all the same (RFC 2181 section 9).
    mutating func append(additionals bytes: [UInt8], count: Int) {
        guard !overflowed, position &+ bytes.count <= end else { return }
        bytes.withUnsafeBytes { memcpyChecked(to: position, from: $0, 0, $0.count) }
        position &+= bytes.count
        additionals &+= count
    }

    private mutating func reserve(_ length: Int) -> Bool {
        if overflowed || position &+ length > end {
            overflowed = true
            return false
        }
        return true
    }

    // MARK: the end

    /// Whether the reply had to be cut.
    var isTruncated: Bool { overflowed }

    /// Writes header and OPT; returns the reply's length.
    mutating func finish() -> Int {
        if overflowed {
            position = Self.questionEnd(form.view)
            answers = 0
            authorities = 0
            additionals = 0
        }
        writeHeader()
        if form.view.hasEDNS { writeOPT() }
        return position
    }

    private func writeHeader() {
        // QR and RA set; opcode, RD and CD as in the query (RFC 1035 section 4.1.1, RFC 4035 section 3.2.2).
        var flags: UInt16 = 0x8080 | form.view.flags & 0x7910 | head.responseCode & 15
        if head.authoritative { flags |= 0x0400 }
        if overflowed { flags |= 0x0200 }
        // RFC 6840 section 5.8: AD only to a client that asked for it with DO or AD.
        if head.authenticData, form.view.dnssecOK || form.view.authenticData { flags |= 0x0020 }
        store16(form.view.id, at: 0)
        store16(flags, at: 2)
        store16(form.view.nameLength == 0 ? 0 : 1, at: 4)
        store16(UInt16(truncatingIfNeeded: answers), at: 6)
        store16(UInt16(truncatingIfNeeded: authorities), at: 8)
        store16(UInt16(truncatingIfNeeded: additionals &+ (form.view.hasEDNS ? 1 : 0)), at: 10)
    }

    private mutating func writeOPT() {
        out[position] = 0
        store16(RecordType.opt.rawValue, at: position &+ 1)
        store16(form.ednsSize, at: position &+ 3)
        out[position &+ 5] = UInt8(truncatingIfNeeded: head.responseCode >> 4)
        out[position &+ 6] = 0
        // RFC 3225 section 3: DO is copied from the query.
        store16(form.view.dnssecOK ? 0x8000 : 0, at: position &+ 7)
        store16(UInt16(truncatingIfNeeded: optLength &- 11), at: position &+ 9)
        position &+= 11
        if let cookie = form.cookie {
            store16(EDNS.Option.cookie, at: position)
            store16(24, at: position &+ 2)
            store64(cookie.client, at: position &+ 4)
            store64(cookie.head, at: position &+ 12)
            store64(cookie.hash, at: position &+ 20)
            position &+= 28
        }
        if let code = head.extendedError { writeExtendedError(code) }
        if let code = head.secondError { writeExtendedError(code) }
    }

    private mutating func writeExtendedError(_ code: UInt16) {
        store16(EDNS.Option.extendedError, at: position)
        store16(2, at: position &+ 2)
        store16(code, at: position &+ 4)
        position &+= 6
    }

    private func store16(_ value: UInt16, at offset: Int) {
        out.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
    }

    private func store32(_ value: UInt32, at offset: Int) {
        out.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt32.self)
    }

    private func store64(_ value: UInt64, at offset: Int) {
        out.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt64.self)
    }
}
