// One key of a section: a word, a property, a notation, a sentence.

import Yams

/// A key and the property of `Root` that it sets.
struct Field<Root: Sendable>: Sendable {
    let key: String
    let allowed: String
    var isRequired = false
    /// Printed above the key.
    var comment = ""
    let read: @Sendable (YAMLValue, inout Root, inout Findings) -> Void
    /// nil for a key that is left out.
    let write: @Sendable (Root) -> PrintedYAML?
    /// The reference of this key, whose default `Root` holds, and of those inside it.
    let references: @Sendable (Root, String) -> [KeyReference]
}

extension Field {
    typealias Property<Value> = WritableKeyPath<Root, Value> & Sendable

    /// A key with one value.
    init<Value: Sendable>(
        _ key: String, _ property: any Property<Value>, _ notation: Notation<Value>, required: Bool = false,
        _ summary: String
    ) {
        self.init(key: key, allowed: notation.allowed, isRequired: required) { value, root, findings in
            // A list whose elements are all commented out is the empty list that it is by default.
            if value.isNull, notation.write(root[keyPath: property]) == .scalars([]) { return }
            if let result = notation.read(value, &findings) { root[keyPath: property] = result }
        } write: {
            notation.write($0[keyPath: property])
        } references: { prototype, path in
            let defaultText = required ? nil : notation.write(prototype[keyPath: property]).inline
            return [KeyReference(path: path, defaultText: defaultText, allowed: notation.allowed, summary: summary)]
        }
    }

    /// A section inside a section.
    init<Value: Sendable>(
        section key: String, _ property: any Property<Value>, _ section: Section<Value>, comment: String = ""
    ) {
        self.init(key: key, allowed: section.allowed, comment: comment) { value, root, findings in
            section.read(value, into: &root[keyPath: property], &findings)
        } write: {
            .section(section.entries($0[keyPath: property]))
        } references: { prototype, path in
            section.references(prototype[keyPath: property], path: path)
        }
    }

    /// A list of sections. `prototype` makes an element before its keys are read; `write` prints one.
    init<Element: Sendable>(
        list key: String, _ property: any Property<[Element]>, of section: Section<Element>, comment: String,
        distinct: (@Sendable (Element) -> (key: String, value: String))? = nil,
        prototype: @escaping @Sendable (Root) -> Element, _ summary: String
    ) {
        let allowed = "a list of sections with keys among \(section.fields.map(\.key).joined(separator: ", "))"
        self.init(key: key, allowed: allowed, comment: comment) { value, root, findings in
            if value.isNull, root[keyPath: property].isEmpty { return }
            guard case .sequence(let nodes) = value.node else { return findings.refuse(value, allowed: allowed) }
            var places: [String: String] = [:]
            root[keyPath: property] = nodes.enumerated().map { [root] index, node in
                let child = YAMLValue(node: node, path: "\(value.path)[\(index)]")
                var element = prototype(root)
                findings.note(child)
                // An element without a value lacks the keys that must be there, and so is refused.
                guard node.mapping != nil else {
                    findings.refuse(child, allowed: section.allowed)
                    return element
                }
                section.read(child, into: &element, &findings)
                if let distinct { findings.refuseRepetition(of: distinct(element), in: child.path, &places) }
                return element
            }
        } write: { root in
            .list(root[keyPath: property].map { .section(section.entries($0)) })
        } references: { root, path in
            let defaultText = PrintedYAML.list(root[keyPath: property].map { .section(section.entries($0)) }).inline
            return [KeyReference(path: path, defaultText: defaultText, allowed: allowed, summary: summary)]
                + section.references(prototype(root), path: path + "[]")
        }
    }
}

extension Findings {
    /// Refuses the element at `path` if an earlier one has the same name; `places` holds the elements' paths by name.
    fileprivate mutating func refuseRepetition(
        of name: (key: String, value: String), in path: String, _ places: inout [String: String]
    ) {
        let keyPath = "\(path).\(name.key)"
        guard let mark = place(of: keyPath), !refused(keyPath) else { return }
        if let earlier = places[name.value] {
            refuse(
                keyPath, at: mark, found: "\(ScalarText.shown(name.value)), which repeats \(earlier).\(name.key)",
                allowed: "each \(name.key) once")
        } else {
            places[name.value] = path
        }
    }
}
