// Ports as ranges: what pool4 has of an address, and what a host keeps for itself.

/// A set of ports, or of ICMP identifiers. Equal sets are equal values.
struct PortSet: Hashable, Sendable {
    /// In order; none touches another.
    private(set) var ranges: [ClosedRange<UInt16>] = []

    init(_ ranges: some Sequence<ClosedRange<UInt16>> = []) {
        for range in ranges { insert(range) }
    }

    init(_ range: ClosedRange<UInt16>) { ranges = [range] }

    var isEmpty: Bool { ranges.isEmpty }
    var count: Int { ranges.reduce(0) { $0 + $1.count } }

    func contains(_ port: UInt16) -> Bool { ranges.contains { $0.contains(port) } }

    func overlaps(_ range: ClosedRange<UInt16>) -> Bool { ranges.contains { $0.overlaps(range) } }

    mutating func insert(_ new: ClosedRange<UInt16>) {
        var (low, high) = (Int(new.lowerBound), Int(new.upperBound))
        var kept: [ClosedRange<UInt16>] = []
        for range in ranges {
            if Int(range.upperBound) + 1 < low || Int(range.lowerBound) > high + 1 {
                kept.append(range)
            } else {
                low = min(low, Int(range.lowerBound))
                high = max(high, Int(range.upperBound))
            }
        }
        kept.append(UInt16(clamping: low)...UInt16(clamping: high))
        ranges = kept.sorted { $0.lowerBound < $1.lowerBound }
    }

    mutating func remove(_ gone: ClosedRange<UInt16>) {
        var kept: [ClosedRange<UInt16>] = []
        for range in ranges {
            guard range.overlaps(gone) else {
                kept.append(range)
                continue
            }
            if range.lowerBound < gone.lowerBound { kept.append(range.lowerBound...gone.lowerBound - 1) }
            if range.upperBound > gone.upperBound { kept.append(gone.upperBound + 1...range.upperBound) }
        }
        ranges = kept
    }

    mutating func formUnion(_ other: PortSet) { for range in other.ranges { insert(range) } }

    func union(_ other: PortSet) -> PortSet {
        var sum = self
        sum.formUnion(other)
        return sum
    }

    func subtracting(_ other: PortSet) -> PortSet {
        var rest = self
        for range in other.ranges { rest.remove(range) }
        return rest
    }

    func intersection(_ range: ClosedRange<UInt16>) -> PortSet {
        PortSet(ranges.filter { $0.overlaps(range) }.map { $0.clamped(to: range) })
    }
}

extension PortSet: CustomStringConvertible {
    var description: String { ranges.map(Self.text).joined(separator: ", ") }

    /// `5000`, `40000-49999`.
    static func text(_ range: ClosedRange<UInt16>) -> String {
        range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
    }
}
