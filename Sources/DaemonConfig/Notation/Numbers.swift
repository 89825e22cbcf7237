// Whole numbers, booleans, words, durations and sizes.

extension Notation where Value == Int {
    /// A decimal number without sign, leading zeros or quotes.
    static func integer(_ range: ClosedRange<Int>) -> Notation {
        plain("a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            digits(text).flatMap { range.contains($0) ? $0 : nil }
        } write: {
            "\($0)"
        }
    }

    /// Octets: `64MiB`, `1GB`, `65536`.
    static func byteSize(_ range: ClosedRange<Int>) -> Notation {
        let bounds = "\(ByteSize.text(range.lowerBound)) to \(ByteSize.text(range.upperBound))"
        return text("a size from \(bounds), such as 64MiB, 1GiB, 500MB or a number of octets") { text in
            switch ByteSize.read(text) {
            case .some(let size) where range.contains(size): .success(size)
            case .some: .failure(Refusal(found: text))
            case nil: .failure(Refusal(suggestion: ByteSize.suggestion(for: text)))
            }
        } write: {
            ByteSize.text($0)
        }
    }

    /// The number that consists of nothing but `text`'s digits.
    static func digits(_ text: some StringProtocol) -> Int? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), text == "0" || !text.hasPrefix("0") else { return nil }
        return Int(text)
    }
}

extension Notation where Value == Bool {
    static var boolean: Notation {
        plain("true or false") {
            ScalarText.boolean($0)
        } write: {
            $0 ? "true" : "false"
        }
    }
}

extension Notation where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the type's own words.
    static func word() -> Notation {
        let words = Value.allCases.map(\.rawValue)
        return text("\(words.count > 1 ? "one of " : "")\(words.joined(separator: ", "))") { text in
            Value(rawValue: text).map { .success($0) }
                ?? .failure(Refusal(suggestion: NearestWord.to(text, among: words)))
        } write: {
            $0.rawValue
        }
    }
}

extension Notation where Value == Duration {
    /// `1d`, `2h4m`, `1800ms`, or a number of seconds.
    static func duration(_ range: ClosedRange<Duration>, wholeSeconds: Bool = false) -> Notation {
        let bounds = "\(DurationText.text(range.lowerBound)) to \(DurationText.text(range.upperBound))"
        let kind = wholeSeconds ? "a duration in whole seconds" : "a duration"
        return text("\(kind) from \(bounds), such as \(wholeSeconds ? "30s, 2h4m, 1d" : "1800ms, 10s, 1m30s")") {
            text in
            guard let duration = DurationText.read(text) else { return .failure(Refusal()) }
            guard range.contains(duration), !wholeSeconds || duration.components.attoseconds == 0 else {
                return .failure(Refusal(found: text))
            }
            return .success(duration)
        } write: {
            DurationText.text($0)
        }
    }
}
