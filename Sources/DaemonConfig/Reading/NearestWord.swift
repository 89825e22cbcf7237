// "Did you mean": the known word nearest to a misspelt one.

enum NearestWord {
    /// The candidate that `word` most likely stands for; nil where none is near.
    ///
    /// Letter case and underscores for hyphens cost nothing: `Exclude_AAAA` is `exclude-aaaa`.
    static func to(_ word: String, among candidates: [String]) -> String? {
        let word = plain(word)
        let best = candidates.map { (candidate: $0, distance: distance(word, plain($0))) }
            .min { $0.distance < $1.distance }
        guard let best else { return nil }
        let length = max(word.count, best.candidate.count)
        if best.distance <= max(1, length / 3), best.distance < length { return best.candidate }
        // A word cut short, or one with something behind it: `prefix`, `interfaces-listen`.
        return candidates.first { word.count >= 3 && (plain($0).starts(with: word) || word.starts(with: plain($0))) }
    }

    private static func plain(_ text: String) -> [UInt8] {
        text.lowercased().utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }
    }

    /// How many letters must be put in, taken out, replaced or swapped with their neighbour (optimal string alignment).
    static func distance(_ lhs: [UInt8], _ rhs: [UInt8]) -> Int {
        // Words longer than any key are no misspelling of one; this bounds the work on hostile input.
        guard lhs.count <= 64, rhs.count <= 64 else { return Int.max }
        var beforeLast: [Int] = []
        var last = Array(0...rhs.count)
        for row in 0..<lhs.count {
            var current = [row + 1]
            for column in 0..<rhs.count {
                let same = lhs[row] == rhs[column]
                var cost = min(last[column + 1] + 1, current[column] + 1, last[column] + (same ? 0 : 1))
                if row > 0, column > 0, lhs[row] == rhs[column - 1], lhs[row - 1] == rhs[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[rhs.count]
    }
}
