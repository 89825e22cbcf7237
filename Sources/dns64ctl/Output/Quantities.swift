// Numbers as people read them: 12,345; 10.5 MiB; 3d 4h; 1.2 ms.

enum Quantity {
    static func count(_ value: some BinaryInteger) -> String {
        let digits = String(value)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0, result.last != "-" { result += "," }
            result.append(digit)
        }
        return result
    }

    /// `value` with one digit behind the point.
    static func tenths(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "-" }
        let tenths = Int64((value * 10).rounded())
        return (tenths < 0 ? "-" : "") + count(tenths.magnitude / 10) + ".\(tenths.magnitude % 10)"
    }

    static func bytes(_ value: UInt64) -> String {
        guard value >= 1024 else { return "\(value) bytes" }
        var amount = Double(value) / 1024
        for unit in ["KiB", "MiB", "GiB"] {
            if amount < 1024 { return "\(tenths(amount)) \(unit)" }
            amount /= 1024
        }
        return "\(tenths(amount)) TiB"
    }

    /// The two largest units: `3d 4h`, `4m 10s`, `0s`.
    static func span(seconds: UInt64) -> String {
        let parts = [
            (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s"),
        ]
        guard let first = parts.firstIndex(where: { $0.0 > 0 }) else { return "0s" }
        return parts[first..<min(first + 2, parts.count)].filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }
            .joined(separator: " ")
    }

    static func span(microseconds: Double?) -> String {
        guard let microseconds else { return "-" }
        if microseconds < 1000 { return "\(tenths(microseconds)) µs" }
        if microseconds < 1_000_000 { return "\(tenths(microseconds / 1000)) ms" }
        return "\(tenths(microseconds / 1_000_000)) s"
    }

    /// `1 answer`, `2 answers`.
    static func plural(_ value: some BinaryInteger, _ one: String, _ many: String) -> String {
        "\(count(value)) \(value == 1 ? one : many)"
    }

    static func percent(_ part: UInt64, of whole: UInt64) -> String {
        whole == 0 ? "-" : "\(Int((Double(part) / Double(whole) * 100).rounded()))%"
    }
}
