// `jool global display --csv`: an instance's settings by name, each in one way of writing, so that what is wanted and
// what is can be compared as text.

internal import NetAddress

struct JoolGlobalValues: Hashable, Sendable {
    struct Value: Hashable, Sendable {
        /// `tcp-est-timeout`, also what `jool global update` takes.
        var name: String
        /// As `canonical` has it, and as `jool global update` takes it.
        var value: String
    }

    /// In Jool's order.
    var values: [Value]

    subscript(name: String) -> String? { values.first { $0.name == name }?.value }

    /// nil where it is unset, or no prefix of RFC 6052.
    var pool6: Pref64? {
        guard let text = self["pool6"], let prefix = IPPrefix(text) else { return nil }
        return try? Pref64(prefix)
    }

    /// Whether a setting is known here and says the same as `value`; nil: this Jool has no such setting.
    func holds(_ value: String, for name: String) -> Bool? {
        self[name].map { Self.sameValue(name, $0, value) }
    }

    /// Whether two values of a setting mean the same, however they are written: `TRUE` and `on`, `2:04:00` and `7440`.
    static func sameValue(_ name: String, _ a: String, _ b: String) -> Bool {
        let (first, second) = (canonical(name, a), canonical(name, b))
        if first == second { return true }
        // "1" is a number until it meets a truth value.
        guard [first, second].contains(where: { $0 == "true" || $0 == "false" }), let truth = truthValue(first) else {
            return false
        }
        return truth == truthValue(second)
    }

    /// A value in the one way of writing that is used here: `true`, `2:04:00`, `65535,32000`, `64:ff9b::/96`, numbers
    /// without leading zeros; other text as it is.
    static func canonical(_ name: String, _ value: String) -> String {
        let text = trimmed(value)
        if name.hasSuffix("-timeout"), let time = JoolTime.milliseconds(text) {
            return JoolTime.text(milliseconds: time)
        }
        if let truth = truthValue(text), UInt64(text) == nil { return truth ? "true" : "false" }
        if text.contains("/"), let prefix = IPPrefix(text) { return prefix.description }
        if text.contains(",") || name == "mtu-plateaus" { return canonicalList(text) }
        return canonicalNumber(text)
    }

    /// What `jool global update` takes for a truth value.
    private static func truthValue(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "1", "yes", "on": true
        case "false", "0", "no", "off": false
        default: nil
        }
    }

    /// Jool itself keeps plateaus from high to low, each once, and none that is zero.
    private static func canonicalList(_ text: String) -> String {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { trimmed(String($0)) }
        let numbers = parts.compactMap { UInt16($0) }
        guard numbers.count == parts.count else { return parts.joined(separator: ",") }
        return Set(numbers).subtracting([0]).sorted(by: >).map(String.init).joined(separator: ",")
    }

    private static func canonicalNumber(_ text: String) -> String {
        let isNumber = !text.isEmpty && text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        guard isNumber, let number = UInt64(text) else { return text }
        return String(number)
    }

    private static func trimmed(_ text: String) -> String {
        let isOuter = { (character: Character) in character.isWhitespace || character == "\"" }
        var rest = text[...]
        while let first = rest.first, isOuter(first) { rest.removeFirst() }
        while let last = rest.last, isOuter(last) { rest.removeLast() }
        return String(rest)
    }
}

extension JoolOutput {
    /// `jool global display --csv`. Settings that are not known here are kept too.
    static func globals(_ output: [UInt8]) throws(OutputFailure) -> JoolGlobalValues {
        var table = try CSVTable(output, of: "jool global display")
        let name = try table.column("Field")
        let value = try table.column("Value")
        var values: [JoolGlobalValues.Value] = []
        while try table.nextRow() {
            let key = table.text(name)
            guard !key.isEmpty else { throw table.unfit(name, "name") }
            guard !values.contains(where: { $0.name == key }) else { throw table.failure("`\(key)` is there twice") }
            values.append(.init(name: key, value: JoolGlobalValues.canonical(key, table.text(value))))
        }
        return JoolGlobalValues(values: values)
    }
}
