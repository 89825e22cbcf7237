// Pair files as lines and blocks. What the words mean is in Tests/Packets/README.md.

/// A place in a pair file and what is wrong there: with the file itself, or with what the translator did.
struct PairFailure: Error, CustomStringConvertible {
    let line: Int
    let description: String

    init(_ line: Int, _ description: String) {
        self.line = line
        self.description = description
    }
}

/// A line without its comment and the white space around it.
struct PairLine {
    let number: Int
    var text: String

    var words: [String] { text.split(whereSeparator: \.isWhitespace).map(String.init) }

    func failure(_ description: String) -> PairFailure { PairFailure(number, description) }
}

/// A line at the margin and the indented lines under it.
struct PairBlock {
    var head: PairLine
    var body: [PairLine] = []

    var keyword: String { String(head.words[0].prefix { $0 != ":" }) }
    /// What stands behind the keyword.
    var rest: [String] { Array(head.words.dropFirst()) }

    static func read(_ text: String) throws -> [PairBlock] {
        var blocks: [PairBlock] = []
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = withoutComment(raw).split(whereSeparator: \.isWhitespace)
            let line = PairLine(number: index + 1, text: words.joined(separator: " "))
            if line.text.isEmpty { continue }
            if raw.first?.isWhitespace == true {
                guard !blocks.isEmpty else { throw line.failure("an indented line with nothing above it") }
                blocks[blocks.count - 1].body.append(line)
            } else {
                blocks.append(PairBlock(head: line))
            }
        }
        return blocks
    }

    private static func withoutComment(_ raw: Substring) -> Substring {
        if raw.first(where: { !$0.isWhitespace }) == "#" { return "" }
        // A title may hold one.
        return raw.hasPrefix("case:") ? raw : raw.prefix { $0 != ";" }
    }

    /// `repeat NAME FROM..TO` and the one-line steps under it, as so many blocks; any other block as it is.
    func repeated() throws -> [PairBlock] {
        guard keyword == "repeat" else { return [self] }
        let ends = (rest.last ?? "").split(separator: ".").compactMap { Int($0) }
        guard rest.count == 2, ends.count == 2, ends[0] <= ends[1] else {
            throw head.failure("repeat NAME FROM..TO was expected")
        }
        return (ends[0]...ends[1]).flatMap { number in
            body.map { PairBlock(head: $0).substituting([rest[0]: String(number)]) }
        }
    }

    /// The block with `<name>` replaced, in every line, by the row's word.
    func substituting(_ row: [String: String]) -> PairBlock {
        var copy = self
        copy.head.text = Self.substituted(head.text, row)
        for index in body.indices { copy.body[index].text = Self.substituted(body[index].text, row) }
        return copy
    }

    private static func substituted(_ text: String, _ row: [String: String]) -> String {
        row.reduce(text) { $0.replacing("<\($1.key)>", with: $1.value) }
    }
}

/// One case of a file: what is configured for it alone, the rows that it is played with, its steps.
struct PairCase {
    let title: PairLine
    var config: [PairBlock] = []
    var rows: [[String: String]] = [[:]]
    var steps: [PairBlock] = []

    /// `blocks` begin with the line `case: ...`.
    init(_ blocks: [PairBlock]) throws {
        title = blocks[0].head
        for block in blocks.dropFirst() {
            switch block.keyword {
            case "config" where steps.isEmpty: config.append(block)
            case "rows" where steps.isEmpty: rows = try Self.rows(block)
            default: steps.append(block)
            }
        }
        guard !steps.isEmpty else { throw title.failure("a case without steps") }
    }

    /// rows NAME NAME..., and under it a line of as many words a row.
    private static func rows(_ block: PairBlock) throws -> [[String: String]] {
        try block.body.map { line in
            guard line.words.count == block.rest.count else {
                throw line.failure("\(block.rest.count) words were expected: \(block.rest.joined(separator: " "))")
            }
            return Dictionary(uniqueKeysWithValues: zip(block.rest, line.words))
        }
    }
}
