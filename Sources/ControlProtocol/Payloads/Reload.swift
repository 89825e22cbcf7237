// `dns64ctl reload`: the configuration read anew. A bad one is a `Refusal` with all its errors, and the old one stays.

/// What was taken over.
public struct ReloadReport: Codable, Hashable, Sendable {
    /// The file that was read.
    public var configurationFile: String
    /// One line: what it holds.
    public var summary: String
    /// What is different from before, a line each.
    public var changes: [String]
    /// What an operator should look at.
    public var warnings: [String]

    public init(configurationFile: String, summary: String, changes: [String] = [], warnings: [String] = []) {
        self.configurationFile = configurationFile
        self.summary = summary
        self.changes = changes
        self.warnings = warnings
    }
}
