// Scenario files as lines and blocks. What the words mean is in Tests/Scenarios/README.md.

/// A place in a scenario file and what is wrong there: with the file itself, or with what the resolver did.
struct ScenarioFailure: Error, CustomStringConvertible {
    let line: Int
    let description: String

    init(_ line: Int, _ description: String) {
        self.line = line
        self.description = description
    }
}

/// A line without its comment and the white space around it.
struct ScenarioLine {
    let number: Int
    let text: String

    var words: [String] { text.split(whereSeparator: \.isWhitespace).map(String.init) }

    func failure(_ description: String) -> ScenarioFailure { ScenarioFailure(number, description) }

    /// What stands before and after the first colon that ends a word.
    var sides: (head: [String], rest: [String]) {
        let all = words
        guard let index = all.firstIndex(where: { $0.hasSuffix(":") }) else { return (all, []) }
        var head = Array(all[...index])
        head[index].removeLast()
        return (head.filter { !$0.isEmpty }, Array(all[(index + 1)...]))
    }
}

/// A line at the margin and the indented lines under it.
struct ScenarioBlock {
    let head: ScenarioLine
    var body: [ScenarioLine] = []

    var keyword: String { head.sides.head.first ?? "" }
    /// Words between the keyword and the colon.
    var label: [String] { Array(head.sides.head.dropFirst()) }
    /// Words behind the colon.
    var rest: [String] { head.sides.rest }

    static func read(_ text: String) throws -> [ScenarioBlock] {
        var blocks: [ScenarioBlock] = []
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let content = withoutComment(raw)
            let line = ScenarioLine(number: index + 1, text: String(content.trimming(while: \.isWhitespace)))
            if line.text.isEmpty { continue }
            if raw.first?.isWhitespace == true {
                guard !blocks.isEmpty else { throw line.failure("an indented line with nothing above it") }
                blocks[blocks.count - 1].body.append(line)
            } else {
                blocks.append(ScenarioBlock(head: line))
            }
        }
        return blocks
    }

    /// A comment is a line that begins with "#", or whatever follows a ";" outside of quotes.
    private static func withoutComment(_ raw: Substring) -> Substring {
        if raw.first(where: { !$0.isWhitespace }) == "#" { return "" }
        var isQuoted = false
        for index in raw.indices {
            if raw[index] == "\"" { isQuoted.toggle() }
            if raw[index] == ";", !isQuoted { return raw[..<index] }
        }
        return raw
    }
}

extension Substring {
    func trimming(while isUnwanted: (Character) -> Bool) -> Substring {
        var result = drop(while: isUnwanted)
        while let last = result.last, isUnwanted(last) { result.removeLast() }
        return result
    }
}
