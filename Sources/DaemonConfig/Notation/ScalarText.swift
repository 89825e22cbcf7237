// The words that YAML gives a meaning of their own, and how text is quoted so that they don't get it by accident.

enum ScalarText {
    /// YAML 1.1's booleans, which is what `yes`, `on` and `off` are to most who write them.
    static func boolean(_ text: String) -> Bool? {
        switch text {
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": true
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": false
        default: nil
        }
    }

    /// True for what any YAML reader takes for a number.
    static func isNumber(_ text: String) -> Bool {
        guard let first = text.utf8.first, (48...57).contains(first) || "+-.".utf8.contains(first) else { return false }
        return Int(text) != nil || Double(text) != nil
    }

    /// True for what can stand in a dotted path as it is.
    static func isWord(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || "_-<".utf8.contains($0)
            }
    }

    /// `text` in double quotes as an error shows it: one line, shortened.
    static func shown(_ text: String) -> String {
        text.unicodeScalars.count <= 80 ? quoted(text) : quoted(String(text.unicodeScalars.prefix(77)) + "...")
    }

    /// `text` as a double-quoted YAML scalar.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default:
                if isPrintable(scalar) {
                    result.unicodeScalars.append(scalar)
                } else {
                    let digits = String(scalar.value, radix: 16)
                    result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
                }
            }
        }
        return result + "\""
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E, 0xA1...0x2027, 0x202A...0xD7FF, 0xF900...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}
