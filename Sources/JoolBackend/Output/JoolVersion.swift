// Jool's version numbers, and which client speaks with which module.

/// A version of Jool's client or of its kernel module: `4.1.9.0`.
struct JoolVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
    var major: UInt32
    var minor: UInt32
    var revision: UInt32
    var development: UInt32

    init(_ major: UInt32, _ minor: UInt32, _ revision: UInt32, _ development: UInt32 = 0) {
        self.major = major
        self.minor = minor
        self.revision = revision
        self.development = development
    }

    /// Reads what `jool --version` prints, or /sys/module/jool/version holds: three or four numbers with dots, and white
    /// space around them. nil for anything else.
    init?(_ text: some StringProtocol) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 1 else { return nil }
        var parts: [UInt32] = []
        for part in words[0].split(separator: ".", omittingEmptySubsequences: false) {
            guard part.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
                let number = UInt32(part)
            else { return nil }
            parts.append(number)
        }
        guard parts.count == 3 || parts.count == 4 else { return nil }
        self.init(parts[0], parts[1], parts[2], parts.count == 4 ? parts[3] : 0)
    }

    /// 4.1.9 and later, before 4.2: those whose output and errors are known here.
    var isSupported: Bool { self >= JoolVersion(4, 1, 9) && self < JoolVersion(4, 2, 0) }

    /// Whether this client and `module` take each other's messages. Each of them looks at the other's version and
    /// refuses one that it doesn't like: modules before 4.1.9 and clients before 4.1.10 want their own version and no
    /// other; later ones want the same major and minor number.
    ///
    /// So the 4.1.9 client and a later module are a trap: the module does what it is told, and the client then calls its
    /// answer an error.
    func speaks(with module: JoolVersion) -> Bool {
        guard major == module.major, minor == module.minor else { return false }
        if self < JoolVersion(4, 1, 10) || module < JoolVersion(4, 1, 9) { return self == module }
        return true
    }

    var description: String { "\(major).\(minor).\(revision).\(development)" }

    static func < (lhs: JoolVersion, rhs: JoolVersion) -> Bool {
        (lhs.major, lhs.minor, lhs.revision, lhs.development) < (rhs.major, rhs.minor, rhs.revision, rhs.development)
    }
}
