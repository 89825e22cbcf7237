// One line for people. What came over the network may hold anything, so that nothing reaches a terminal unprinted.

struct Line: Hashable, ExpressibleByStringLiteral {
    enum Emphasis {
        case plain, heading, alert
    }

    var text: String
    var emphasis: Emphasis

    init(_ text: String, _ emphasis: Emphasis = .plain) {
        self.text = text.printable
        self.emphasis = emphasis
    }

    init(stringLiteral text: String) { self.init(text) }

    func rendered(colour: Bool) -> String {
        guard colour else { return text }
        switch emphasis {
        case .plain: return text
        case .heading: return "\u{1B}[1m\(text)\u{1B}[0m"
        case .alert: return "\u{1B}[31m\(text)\u{1B}[0m"
        }
    }

    /// A line of text broken at spaces so that it fits 80 columns behind `indent`. Words that are too long stay whole.
    static func wrapped(_ text: String, indent: String, _ emphasis: Emphasis = .plain) -> [Line] {
        var lines: [String] = []
        for word in text.printable.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= 80 {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(indent + word)
            }
        }
        return lines.map { Line($0, emphasis) }
    }
}

extension String {
    /// Control characters, which could steer a terminal, as the DNS writes them: `\027`.
    var printable: String {
        guard unicodeScalars.contains(where: Self.isControl) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            if Self.isControl(scalar) {
                let digits = String(scalar.value)
                result += "\\" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// C0, DEL and C1, and the marks that turn the writing direction.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
