// What reading a file turns up beside its values: mistakes, and where things stand.

import Yams

/// A node and the dotted path that leads to it.
struct YAMLValue {
    let node: Node
    let path: String

    /// The place of the node; Yams gives every node that it reads one.
    var mark: TextPlace { node.mark.map { TextPlace($0) } ?? TextPlace() }

    /// The scalar, if it is one.
    var scalar: Node.Scalar? { node.scalar }

    /// True for a scalar without quotes: only those can be numbers, booleans or null.
    var isPlain: Bool { scalar.map { $0.style == .plain || $0.style == .any } ?? false }

    /// A key without a value, `~` or `null` (YAML 1.1's null type).
    var isNull: Bool { isPlain && ["", "~", "null", "Null", "NULL"].contains(scalar?.string) }

    /// What an error says was found.
    var found: String {
        switch node {
        case .scalar(let scalar):
            if isNull { return scalar.string.isEmpty ? "nothing" : scalar.string }
            if isPlain, ScalarText.isNumber(scalar.string) || ScalarText.boolean(scalar.string) != nil {
                return scalar.string
            }
            return ScalarText.shown(scalar.string)
        case .sequence(let elements): return elements.isEmpty ? "an empty list" : "a list"
        case .mapping: return "a section (keys and values)"
        case .alias: return "an alias"
        }
    }
}

/// The mistakes and places of one file, collected while it is read.
struct Findings {
    let file: String
    let duplicates: DuplicateKeys
    private(set) var errors: [ConfigurationError] = []
    private(set) var origins: [String: SourceMark] = [:]
    private var values: [String: TextPlace] = [:]
    private var valueless: Set<String> = []

    init(file: String, duplicates: DuplicateKeys) {
        self.file = file
        self.duplicates = duplicates
    }

    /// Notes where `value` stands; `key` is the place of its key, if it has one.
    mutating func note(_ value: YAMLValue, key: TextPlace? = nil) {
        let mark = key ?? value.mark
        origins[value.path] = SourceMark(file: file, line: mark.line, column: mark.column)
        values[value.path] = value.mark
        if value.isNull { valueless.insert(value.path) }
    }

    /// Refuses `value`.
    mutating func refuse(_ value: YAMLValue, allowed: String, found: String? = nil, suggestion: String? = nil) {
        refuse(value.path, at: value.mark, found: found ?? value.found, allowed: allowed, suggestion: suggestion)
    }

    mutating func refuse(_ path: String, at mark: TextPlace, found: String, allowed: String, suggestion: String? = nil)
    {
        errors.append(
            ConfigurationError(
                file: file, line: mark.line, column: mark.column, key: path, found: found, allowed: allowed,
                suggestion: suggestion))
    }

    /// Puts `allowed` in place of what the errors at `path`, from the one at `index` on, allow.
    mutating func rewriteErrors(from index: Int, at path: String, allowed: String) {
        for position in errors.indices.dropFirst(index) where errors[position].key == path {
            errors[position].allowed = allowed
        }
    }

    /// The place of the value at `path`, if the file has one.
    func place(of path: String) -> TextPlace? { values[path] }

    /// True if the file has something else than null at `path`.
    func names(_ path: String) -> Bool { values[path] != nil && !valueless.contains(path) }

    /// True if the value at `path` or inside it was refused.
    func refused(_ path: String) -> Bool {
        errors.contains { $0.key == path || $0.key.hasPrefix(path + "[") || $0.key.hasPrefix(path + ".") }
    }
}
