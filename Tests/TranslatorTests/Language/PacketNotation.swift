// A packet as a pair file writes it: layers, outermost first, a line each or parted by "|".

/// What a field is to be: written out, or left to the packet that came.
enum FieldValue: Equatable {
    case number(UInt64)
    case any
    /// Without the "$".
    case variable(String)
}

/// One layer: `udp 40000 > $p checksum=none`.
struct Layer {
    let keyword: String
    /// Words without "=", the ">" left out.
    let words: [String]
    private let fields: [String: String]
    let line: PairLine

    init(_ text: Substring, _ line: PairLine) {
        let all = text.split(whereSeparator: \.isWhitespace).map(String.init)
        keyword = all.first ?? ""
        var words: [String] = []
        var fields: [String: String] = [:]
        for word in all.dropFirst() where word != ">" {
            if let index = word.firstIndex(of: "="), index != word.startIndex {
                let key = String(word[..<index])
                // A repeated key adds to what it had: opt=nop opt=rr:4
                fields[key] = (fields[key].map { $0 + " " } ?? "") + word[word.index(after: index)...]
            } else {
                words.append(word)
            }
        }
        self.words = words
        self.fields = fields
        self.line = line
    }

    func has(_ word: String) -> Bool { words.contains(word) }
    func text(_ key: String) -> String? { fields[key] }

    func value(_ key: String) throws -> FieldValue? {
        try fields[key].map { try Layer.value($0, line) }
    }

    /// A number where nothing else makes sense.
    func number(_ key: String) throws -> Int? {
        guard let text = fields[key] else { return nil }
        guard case .number(let value) = try Layer.value(text, line) else {
            throw line.failure("\(key)=\(text): a number was expected")
        }
        return Int(value)
    }

    /// The words that this layer knows; anything else is a slip of the pen.
    func allow(_ keys: Set<String>, words allowed: Set<String> = [], positions: Int = 0) throws {
        for key in fields.keys where !keys.contains(key) {
            throw line.failure("\(keyword) has no field \(key)")
        }
        for word in words.dropFirst(positions) where !allowed.contains(word) {
            throw line.failure("\(keyword): unknown word \(word)")
        }
        guard words.count >= positions else { throw line.failure("\(keyword): too few words") }
    }

    static func value(_ text: String, _ line: PairLine) throws -> FieldValue {
        if text == "any" { return .any }
        if text.hasPrefix("$") { return .variable(String(text.dropFirst())) }
        let value = text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
        guard let value else { throw line.failure("\(text) is no number") }
        return .number(value)
    }

    static func octets(_ text: String, _ line: PairLine) throws -> [UInt8] {
        let digits = text.filter { !$0.isWhitespace && $0 != ":" }
        guard digits.count % 2 == 0 else { throw line.failure("\(text) has an odd number of hexadecimal digits") }
        let all = Array(digits)
        return try stride(from: 0, to: all.count, by: 2).map { index in
            guard let octet = UInt8(String(all[index...(index + 1)]), radix: 16) else {
                throw line.failure("\(text) is not hexadecimal")
            }
            return octet
        }
    }
}

/// Layers, with the packet inside an ICMP error as a branch.
indirect enum Node {
    case layer(Layer)
    /// `{ ... }`, and how much of it the error quotes: `} cut=48`.
    case inner([Node], cut: Int?)

    /// Reads the words behind the step's colon, and the lines under it.
    static func read(_ block: PairBlock) throws -> [Node] {
        var segments: [(Substring, PairLine)] = []
        let headText = block.head.text
        var lines = block.body
        if let colon = headText.firstRange(of: ": ") {
            lines.insert(PairLine(number: block.head.number, text: String(headText[colon.upperBound...])), at: 0)
        }
        for line in lines {
            for segment in line.text.split(separator: "|") { segments.append((segment, line)) }
        }
        var position = 0
        let nodes = try read(segments, &position, isInner: false, block.head).nodes
        guard !nodes.isEmpty else { throw block.head.failure("a packet was expected") }
        return nodes
    }

    private static func read(
        _ segments: [(Substring, PairLine)], _ position: inout Int, isInner: Bool, _ head: PairLine
    ) throws -> (nodes: [Node], cut: Int?) {
        var nodes: [Node] = []
        while position < segments.count {
            let layer = Layer(segments[position].0, segments[position].1)
            position += 1
            switch layer.keyword {
            case "{":
                let inner = try read(segments, &position, isInner: true, layer.line)
                nodes.append(.inner(inner.nodes, cut: inner.cut))
            case "}":
                guard isInner else { throw layer.line.failure("a brace too many") }
                return (nodes, try layer.number("cut"))
            default: nodes.append(.layer(layer))
            }
        }
        if isInner { throw head.failure("the brace is never closed") }
        return (nodes, nil)
    }
}
