// Which version of a program is installed, read from what it prints about itself.

/// A version number: `2.20`, `4.4.3`.
public struct ProgramVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Major, minor and so on; at least one.
    public let numbers: [Int]

    public init(_ first: Int, _ more: Int...) { numbers = [first] + more }

    /// The first word of `text` that begins with a number: what follows `Version:`, `version`, or stands by itself. Looks at
    /// the first lines alone, and at digits and dots alone (`2.20_rc1` is 2.20, `252.38-1~deb12u1` is 252.38).
    public init?(printed text: some StringProtocol) {
        for word in text.prefix(400).split(whereSeparator: \.isWhitespace) {
            let head = word.utf8.prefix { $0 == UInt8(ascii: ".") || (48...57).contains($0) }
            guard let first = head.first, first != UInt8(ascii: ".") else { continue }
            let numbers = head.split(separator: UInt8(ascii: ".")).map { Int(String(decoding: $0, as: UTF8.self)) }
            guard numbers.allSatisfy({ $0 != nil }) else { continue }
            self.numbers = numbers.compactMap { $0 }
            return
        }
        return nil
    }

    public var description: String { numbers.map { "\($0)" }.joined(separator: ".") }

    /// Numbers that are missing count as 0.
    public static func < (lhs: Self, rhs: Self) -> Bool {
        for index in 0..<max(lhs.numbers.count, rhs.numbers.count) {
            let left = index < lhs.numbers.count ? lhs.numbers[index] : 0
            let right = index < rhs.numbers.count ? rhs.numbers[index] : 0
            if left != right { return left < right }
        }
        return false
    }
}

/// Whether there is a program to read what is printed.
public enum InstalledProgram: Hashable, Sendable {
    case version(ProgramVersion)
    case missing
    /// It may be there; it did not say which version it is.
    case unknown

    /// Whether what needs `version` can be printed: only an older one, known as such, is in the way.
    func isAtLeast(_ version: ProgramVersion) -> Bool {
        if case .version(let installed) = self { return !(installed < version) }
        return true
    }
}
