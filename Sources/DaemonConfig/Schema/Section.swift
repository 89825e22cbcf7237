// A section of the file as a table of its keys. Reading, printing, suggestions and the reference all come from this
// table.

import Yams

/// One row of the reference: all that can be said about a key.
public struct KeyReference: Hashable, Sendable {
    /// The dotted path; `[]` stands for each element of a list: `upstream[].zone`.
    public let path: String
    /// The default as it is written in YAML; nil for a key that must be there.
    public let defaultText: String?
    /// What may stand there.
    public let allowed: String
    /// What it means, in a sentence or two.
    public let summary: String
}

/// The keys that may stand together in one mapping, and what they set in `Root`.
struct Section<Root: Sendable>: Sendable {
    let fields: [Field<Root>]
    /// Keys that an operator may look for here, and the paths of those that take their place.
    var elsewhere: [String: String] = [:]
    /// Compares the values of several keys, once all are read; gets the section's path and the keys that the file
    /// names.
    var check: @Sendable (Root, String, Set<String>, inout Findings) -> Void = { _, _, _, _ in }

    var allowed: String { "a section with keys among \(fields.map(\.key).joined(separator: ", "))" }

    /// Reads the section over what `root` holds; returns the keys that the file names, in the schema's order.
    ///
    /// A section without a value, such as one whose keys are all commented out, names no key.
    @discardableResult
    func read(_ value: YAMLValue, into root: inout Root, _ findings: inout Findings) -> [String] {
        guard case .mapping(let mapping) = value.node else {
            if !value.isNull { findings.refuse(value, allowed: allowed) }
            return []
        }
        let pairs = known(mapping, at: value, &findings)
        for field in fields {
            let given = pairs.filter { $0.key == field.key }
            if given.isEmpty, field.isRequired {
                findings.refuse(
                    Self.path(value.path, field.key), at: value.mark, found: "nothing",
                    allowed: "\(field.allowed); this key must be there")
            }
            // A key that stands there twice was refused already; its values are read for their own mistakes.
            for pair in given { field.read(pair.value, &root, &findings) }
        }
        let named = fields.map(\.key).filter { key in pairs.contains { $0.key == key } }
        check(root, value.path, Set(named), &findings)
        return named
    }

    /// The pairs whose keys the table knows; the others, and those that stand there twice, are refused.
    private func known(
        _ mapping: Node.Mapping, at section: YAMLValue, _ findings: inout Findings
    ) -> [(key: String, value: YAMLValue)] {
        var result: [(key: String, value: YAMLValue)] = []
        var firstLines: [String: Int] = [:]
        for (keyNode, node) in mapping {
            let mark = keyNode.mark.map { TextPlace($0) } ?? section.mark
            guard let scalar = keyNode.scalar else {
                findings.refuse(section.path, at: mark, found: "a key that is no word", allowed: allowed)
                continue
            }
            let key = findings.duplicates.name(of: scalar)
            let path = Self.path(section.path, ScalarText.isWord(key) ? key : ScalarText.shown(key))
            if let line = firstLines[key] {
                findings.refuse(
                    path, at: mark, found: "the key a second time (first in line \(line))", allowed: "each key once")
            } else if let place = elsewhere[key] {
                findings.refuse(
                    path, at: mark, found: "the key \(ScalarText.shown(key)), whose place is \(place)",
                    allowed: fields.map(\.key).joined(separator: ", "))
            } else if !fields.contains(where: { $0.key == key }) {
                findings.refuse(
                    path, at: mark, found: "the unknown key \(ScalarText.shown(key))",
                    allowed: fields.map(\.key).joined(separator: ", "), suggestion: suggestion(for: key))
            }
            let value = YAMLValue(node: node, path: path)
            if firstLines[key] == nil { findings.note(value, key: mark) }
            firstLines[key] = firstLines[key] ?? mark.line
            if fields.contains(where: { $0.key == key }) { result.append((key, value)) }
        }
        return result
    }

    /// The nearest key of this section, else the path of the nearest key of another.
    private func suggestion(for key: String) -> String? {
        if let near = NearestWord.to(key, among: fields.map(\.key)) { return near }
        if let near = NearestWord.to(key, among: elsewhere.keys.sorted()) { return elsewhere[near] }
        let others = ConfigurationSchema.keys.map(\.path).filter { !$0.contains("[]") }
        let words = others.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
        guard let word = NearestWord.to(key, among: words), let index = words.firstIndex(of: word) else { return nil }
        return others[index]
    }

    /// The section as YAML; `only` those keys, if given.
    func entries(_ root: Root, only: [String]? = nil) -> [PrintedYAML.Entry] {
        fields.filter { only?.contains($0.key) ?? true }.compactMap { field in
            field.write(root).map { PrintedYAML.Entry(key: field.key, value: $0, comment: field.comment) }
        }
    }

    /// The reference of each key, and of those inside it; `prototype` holds the defaults.
    func references(_ prototype: Root, path: String) -> [KeyReference] {
        fields.flatMap { $0.references(prototype, Self.path(path, $0.key)) }
    }

    static func path(_ section: String, _ key: String) -> String { section.isEmpty ? key : "\(section).\(key)" }
}
