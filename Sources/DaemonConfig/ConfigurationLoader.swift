// From a file to a configuration, or to all that is wrong with it; and back to text.

import Foundation

/// Reads configuration files.
public enum ConfigurationLoader {
    /// Larger files are no configuration; this bounds what a slip such as `--config /dev/zero` costs.
    static let maximumSize = 16 << 20

    /// Reads the file at the path `file`.
    ///
    /// - Throws: every mistake in it; one without line and column if it can't be read.
    public static func load(file: String) throws(ConfigurationErrors) -> Configuration {
        try load(octets: contents(of: file), file: file)
    }

    /// Reads `text`; `file` is what errors and origins call it.
    ///
    /// - Throws: every mistake in it.
    public static func load(text: String, file: String) throws(ConfigurationErrors) -> Configuration {
        let document: YAMLDocument
        do {
            document = try YAMLDocument.read(text, file: file)
        } catch {
            throw ConfigurationErrors([error])
        }
        var configuration = Configuration()
        var findings = Findings(file: file, duplicates: document.duplicates)
        if let root = document.root {
            ConfigurationSchema.root.read(YAMLValue(node: root, path: ""), into: &configuration, &findings)
        }
        guard findings.errors.isEmpty else { throw ConfigurationErrors(findings.errors) }
        configuration.nat64.named = ConfigurationSchema.named(in: "nat64", findings)
        configuration.source = ConfigurationSource(file: file, origins: findings.origins)
        return configuration
    }

    private static func load(octets: [UInt8], file: String) throws(ConfigurationErrors) -> Configuration {
        guard let text = String(validating: octets, as: UTF8.self) else {
            // What is whole before the first broken character says where that stands.
            let repaired = String(decoding: octets, as: UTF8.self)
            let before = repaired.unicodeScalars.prefix { $0 != "\u{FFFD}" }
            let lines = before.split(separator: "\n", omittingEmptySubsequences: false)
            throw ConfigurationErrors([
                ConfigurationError(
                    file: file, line: max(lines.count, 1), column: (lines.last?.count ?? 0) + 1, key: "",
                    found: "octets that are not UTF-8", allowed: "a text in UTF-8")
            ])
        }
        return try load(text: text, file: file)
    }

    private static func contents(of file: String) throws(ConfigurationErrors) -> [UInt8] {
        func failure(_ found: String) -> ConfigurationErrors {
            ConfigurationErrors([
                ConfigurationError(
                    file: file, line: 0, column: 0, key: "", found: found, allowed: "a readable YAML file")
            ])
        }
        guard let stream = fopen(file, "re") else { throw failure(String(cString: strerror(errno)).lowercased()) }
        defer { fclose(stream) }
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            errno = 0
            let count = fread(&buffer, 1, buffer.count, stream)
            if count == 0 { break }
            octets += buffer[..<count]
            if octets.count > maximumSize { throw failure("more than \(ByteSize.text(maximumSize))") }
        }
        if ferror(stream) != 0 { throw failure(String(cString: strerror(errno)).lowercased()) }
        return octets
    }
}

extension Configuration {
    /// The configuration in its own language, every key with its value. Read back, it is equal to this one.
    ///
    /// It holds the cookie secret, if there is one.
    public var yaml: String {
        "# dns64d.yaml: the effective configuration, defaults included. See dns64d.yaml(5).\n"
            + PrintedYAML.lines(ConfigurationSchema.root.entries(self), indent: 0)
    }
}
