// What is said where Jool's client printed something else than it should have.

internal import NAT64Backend

/// Output of Jool's client that can't be read. Nothing of it was used.
struct OutputFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which line of which command, what was expected, and what stood there: one sentence on one line.
    var what: String

    init(_ what: String) { self.what = what }

    /// - Parameter line: counted from 1, as an editor does.
    init(line: Int, of command: String, _ problem: String) {
        what = "line \(line) of `\(command)`: \(problem)"
    }

    var description: String { what }

    var backendFailure: BackendFailure {
        BackendFailure(
            .refused, "Jool's client printed what dns64d can't read: \(what)",
            remedy: "jool --version (dns64d reads what Jool 4.1.9 and later 4.1 versions print)")
    }
}

extension OutputFailure {
    /// `bytes` as text for a message: on one line, 120 characters at most, nothing in it that a terminal obeys.
    static func shown(_ bytes: some Sequence<UInt8>) -> String {
        var iterator = bytes.makeIterator()
        var head: [UInt8] = []
        while head.count < 120, let byte = iterator.next() { head.append(byte) }
        let text = oneLine(String(decoding: head, as: UTF8.self))
        return iterator.next() == nil ? text : text + "..."
    }

    /// Control characters and runs of white space become one space each.
    static func oneLine(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            let isControl = scalar.properties.generalCategory == .control || scalar.properties.isWhitespace
            if !isControl {
                line.unicodeScalars.append(scalar)
            } else if !line.isEmpty, line.last != " " {
                line.append(" ")
            }
        }
        if line.last == " " { line.removeLast() }
        return line
    }
}
