// What is wrong with a configuration file, one value an error.

/// One mistake in a configuration file.
public struct ConfigurationError: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    public var file: String
    /// From 1; 0 where the file could not be read at all.
    public var line: Int
    /// From 1, in Unicode scalars; 0 where the file could not be read at all.
    public var column: Int
    /// The dotted path, such as `dns64.prefixes[1]`; empty where the mistake is in no key.
    public var key: String
    /// What stands there.
    public var found: String
    /// What may stand there.
    public var allowed: String
    /// The nearest legal key or word.
    public var suggestion: String?

    public init(
        file: String, line: Int, column: Int, key: String, found: String, allowed: String, suggestion: String? = nil
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.key = key
        self.found = found
        self.allowed = allowed
        self.suggestion = suggestion
    }

    /// `FILE:LINE:COLUMN: KEY: found X; allowed: Y (did you mean Z?)`
    public var description: String {
        var text = line > 0 ? "\(file):\(line):\(column): " : "\(file): "
        if !key.isEmpty { text += "\(key): " }
        text += "found \(found); allowed: \(allowed)"
        if let suggestion { text += " (did you mean \(suggestion)?)" }
        return text
    }
}

/// All mistakes in a configuration file, in the order in which they stand there. Never empty.
public struct ConfigurationErrors: Error, Hashable, Sendable, CustomStringConvertible {
    public let errors: [ConfigurationError]

    /// Sorts `errors` by their place.
    public init(_ errors: [ConfigurationError]) {
        self.errors = errors.enumerated().sorted { lhs, rhs in
            (lhs.element.line, lhs.element.column, lhs.offset) < (rhs.element.line, rhs.element.column, rhs.offset)
        }.map(\.element)
    }

    /// One line an error.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}
