// A configuration file as it is written down: settings, and comments that are broken into lines.

struct CommentedText {
    /// What begins a comment: `#`, or `//` where the rest looks like JSON.
    let mark: String
    /// Columns.
    private static let width = 80
    private var lines: [String] = []

    init(mark: String = "#") { self.mark = mark }

    /// A comment. Whatever the text holds, it stays one.
    mutating func say(_ text: String, indent: String = "") {
        var line = indent + mark
        for word in Self.plain(text).split(separator: " ") {
            if line.count + 1 + word.count > Self.width, line != indent + mark {
                lines.append(line)
                line = indent + mark
            }
            line += " " + word
        }
        lines.append(line)
    }

    /// Settings, a line each.
    mutating func add(_ settings: String...) { lines += settings }

    mutating func add(_ settings: [String]) { lines += settings }

    /// Settings as comments: with the marks taken away, they are settings again.
    mutating func addCommentedOut(_ settings: [String]) {
        let indent = settings.first?.prefix { $0 == " " } ?? ""
        for setting in settings { lines.append(indent + mark + " " + setting.dropFirst(indent.count)) }
    }

    /// An empty line.
    mutating func gap() { lines.append("") }

    var text: String { lines.map { $0 + "\n" }.joined() }

    /// Labels come from the configuration and may hold line ends, which would end the comment, or a backslash at the end,
    /// which some programs take for "goes on".
    private static func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    if scalar.properties.isWhitespace { return " " }
                    let isPlain = scalar.value >= 0x20 && !(0x7f..<0xa0).contains(scalar.value) && scalar != "\\"
                    return isPlain && scalar.properties.generalCategory != .format ? scalar : "?"
                }))
    }
}
