// A record in a scenario: master file form with two conveniences, TTL ranges and numbered repetitions.

import DNSMessage

/// A record, and between which bounds its TTL may be.
struct RecordPattern: CustomStringConvertible {
    let record: Record
    let ttl: ClosedRange<UInt32>

    /// Reads `OWNER TTL [IN|CH] TYPE RDATA`; a line with `{1..9}` stands for nine records.
    static func read(_ line: ScenarioLine) throws -> [RecordPattern] {
        try expand(line.text).map { try RecordPattern($0, line) }
    }

    private init(_ text: String, _ line: ScenarioLine) throws {
        var fields = text.split(maxSplits: 2, whereSeparator: \.isWhitespace).map(String.init)
        guard fields.count == 3, let ttl = Self.ttl(fields[1]) else {
            throw line.failure("\"\(text)\" is no record: OWNER TTL TYPE RDATA was expected")
        }
        var recordClass = "IN"
        for word in ["IN", "CH"] where fields[2].hasPrefix(word + " ") {
            recordClass = word
            fields[2].removeFirst(3)
        }
        // `SOA ... 60` is an SOA whose MINIMUM is 60 and whose other fields don't matter.
        if fields[2].hasPrefix("SOA ... ") {
            let zone = fields[0] == "." ? "" : fields[0]
            fields[2] = "SOA ns.\(zone) hostmaster.\(zone) 1 7200 900 1209600 \(fields[2].dropFirst(8))"
        }
        do {
            record = try Record(text: "\(fields[0]) \(ttl.lowerBound) \(recordClass) \(fields[2])")
        } catch {
            throw line.failure("\"\(text)\" is no record: \(error)")
        }
        self.ttl = ttl
    }

    private static func ttl(_ text: String) -> ClosedRange<UInt32>? {
        let ends = text.split(separator: "..", omittingEmptySubsequences: false).map { UInt32($0) }
        guard let low = ends[0], let high = ends[ends.count - 1], ends.count <= 2, low <= high else { return nil }
        return low...high
    }

    /// `{1..9}` counts; `{n}`, `{n+1}` and `{n-1}` in the same line follow.
    private static func expand(_ text: String) -> [String] {
        guard let open = text.firstIndex(of: "{"), let close = text[open...].firstIndex(of: "}") else { return [text] }
        let ends = text[text.index(after: open)..<close].split(separator: ".").compactMap { Int($0) }
        guard ends.count == 2, ends[0] <= ends[1] else { return [text] }
        let pattern = String(text[open...close])
        return (ends[0]...ends[1]).map { number in
            [(pattern, number), ("{n}", number), ("{n+1}", number + 1), ("{n-1}", number - 1)].reduce(text) {
                $0.replacing($1.0, with: String($1.1))
            }
        }
    }

    func matches(_ other: Record) -> Bool {
        guard record.name == other.name, record.type == other.type, record.recordClass == other.recordClass,
            ttl.contains(other.ttl)
        else { return false }
        if let mine = record.target, let theirs = other.target { return mine == theirs }
        return record.data == other.data
    }

    var description: String {
        let span = ttl.count == 1 ? "\(ttl.lowerBound)" : "\(ttl.lowerBound)..\(ttl.upperBound)"
        return "\(record.name) \(span) \(record.type) \(record.rdataText)"
    }
}

/// The records of a message by section, as the indented lines say them.
struct SectionPatterns {
    var answer: [RecordPattern] = []
    var authority: [RecordPattern] = []
    var additional: [RecordPattern] = []
    /// Whether the answer section's order counts.
    var isOrdered = false

    init() {}

    init(_ lines: [ScenarioLine]) throws {
        var section = \SectionPatterns.answer
        for line in lines {
            switch line.text {
            case "answer:": section = \.answer
            case "answer in order:":
                section = \.answer
                isOrdered = true
            case "authority:": section = \.authority
            case "additional:": section = \.additional
            default: self[keyPath: section] += try RecordPattern.read(line)
            }
        }
    }
}
