// The names and numbers inside Jool's error texts, so that ours can say them in a sentence of our own.

extension JoolWords {
    static func trimmed(_ text: String) -> String {
        var rest = text[...]
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        return String(rest)
    }

    /// What stands behind `start` and before the next `end`; nil: nothing does.
    func piece(after start: String, before end: String) -> String? {
        guard let head = text.firstRange(of: start) else { return nil }
        let rest = text[head.upperBound...]
        guard let tail = rest.firstRange(of: end) else { return nil }
        return OutputFailure.shown(rest[..<tail.lowerBound].utf8)
    }

    private func number(after start: String) -> UInt64? {
        guard let head = text.firstRange(of: start) else { return nil }
        return UInt64(text[head.upperBound...].prefix { $0.isASCII && $0.isNumber })
    }

    /// The module's text names the client first, the client's own the module.
    var mismatch: JoolFailure.Cause {
        func version(_ start: String) -> JoolVersion? {
            guard let head = text.firstRange(of: start) else { return nil }
            let digits = text[head.upperBound...].prefix { $0.isASCII && $0.isNumber || $0 == "." }
            return JoolVersion(digits.last == "." ? digits.dropLast() : digits)
        }
        return .versionMismatch(
            client: version("client's version is ") ?? version("but mine is "),
            module: version("kernel module is ") ?? version("module's version is "))
    }

    var tooSmall: String {
        if let timer = piece(after: "The '", before: "' timeout"), let value = number(after: "timeout ("),
            let minimum = number(after: "min: ")
        {
            return "\(timer)-timeout of \(JoolTime.text(milliseconds: value)) is below the least that Jool takes, "
                + JoolTime.text(milliseconds: minimum)
        }
        if let value = number(after: "lowest-ipv6-mtu ("), let minimum = number(after: "min: ") {
            return "lowest-ipv6-mtu \(value) is below the least that Jool takes, \(minimum)"
        }
        return "a number below the least that Jool takes"
    }

    var prefixLength: String {
        let word = text.firstRange(of: " is not a valid prefix length").map { end in
            text[..<end.lowerBound].split(separator: " ").last ?? ""
        }
        let length = word.flatMap { UInt32($0) }.map { "/\($0) is" } ?? "it has"
        return "\(length) no prefix length of RFC 6052 section 2.2: 32, 40, 48, 56, 64, 96"
    }

    var suffix: String {
        let prefix = piece(after: "'", before: "' seems to have a suffix")
        return "\(prefix ?? "a prefix") has bits set behind its length"
    }

    var outOfBounds: String {
        if let value = piece(after: "'", before: "' is out of bounds"),
            let bounds = piece(after: "out of bounds (", before: ")")
        {
            return "\(value) is not within \(bounds)"
        }
        return "a number out of its range"
    }

    /// The first thing in quotes is what can't be read.
    var unreadable: String { piece(after: "'", before: "'").map { "can't read '\($0)'" } ?? "can't read it" }
}
