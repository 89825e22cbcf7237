// Sets of ports, as the kernel writes them: `8080,9148-9150`.

/// Ports as ranges that are sorted and neither overlap nor touch.
struct PortSet: Hashable, Sendable, CustomStringConvertible {
    let ranges: [ClosedRange<UInt16>]

    init(_ ranges: [ClosedRange<UInt16>] = []) {
        var merged: [ClosedRange<UInt16>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, Int(range.lowerBound) <= Int(last.upperBound) + 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        self.ranges = merged
    }

    /// nil for anything but a list of ports and ranges; an empty text is the empty set.
    init?(_ text: String) {
        if text.isEmpty {
            self.init()
            return
        }
        var ranges: [ClosedRange<UInt16>] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
            guard bounds.count <= 2, let first = bounds.first ?? nil, let last = bounds.last ?? nil, first <= last
            else {
                return nil
            }
            ranges.append(first...last)
        }
        self.init(ranges)
    }

    var isEmpty: Bool { ranges.isEmpty }

    var description: String {
        ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
    }

    func union(_ other: PortSet) -> PortSet { PortSet(ranges + other.ranges) }

    func subtracting(_ other: PortSet) -> PortSet {
        PortSet(ranges.flatMap { Self.pieces(of: $0, without: other) })
    }

    func isSuperset(of other: PortSet) -> Bool { other.subtracting(self).isEmpty }

    func isDisjoint(with other: PortSet) -> Bool { subtracting(other) == self }

    /// What is left of one range, in order.
    private static func pieces(of range: ClosedRange<UInt16>, without other: PortSet) -> [ClosedRange<UInt16>] {
        var pieces: [ClosedRange<UInt16>] = []
        var next = Int(range.lowerBound)
        for hole in other.ranges where hole.overlaps(range) {
            if next < Int(hole.lowerBound) { pieces.append(UInt16(next)...(hole.lowerBound - 1)) }
            next = Int(hole.upperBound) + 1
        }
        if next <= Int(range.upperBound) { pieces.append(UInt16(next)...range.upperBound) }
        return pieces
    }
}

/// Ports of ours in the kernel's list of those that it gives to nobody.
struct PortReservation: Hashable, Sendable {
    /// What we added: what was there without us is not of it.
    var added: PortSet
    /// What we added before, and want no longer: gone once `list` is set.
    var former = PortSet()
    /// The whole list as it is set.
    var list: PortSet

    /// All that may be there by our doing.
    var ours: PortSet { added.union(former) }
}
