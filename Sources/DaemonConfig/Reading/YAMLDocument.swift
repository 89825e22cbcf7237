// Text to YAML nodes, and the one place that knows how Yams says no.
//
// Tricky mechanics: Yams gives up at the first mapping with a key that stands there twice, and says where the first of
// the two stands. An operator wants all mistakes at once, so that key's first character is replaced in the text by a
// private-use character (same width, so no mark moves) and the text is read again; `DuplicateKeys` remembers what stood
// there.

import Yams

/// A file's nodes.
struct YAMLDocument {
    /// nil for an empty file.
    let root: Node?
    let duplicates: DuplicateKeys

    /// Throws one error: where the text is not YAML at all.
    static func read(_ text: String, file: String) throws(ConfigurationError) -> YAMLDocument {
        var text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        let end = TextPlace.end(of: text)
        if let mark = TextPlace.firstIllegalCharacter(in: text) {
            throw ConfigurationError(
                file: file, line: mark.line, column: mark.column, key: "", found: "a control character",
                allowed: "printable characters in UTF-8")
        }
        // libyaml keeps a pointer into the text; a string of up to 15 octets has no address of its own.
        if text.utf8.count < 16 { text += String(repeating: "\n", count: 16) }
        var duplicates = DuplicateKeys()
        while true {
            do {
                let root = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
                return YAMLDocument(root: root, duplicates: duplicates)
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                guard let name = names.first, duplicates.hide(name, at: context.mark, in: &text) else {
                    throw ConfigurationError(
                        file: file, line: context.mark.line, column: context.mark.column, key: names.first ?? "",
                        found: "the key a second time", allowed: "each key once")
                }
            } catch {
                throw syntaxError(error, file: file, end: end)
            }
        }
    }

    private static func syntaxError(_ error: any Error, file: String, end: TextPlace) -> ConfigurationError {
        let place: TextPlace
        let problem: String
        switch error as? YamlError {
        case .scanner(let context, let text, let mark, _), .parser(let context, let text, let mark, _),
            .composer(let context, let text, let mark, _):
            problem = context.map { "\(text) (\($0.text), line \($0.mark.line))" } ?? text
            place = min(TextPlace(mark), end)
        case .reader(let text, _, _, _):
            problem = text
            place = end
        default:
            problem = "\(error)"
            place = end
        }
        return ConfigurationError(
            file: file, line: place.line, column: place.column, key: "",
            found: "a YAML syntax error: \(problem)", allowed: "one YAML document")
    }
}

/// The keys that were hidden from Yams so that it reads on.
struct DuplicateKeys {
    private var names: [TextPlace: String] = [:]

    /// A file with more duplicates than this is reported as far as it was understood.
    private static let limit = 1_000

    /// What `key` is called in the file.
    func name(of key: Node.Scalar) -> String {
        key.mark.flatMap { names[TextPlace($0)] } ?? key.string
    }

    /// Makes the key at `mark` differ from its double; false where that can't be done in place.
    mutating func hide(_ name: String, at mark: Mark, in text: inout String) -> Bool {
        let place = TextPlace(mark)
        guard names.count < Self.limit, names[place] == nil, let start = place.index(in: text),
            let substitute = Unicode.Scalar(0xE000 + UInt32(names.count))
        else { return false }
        var index = start
        let scalars = text.unicodeScalars
        if scalars[index] == "\"" || scalars[index] == "'" { index = scalars.index(after: index) }
        guard index < scalars.endIndex, !"\"'\\[{&*!|>?".unicodeScalars.contains(scalars[index]) else { return false }
        text.unicodeScalars.replaceSubrange(index...index, with: CollectionOfOne(substitute))
        names[place] = name
        return true
    }
}

/// A line and a column of a text, from 1, in Unicode scalars as libyaml counts them.
struct TextPlace: Hashable, Comparable {
    var line = 1
    var column = 1

    func index(in text: String) -> String.Index? {
        Self.first(in: text) { place, _ in place == self }?.index
    }

    /// YAML 1.1 section 5.1, "the set of acceptable characters".
    static func firstIllegalCharacter(in text: String) -> TextPlace? {
        first(in: text) { _, scalar in
            switch scalar.value {
            case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...: false
            default: true
            }
        }?.place
    }

    /// The place behind the last character that is no line end.
    static func end(of text: String) -> TextPlace {
        var end = TextPlace()
        _ = first(in: text) { place, scalar in
            if scalar != "\n", scalar != "\r" { end = TextPlace(line: place.line, column: place.column + 1) }
            return false
        }
        return end
    }

    static func < (lhs: Self, rhs: Self) -> Bool { (lhs.line, lhs.column) < (rhs.line, rhs.column) }

    private static func first(
        in text: String, where matches: (TextPlace, Unicode.Scalar) -> Bool
    ) -> (index: String.Index, place: TextPlace)? {
        var place = TextPlace()
        var previous: Unicode.Scalar?
        for index in text.unicodeScalars.indices {
            let scalar = text.unicodeScalars[index]
            if matches(place, scalar) { return (index, place) }
            switch scalar {
            case "\n" where previous == "\r": break
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
                place.line += 1
                place.column = 1
            default: place.column += 1
            }
            previous = scalar
        }
        return nil
    }
}

extension TextPlace {
    init(_ mark: Mark) { self.init(line: mark.line, column: mark.column) }
}
