// When the daemon says no.

/// Why the daemon did not do what was asked. Nothing was changed.
public struct Refusal: Codable, Hashable, Sendable {
    /// What kind of reason.
    public var code: Code
    /// One line for people.
    public var message: String
    /// The particulars, a line each: all errors of a configuration, for instance.
    public var errors: [String]

    public init(code: Code, message: String, errors: [String] = []) {
        self.code = code
        self.message = message
        self.errors = errors
    }

    /// Kinds of reasons. A word that this version does not know is kept as it came.
    public struct Code: RawRepresentable, Codable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The request could not be understood; the connection ends.
        public static let malformed = Code(rawValue: "malformed")
        /// Understood, but a value in it is none: a name, a type, an address.
        public static let invalid = Code(rawValue: "invalid")
        /// The configuration has errors; the old one stays.
        public static let configuration = Code(rawValue: "configuration")
        /// Not in this daemon, or not as it is configured.
        public static let unsupported = Code(rawValue: "unsupported")
        /// Not now; ask again.
        public static let busy = Code(rawValue: "busy")
        /// It failed; the log says more.
        public static let failed = Code(rawValue: "failed")
    }
}
