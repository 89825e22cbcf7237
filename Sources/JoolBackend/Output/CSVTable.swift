// The tables that Jool's client prints with --csv, read by RFC 4180 section 2: a header line, then records, fields
// parted by commas; a field may be quoted, and inside quotes stand commas, line breaks, and quotes written twice.
//
// Two things differ from the RFC, on purpose. A line ends in LF, which Jool prints, or in CRLF, which the RFC wants. And
// the last line must have its end too: without it the output was cut off, and its last number may lack digits.

/// A table and a place in it: the header is read at first, then `nextRow` goes from row to row.
///
/// Columns are known by their names, so that those that a later version adds are passed over.
struct CSVTable {
    /// What printed it, as typed, for messages.
    let command: String
    let bytes: [UInt8]
    private(set) var columns: [String] = []
    /// The line on which the present row starts, from 1.
    private(set) var line = 1
    /// The present row's fields.
    private var fields: [Field] = []
    private var position = 0
    private var nextLine = 1
    private var rowStart = 0

    private struct Field {
        /// Without the quotes around it.
        var range: Range<Int>
        var hasDoubledQuotes = false
    }

    init(_ bytes: [UInt8], of command: String) throws(OutputFailure) {
        self.bytes = bytes
        self.command = command
        guard try readRow() else { throw OutputFailure("`\(command)` printed nothing, not even a header line") }
        columns = fields.indices.map { text($0) }
    }

    /// The place of a column.
    func column(_ name: String) throws(OutputFailure) -> Int {
        if let place = columns.firstIndex(of: name) { return place }
        throw OutputFailure(line: 1, of: command, "there is no column `\(name)`: \(shownRow(from: 0))")
    }

    /// Goes to the next row; false: there is none.
    ///
    /// - Parameter mayLackLast: whether rows without the last column's field, and without the comma before it, are
    ///   whole.
    mutating func nextRow(mayLackLast: Bool = false) throws(OutputFailure) -> Bool {
        guard try readRow() else { return false }
        let expected = columns.count
        if fields.count == expected || mayLackLast && fields.count == expected - 1 { return true }
        let or = mayLackLast ? " or \(expected - 1)" : ""
        throw failure("expected \(expected) fields\(or), found \(fields.count): \(shownRow(from: rowStart))")
    }

    /// Whether the present row has a field there.
    func has(_ column: Int) -> Bool { column < fields.count }

    /// A field's bytes as they stand, quotes written twice included.
    func range(_ column: Int) -> Range<Int> { fields[column].range }

    /// A field as text.
    func text(_ column: Int) -> String {
        let field = fields[column]
        if !field.hasDoubledQuotes { return String(decoding: bytes[field.range], as: UTF8.self) }
        var plain: [UInt8] = []
        var index = field.range.lowerBound
        while index < field.range.upperBound {
            plain.append(bytes[index])
            index += bytes[index] == quote ? 2 : 1
        }
        return String(decoding: plain, as: UTF8.self)
    }

    func failure(_ problem: String) -> OutputFailure { OutputFailure(line: line, of: command, problem) }
}

private let quote = UInt8(ascii: "\"")
private let comma = UInt8(ascii: ",")
private let lineFeed = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")

extension CSVTable {
    private mutating func readRow() throws(OutputFailure) -> Bool {
        fields.removeAll(keepingCapacity: true)
        line = nextLine
        rowStart = position
        guard position < bytes.count else { return false }
        while true {
            let start = position
            if start < bytes.count, bytes[start] == quote { try readQuoted() } else { try readPlain() }
            guard position < bytes.count else { throw failure("cut off in the middle: \(shownRow(from: rowStart))") }
            let end = bytes[position]
            position += 1
            if end == comma { continue }
            nextLine += 1
            return true
        }
    }

    /// "If double-quotes are not used to enclose fields, then double quotes may not appear inside the fields" (section 2,
    /// 5.).
    private mutating func readPlain() throws(OutputFailure) {
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == comma || byte == lineFeed { break }
            if byte == quote { throw failure("a quote inside a field: \(shownRow(from: rowStart))") }
            position += 1
        }
        var end = position
        if end > start, end < bytes.count, bytes[end] == lineFeed, bytes[end - 1] == carriageReturn { end -= 1 }
        fields.append(Field(range: start..<end))
    }

    private mutating func readQuoted() throws(OutputFailure) {
        position += 1
        let start = position
        var hasDoubledQuotes = false
        while true {
            guard position < bytes.count else { throw failure("a quote that never ends: \(shownRow(from: rowStart))") }
            let byte = bytes[position]
            position += 1
            if byte == lineFeed { nextLine += 1 }
            guard byte == quote else { continue }
            guard position < bytes.count, bytes[position] == quote else { break }
            hasDoubledQuotes = true
            position += 1
        }
        fields.append(Field(range: start..<position - 1, hasDoubledQuotes: hasDoubledQuotes))
        if position + 1 < bytes.count, bytes[position] == carriageReturn, bytes[position + 1] == lineFeed {
            position += 1
        }
        guard position < bytes.count, bytes[position] != comma, bytes[position] != lineFeed else { return }
        throw failure("text behind a quoted field: \(shownRow(from: rowStart))")
    }

    private func shownRow(from start: Int) -> String {
        OutputFailure.shown(bytes[start...].prefix { $0 != lineFeed })
    }
}
