// Names of interfaces come from outside and end up in configuration files.

/// A name that an interface can have and that no configuration file misreads.
public struct InterfaceName: Hashable, Sendable {
    public let text: String

    /// 1 to 15 letters, digits, dots, hyphens and underscores, the first a letter or digit. Linux takes nearly every
    /// octet; nil for such a name, since braces, commas or quotes would be read as something else.
    public init?(_ text: String) {
        let isPlain = text.utf8.allSatisfy { byte in
            Self.isLetterOrDigit(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "_")
        }
        guard isPlain, (1...15).contains(text.utf8.count), let first = text.utf8.first, Self.isLetterOrDigit(first)
        else { return nil }
        self.text = text
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
