// Times as Jool writes them, `H:MM:SS` or `H:MM:SS.mmm`, and takes them, `[HH:[MM:]]SS[.mmm]`.

enum JoolTime {
    /// Reads one to three numbers with colons, and thousandths behind them; nil for anything else. Hours may have any
    /// number of digits.
    static func milliseconds(_ bytes: [UInt8], _ range: Range<Int>) -> UInt64? {
        guard !range.isEmpty, range.upperBound <= bytes.count else { return nil }
        var end = range.upperBound
        var thousandths: UInt64 = 0
        if let dot = bytes[range].firstIndex(of: UInt8(ascii: ".")) {
            guard end - dot == 4, let value: UInt64 = DecimalDigits.value(bytes, dot + 1..<end) else { return nil }
            thousandths = value
            end = dot
        }
        var seconds: UInt64 = 0
        var parts = 0
        var start = range.lowerBound
        while true {
            let colon = bytes[start..<end].firstIndex(of: UInt8(ascii: ":")) ?? end
            // Nine digits keep three numbers, and thousandths, far below 64 bits.
            guard colon - start <= 9, let number: UInt64 = DecimalDigits.value(bytes, start..<colon) else { return nil }
            parts += 1
            guard parts <= 3, parts == 1 || number < 60 else { return nil }
            seconds = seconds * 60 + number
            if colon == end { return seconds * 1000 + thousandths }
            start = colon + 1
        }
    }

    static func milliseconds(_ text: String) -> UInt64? {
        let bytes = Array(text.utf8)
        return milliseconds(bytes, 0..<bytes.count)
    }

    /// As Jool itself writes it: `2:04:00`, and thousandths only where there are any.
    static func text(milliseconds: UInt64) -> String {
        let seconds = milliseconds / 1000
        let whole = "\(seconds / 3600):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        return milliseconds % 1000 == 0 ? whole : "\(whole).\(padded(milliseconds % 1000, 3))"
    }

    static func text(seconds: some BinaryInteger) -> String {
        text(milliseconds: UInt64(clamping: seconds).multipliedReportingOverflow(by: 1000).partialValue)
    }

    private static func padded(_ number: UInt64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
