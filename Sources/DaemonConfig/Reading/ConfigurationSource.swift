// Where each value was written, so that a decision can name the line that made it.

import Foundation

/// A place in a configuration file; lines and columns count from 1, columns in Unicode scalars.
public struct SourceMark: Hashable, Sendable, CustomStringConvertible {
    public let file: String
    public let line: Int
    public let column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    public var description: String { "\(file):\(line)" }
}

/// The file and the places in it. Equal to any other, so that `Configuration` compares by its values.
struct ConfigurationSource: Hashable, Sendable {
    var file: String?
    var origins: [String: SourceMark] = [:]

    static func == (lhs: Self, rhs: Self) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
}

extension Configuration {
    /// The file that this was read from; nil for the built-in defaults.
    public var file: String? { source.file }

    /// The place of each key that the file names, by dotted path: `dns64.prefixes[1]`, `clients[0].dns64.mode`.
    public var origins: [String: SourceMark] { source.origins }

    /// `FILE:LINE` of `key`, or `default`.
    ///
    /// A list element that has no line of its own takes its list's; a key that a client entry does not name takes the
    /// one in the `dns64` section, which is where its value comes from.
    public func origin(of key: String) -> String {
        if let mark = source.origins[key] { return mark.description }
        let list = key.hasSuffix("]") ? key.lastIndex(of: "[").map { String(key[..<$0]) } : nil
        if let list, source.origins[list] != nil { return origin(of: list) }
        if key.hasPrefix("clients["), let inner = key.range(of: "].dns64.") {
            return origin(of: "dns64." + key[inner.upperBound...])
        }
        return "default"
    }

    /// Where `zone`'s file lies: as written if absolute or there under `workingDirectory`, else beside the
    /// configuration file.
    ///
    /// - Parameter workingDirectory: nil is the process's own.
    public func path(of zone: Zone, workingDirectory: String? = nil) -> String {
        if zone.file.hasPrefix("/") { return zone.file }
        let base = workingDirectory ?? FileManager.default.currentDirectoryPath
        let here = URL(fileURLWithPath: base, isDirectory: true).appendingPathComponent(zone.file).path
        guard !FileManager.default.fileExists(atPath: here), let file, file.contains("/") else {
            return workingDirectory == nil ? zone.file : here
        }
        return URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent(zone.file).path
    }
}
