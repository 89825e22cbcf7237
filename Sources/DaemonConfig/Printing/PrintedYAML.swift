// A configuration on its way back to text.

/// A value as it is written in YAML.
indirect enum PrintedYAML: Hashable, Sendable {
    /// A scalar, quoted already where it has to be.
    case scalar(String)
    /// A list of scalars, written on one line.
    case scalars([String])
    case list([PrintedYAML])
    case section([Entry])

    struct Entry: Hashable, Sendable {
        let key: String
        let value: PrintedYAML
        /// A comment above the key; empty for none.
        var comment = ""
    }

    /// The value on one line, as documentation shows a default.
    var inline: String {
        switch self {
        case .scalar(let text): text
        case .scalars(let elements): "[\(elements.joined(separator: ", "))]"
        case .list(let elements): "[\(elements.map(\.inline).joined(separator: ", "))]"
        case .section(let entries):
            entries.isEmpty ? "{}" : "{ \(entries.map { "\($0.key): \($0.value.inline)" }.joined(separator: ", ")) }"
        }
    }

    /// The entries of a section as lines, each with its end.
    static func lines(_ entries: [Entry], indent: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        return entries.map { entry in
            let comment = entry.comment.isEmpty ? "" : "\(indent == 0 ? "\n" : "")\(margin)# \(entry.comment)\n"
            return comment + margin + entry.key + ":" + entry.value.behindColon(indent: indent)
        }.joined()
    }

    private func behindColon(indent: Int) -> String {
        switch self {
        case .section(let entries) where !entries.isEmpty: "\n" + Self.lines(entries, indent: indent + 2)
        case .list(let elements) where !elements.isEmpty:
            "\n" + elements.map { $0.element(indent: indent + 2) }.joined()
        default: " \(inline)\n"
        }
    }

    /// A list element: its first key stands behind the dash, the others below that key.
    private func element(indent: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        guard case .section(let entries) = self, !entries.isEmpty else { return "\(margin)- \(inline)\n" }
        return margin + "- " + Self.lines(entries, indent: indent + 2).dropFirst(indent + 2)
    }
}
