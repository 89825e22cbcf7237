// Durations and sizes as text.

/// `1d`, `2h4m`, `1800ms`, `600`: numbers with units from the largest to the smallest, or seconds alone.
enum DurationText {
    private static let units: [(name: String, milliseconds: Int)] = [
        ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]

    /// nil for anything else, and for more than a thousand years.
    static func read(_ text: String) -> Duration? {
        if let seconds = Notation<Int>.digits(text) { return milliseconds(seconds, times: 1_000) }
        var rest = Substring(text)
        var total = Duration.zero
        var nextUnit = 0
        repeat {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(name.count)
            guard let number = Notation<Int>.digits(digits), let unit = units.firstIndex(where: { $0.name == name }),
                unit >= nextUnit, let part = milliseconds(number, times: units[unit].milliseconds)
            else { return nil }
            total += part
            nextUnit = unit + 1
        } while !rest.isEmpty
        return total
    }

    private static func milliseconds(_ number: Int, times factor: Int) -> Duration? {
        let (result, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow || result > 1_000 * 366 * 86_400_000 ? nil : .milliseconds(result)
    }

    /// The shortest text that reads back to `duration`, which has whole milliseconds and is not negative.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        var rest = Int(seconds) * 1_000 + Int(attoseconds / 1_000_000_000_000_000)
        if rest == 0 { return "0s" }
        if rest % 1_000 != 0 { return "\(rest)ms" }
        var result = ""
        for unit in units.dropFirst() where rest >= unit.milliseconds {
            result += "\(rest / unit.milliseconds)\(unit.name)"
            rest %= unit.milliseconds
        }
        return result
    }
}

/// `64MiB`, `512KiB`, `1GB`, `1048576`.
enum ByteSize {
    /// Largest first, those of 1024 before those of 1000.
    private static let units: [(name: String, octets: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("kB", 1_000), ("B", 1),
    ]

    /// nil for anything else.
    static func read(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Notation<Int>.digits(digits) else { return nil }
        let name = text.dropFirst(digits.count)
        if name.isEmpty { return number }
        guard let unit = units.first(where: { $0.name == name }) else { return nil }
        let (result, overflow) = number.multipliedReportingOverflow(by: unit.octets)
        return overflow ? nil : result
    }

    /// The shortest text that reads back to `size`.
    static func text(_ size: Int) -> String {
        let unit = units.first { size > 0 && $0.octets > 1 && size % $0.octets == 0 }
        return unit.map { "\(size / $0.octets)\($0.name)" } ?? "\(size)"
    }

    /// What `64M`, `64m`, `64mib` or `64 MiB` were meant to be.
    static func suggestion(for text: String) -> String? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard Notation<Int>.digits(digits) != nil else { return nil }
        let name = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        let unit = units.first { $0.name.lowercased() == name || $0.name.prefix(1).lowercased() == name }
        return unit.map { digits + $0.name }
    }
}
