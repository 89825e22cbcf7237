// What the configured ranges come to: which addresses there are, and which ports each of them has in this slice.

internal import NetAddress

/// Ranges may overlap and repeat addresses; here every address is in one interval, with the union of its ports.
struct PoolLayout {
    /// Addresses side by side that have the same ports.
    struct Interval {
        var first: UInt32
        var last: UInt32
        var portSet: Int
        /// The first address's number among the addresses that have ports in this slice; nil if these have none.
        var base: Int?
    }

    /// Sorted, disjoint.
    private(set) var intervals: [Interval] = []
    /// The same addresses in as few stretches as possible.
    private(set) var spans: [(first: UInt32, last: UInt32)] = []
    private(set) var portSets: [PortSet] = []
    /// The intervals that have a base, as bases and first addresses.
    private var usable: [(base: Int, first: UInt32)] = []
    /// Addresses that have ports in this slice.
    private(set) var usableCount = 0
    /// Ports in this slice, of all addresses.
    private(set) var capacity = 0
    let portSlices: PortSlices
    let portBlockSize: Int

    /// `portBlockSize`: 0, or a power of two from 2 to 32768.
    init(ranges: [PoolRange], portSlices: PortSlices, portBlockSize: Int) {
        self.portSlices = portSlices
        self.portBlockSize = portBlockSize
        var numbers: [[ClosedRange<UInt16>]: Int] = [:]
        let valid = ranges.filter { $0.addressCount > 0 }
        let borders = Set(valid.flatMap { [UInt64($0.first.rawValue), $0.end] }).sorted()
        for (start, end) in zip(borders, borders.dropFirst()) {
            let ports = valid.filter { $0.first.rawValue <= start && $0.end >= end }.map(\.ports)
            if !ports.isEmpty { append(UInt32(start), UInt32(end - 1), Self.merged(ports), &numbers) }
        }
    }

    private mutating func append(
        _ first: UInt32, _ last: UInt32, _ ports: [ClosedRange<UInt16>], _ numbers: inout [[ClosedRange<UInt16>]: Int]
    ) {
        if numbers[ports] == nil {
            numbers[ports] = portSets.count
            portSets.append(PortSet(ports: ports, slices: portSlices, portBlockSize: portBlockSize))
        }
        let portSet = numbers[ports] ?? 0
        let perAddress = portSets[portSet].capacity
        intervals.append(Interval(first: first, last: last, portSet: portSet, base: perAddress > 0 ? usableCount : nil))
        if perAddress > 0 {
            usable.append((usableCount, first))
            usableCount += Int(last - first) + 1
        }
        capacity += perAddress * (Int(last - first) + 1)
        if let previous = spans.last, UInt64(previous.last) + 1 == UInt64(first) {
            spans[spans.count - 1].last = last
        } else {
            spans.append((first, last))
        }
    }

    /// Sorted, without overlaps; ranges that touch become one.
    private static func merged(_ ranges: [ClosedRange<UInt16>]) -> [ClosedRange<UInt16>] {
        var merged: [ClosedRange<UInt16>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, Int(range.lowerBound) <= Int(last.upperBound) + 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }

    /// The interval that an address is in.
    func interval(of address: UInt32) -> Interval? {
        var (low, high) = (0, intervals.count)
        while low < high {
            let middle = (low + high) / 2
            if intervals[middle].last < address { low = middle + 1 } else { high = middle }
        }
        guard low < intervals.count, intervals[low].first <= address else { return nil }
        return intervals[low]
    }

    /// The address that has the number, which is below `usableCount`, among those with ports in this slice.
    func usableAddress(_ number: Int) -> UInt32 {
        var (low, high) = (0, usable.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if usable[middle].base <= number { low = middle } else { high = middle }
        }
        return usable[low].first + UInt32(number - usable[low].base)
    }
}

extension PoolRange {
    /// The address after the last one; addresses beyond 255.255.255.255 are left out.
    fileprivate var end: UInt64 { min(UInt64(first.rawValue) + UInt64(addressCount), 1 << 32) }
}
