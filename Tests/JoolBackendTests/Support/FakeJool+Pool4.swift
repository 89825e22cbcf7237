// pool4: a row an address; rows that touch are one row.

extension FakeJool.Instance {
    mutating func pool(_ words: [String], isAdded: Bool) -> FakeAnswer {
        var words = words.filter { $0 != "--force" }
        var key = FakeJool.PoolKey(proto: "", address: "")
        if let place = words.firstIndex(of: "--mark") {
            key.mark = Int(words[place + 1]) ?? 0
            words.removeSubrange(place...place + 1)
        }
        if let place = words.firstIndex(of: "--max-iterations") {
            key.iterations = Int(words[place + 1]) ?? 0
            key.isFixed = true
            words.removeSubrange(place...place + 1)
        }
        guard words.count == 3, ["--tcp", "--udp", "--icmp"].contains(words[0]) else {
            return .misused("The command is missing a protocol (--tcp, --udp or --icmp).")
        }
        key.proto = words[0].dropFirst(2).uppercased()
        let ends = words[2].split(separator: "-").compactMap { UInt16($0) }
        guard let low = ends.first, let high = ends.last else {
            return FakeAnswer(status: 1, words: "Error: '\(words[2])' is not an unsigned integer. (error code 1)")
        }
        for address in Self.addresses(words[1]) {
            key.address = address
            if isAdded { insert(low...high, key) } else { remove(low...high, key) }
        }
        return .done
    }

    private static func addresses(_ prefix: String) -> [String] {
        let parts = prefix.split(separator: "/")
        let octets = parts[0].split(separator: ".").compactMap { UInt32($0) }
        let first = octets.reduce(0) { $0 << 8 | $1 }
        let length = parts.count > 1 ? UInt32(parts[1]) ?? 32 : 32
        return (0..<UInt32(1) << (32 - length)).map { offset in
            [24, 16, 8, 0].map { String((first + offset) >> $0 & 255) }.joined(separator: ".")
        }
    }

    private mutating func insert(_ range: ClosedRange<UInt16>, _ key: FakeJool.PoolKey) {
        var joined: [ClosedRange<UInt16>] = []
        for next in ((pool4[key] ?? []) + [range]).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, Int(next.lowerBound) <= Int(last.upperBound) + 1 {
                joined[joined.count - 1] = last.lowerBound...max(last.upperBound, next.upperBound)
            } else {
                joined.append(next)
            }
        }
        pool4[key] = joined
    }

    /// What isn't there is removed with success, too.
    private mutating func remove(_ range: ClosedRange<UInt16>, _ key: FakeJool.PoolKey) {
        for old in pool4.keys where (old.mark, old.proto, old.address) == (key.mark, key.proto, key.address) {
            let rest = (pool4[old] ?? []).flatMap { row -> [ClosedRange<UInt16>] in
                guard row.overlaps(range) else { return [row] }
                var left: [ClosedRange<UInt16>] = []
                if row.lowerBound < range.lowerBound { left.append(row.lowerBound...range.lowerBound - 1) }
                if row.upperBound > range.upperBound { left.append(range.upperBound + 1...row.upperBound) }
                return left
            }
            pool4[old] = rest.isEmpty ? nil : rest
        }
    }
}
