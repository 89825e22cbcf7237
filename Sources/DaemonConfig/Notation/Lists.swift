// Lists of scalars.

import Yams

extension Notation {
    /// A list of `element`.
    ///
    /// - Parameters:
    ///   - allowed: what the elements are, in the plural.
    ///   - conflict: says why an element can't stand beside an earlier one; nil if it can.
    static func list<Element: Sendable>(
        of element: Notation<Element>, _ allowed: String, atLeast minimum: Int = 0,
        conflict: @escaping @Sendable (_ new: Element, _ old: Element) -> String? = { _, _ in nil }
    ) -> Notation where Value == [Element] {
        let allowed = minimum > 0 ? "a list of \(minimum) or more \(allowed)" : "a list of \(allowed)"
        return Notation(allowed: allowed) { value, findings in
            guard case .sequence(let nodes) = value.node, nodes.count >= minimum else {
                findings.refuse(value, allowed: allowed, suggestion: suggestion(for: value, element))
                return nil
            }
            var result: [(path: String, element: Element)] = []
            for (index, node) in nodes.enumerated() {
                let child = YAMLValue(node: node, path: "\(value.path)[\(index)]")
                findings.note(child)
                guard let read = element.read(child, &findings) else { continue }
                for earlier in result {
                    guard let reason = conflict(read, earlier.element) else { continue }
                    findings.refuse(
                        child, allowed: element.allowed, found: "\(child.found), which \(reason) \(earlier.path)")
                    break
                }
                result.append((child.path, read))
            }
            return result.map(\.element)
        } write: { elements in
            .scalars(elements.map { element.write($0).inline })
        }
    }

    /// One element without its brackets is a list of that element.
    private static func suggestion<Element>(for value: YAMLValue, _ element: Notation<Element>) -> String? {
        var ignored = Findings(file: "", duplicates: DuplicateKeys())
        guard value.scalar != nil, !value.isNull, let read = element.read(value, &ignored) else { return nil }
        return "[\(element.write(read).inline)]"
    }
}

extension Findings {
    /// Takes over what `other` refused since it was copied from this; the error at `path` itself allows `allowed`.
    mutating func adoptErrors(of other: Findings, allowedAt path: String, _ allowed: String) {
        let known = errors.count
        self = other
        rewriteErrors(from: known, at: path, allowed: allowed)
    }
}
