// Ports as ranges: what pool4 has of an address, what a host keeps for itself, and what its kernel writes of them.

/// A set of ports, or of ICMP identifiers. Equal sets are equal values.
public struct PortSet: Hashable, Sendable {
    /// In order; none touches another.
    public private(set) var ranges: [ClosedRange<UInt16>] = []

    public init(_ ranges: some Sequence<ClosedRange<UInt16>> = []) {
        for range in ranges { insert(range) }
    }

    public init(_ range: ClosedRange<UInt16>) { ranges = [range] }

    /// As the kernel writes it, `8080,9148-9150`; an empty text is the empty set. nil for anything else.
    public init?(_ text: String) {
        if text.isEmpty { return }
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
            guard bounds.count <= 2, let first = bounds.first ?? nil, let last = bounds.last ?? nil, first <= last
            else {
                return nil
            }
            insert(first...last)
        }
    }

    public var isEmpty: Bool { ranges.isEmpty }
    public var count: Int { ranges.reduce(0) { $0 + $1.count } }

    public func contains(_ port: UInt16) -> Bool { ranges.contains { $0.contains(port) } }
    public func overlaps(_ range: ClosedRange<UInt16>) -> Bool { ranges.contains { $0.overlaps(range) } }
    public func isSuperset(of other: PortSet) -> Bool { other.subtracting(self).isEmpty }
    public func isDisjoint(with other: PortSet) -> Bool { subtracting(other) == self }

    public mutating func insert(_ new: ClosedRange<UInt16>) {
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

    public mutating func remove(_ gone: ClosedRange<UInt16>) {
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

    public mutating func formUnion(_ other: PortSet) { for range in other.ranges { insert(range) } }

    public func union(_ other: PortSet) -> PortSet {
        var sum = self
        sum.formUnion(other)
        return sum
    }

    public func subtracting(_ other: PortSet) -> PortSet {
        var rest = self
        for range in other.ranges { rest.remove(range) }
        return rest
    }

    public func intersection(_ range: ClosedRange<UInt16>) -> PortSet {
        PortSet(ranges.filter { $0.overlaps(range) }.map { $0.clamped(to: range) })
    }
}

extension PortSet: CustomStringConvertible {
    /// As the kernel reads it.
    public var description: String { ranges.map(Self.text).joined(separator: ",") }

    /// For people: with spaces.
    public var spaced: String { ranges.map(Self.text).joined(separator: ", ") }

    /// `5000`, `40000-49999`.
    public static func text(_ range: ClosedRange<UInt16>) -> String {
        range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
    }
}
