// Whether a text can be a domain name: enough to tell a slip on the command line from a name, RFC 1035 sections 2.3.4
// and 5.1. What it means is the daemon's to say.

/// A domain name in presentation format, as typed.
public struct DomainNameText: Hashable, Sendable {
    /// As typed, escapes and all; with or without the final dot.
    public let text: String

    /// Nil if the text has an empty label, a label above 63 octets, more than 255 octets in all, a broken escape, or
    /// white space that is not escaped.
    public init?(_ text: String) {
        guard text == "." || Self.isName(Array(text.utf8)) else { return nil }
        self.text = text
    }

    private static func isName(_ octets: [UInt8]) -> Bool {
        var index = 0
        var label = 0
        var wireLength = 1
        while index < octets.count {
            switch octets[index] {
            case UInt8(ascii: "."):
                guard label > 0 else { return false }
                wireLength += 1 + label
                label = 0
                index += 1
                continue
            case UInt8(ascii: "\\"):
                guard let length = escapeLength(octets[(index + 1)...]) else { return false }
                index += length
            case 0...0x20, 0x7F: return false
            default: break
            }
            label += 1
            index += 1
            if label > 63 { return false }
        }
        if label > 0 { wireLength += 1 + label }
        return wireLength > 1 && wireLength <= 255
    }

    /// The octets that belong to the escape after its backslash: 3 for `\DDD`, 1 for `\X`; nil if broken.
    private static func escapeLength(_ rest: ArraySlice<UInt8>) -> Int? {
        let digits = rest.prefix(3).prefix { $0 >= 0x30 && $0 <= 0x39 }
        if digits.isEmpty { return rest.isEmpty ? nil : 1 }
        guard digits.count == 3 else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) } <= 255 ? 3 : nil
    }
}
