// The steps of a case.

/// A condition on captured values.
struct PairCheck {
    enum Condition {
        case even, odd
        case within(ClosedRange<UInt64>)
        case equal(String), different(String)
    }
    let variable: String
    let condition: Condition
}

enum PairStep {
    case send(name: String?, packet: [Node])
    /// `isOptional`: RFCs say MAY.
    case expect(isIPv6: Bool, packet: [Node], isOptional: Bool)
    /// Names of drop counters, each with how often.
    case dropped([String: UInt64])
    /// Nothing came of what was sent, and nothing was dropped.
    case kept
    case wait(milliseconds: UInt64)
    case sessions(Int)
    case bindings(Int)
    case check(PairCheck)
    case counted(String, UInt64)
    case bind(PairBinding)

    /// Whether time or the network moves: what came before must have been told.
    var isEvent: Bool {
        switch self {
        case .send, .wait, .bind: true
        default: false
        }
    }

    init(_ block: PairBlock) throws {
        let line = block.head
        let rest = block.rest
        switch block.keyword {
        case "send6", "send4":
            let name = line.words[0].hasSuffix(":") ? nil : rest.first.map { $0.filter { $0 != ":" } }
            self = .send(name: name, packet: try Node.read(block))
        case "expect6", "expect4", "may6", "may4":
            self = .expect(
                isIPv6: block.keyword.hasSuffix("6"), packet: try Node.read(block),
                isOptional: block.keyword.hasPrefix("may"))
        case "dropped": self = .dropped(try Self.counts(rest, line))
        case "kept": self = .kept
        case "wait": self = .wait(milliseconds: try Self.span(rest, line))
        case "sessions": self = .sessions(try Self.number(rest, line))
        case "bindings": self = .bindings(try Self.number(rest, line))
        case "check": self = .check(try Self.check(rest, line))
        case "counted":
            guard rest.count == 2, let value = UInt64(rest[1]) else { throw line.failure("counted: NAME N") }
            self = .counted(rest[0], value)
        case "bind": self = .bind(try PairBinding(rest, line))
        default: throw line.failure("unknown step \"\(block.keyword)\"")
        }
    }

    private static func number(_ words: [String], _ line: PairLine) throws -> Int {
        guard words.count == 1, let number = Int(words[0]) else { throw line.failure("a number was expected") }
        return number
    }

    private static func span(_ words: [String], _ line: PairLine) throws -> UInt64 {
        guard words.count == 2, let number = UInt64(words[0]), let unit = ["ms": UInt64(1), "s": 1000][words[1]] else {
            throw line.failure("wait N s or wait N ms was expected")
        }
        return number * unit
    }

    /// NAME, NAME xN
    private static func counts(_ words: [String], _ line: PairLine) throws -> [String: UInt64] {
        var result: [String: UInt64] = [:]
        var last = ""
        for word in words {
            let name = word.filter { $0 != "," }
            if name.hasPrefix("x"), let count = UInt64(name.dropFirst()), !last.isEmpty {
                result[last] = count
            } else {
                last = name
                result[name, default: 0] += 1
            }
        }
        guard !result.isEmpty else { throw line.failure("the name of a counter was expected") }
        return result
    }

    /// $p even, $p odd, $p in 1024..65535, $p == $q, $p != 80
    private static func check(_ words: [String], _ line: PairLine) throws -> PairCheck {
        guard let first = words.first, first.hasPrefix("$"), words.count >= 2 else {
            throw line.failure("check: $NAME CONDITION was expected")
        }
        let condition: PairCheck.Condition
        switch (words[1], words.last ?? "") {
        case ("even", _): condition = .even
        case ("odd", _): condition = .odd
        case ("in", let range):
            let ends = range.split(separator: ".").compactMap { UInt64($0) }
            guard ends.count == 2, ends[0] <= ends[1] else { throw line.failure("in FROM..TO was expected") }
            condition = .within(ends[0]...ends[1])
        case ("==", let other): condition = .equal(other)
        case ("!=", let other): condition = .different(other)
        default: throw line.failure("unknown condition \(words[1])")
        }
        return PairCheck(variable: String(first.dropFirst()), condition: condition)
    }
}
