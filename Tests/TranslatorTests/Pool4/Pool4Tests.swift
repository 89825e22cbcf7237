import NetAddress
import Testing

@testable import Translator

@Suite struct Pool4Tests {
    private static let base = IPv4Address(192, 0, 2, 0)

    private static func address(_ number: Int) -> IPv4Address {
        IPv4Address(rawValue: base.rawValue + UInt32(number))
    }

    /// Ranges that overlap, touch, repeat addresses, and lie around the borders of words and of the well-known ports.
    private static let ranges = [
        PoolRange(first: address(0), addressCount: 3, ports: 1000...1050),
        PoolRange(first: address(2), addressCount: 2, ports: 0...40),
        PoolRange(first: address(2), addressCount: 1, ports: 1040...1080),
        PoolRange(first: address(9), addressCount: 1, ports: 65500...65535),
        PoolRange(first: address(5), addressCount: 0, ports: 1...65535),
    ]

    /// The same, port by port.
    private static func ports() -> [UInt32: Set<UInt16>] {
        var ports: [UInt32: Set<UInt16>] = [:]
        for range in ranges {
            for number in 0..<range.addressCount {
                ports[range.first.rawValue + UInt32(number), default: []].formUnion(range.ports.filter { $0 != 0 })
            }
        }
        return ports
    }

    struct Place: Hashable {
        var address: UInt32
        var port: UInt16
    }

    /// Random operations against sets of ports; full and empty again several times.
    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6])
    func agreesWithSetsOfPorts(seed: UInt64) {
        var random = SeededRandom(seed)
        var pool = Pool4(ranges: Self.ranges, portBlockSize: 0, slice: 0, slices: 1, seed: seed)
        var free = [TableProtocol: [UInt32: Set<UInt16>]](
            uniqueKeysWithValues: TableProtocol.allCases.map { ($0, Self.ports()) })
        var used: [TableProtocol: [Place]] = [:]
        let all = Self.ports()
        let capacity = all.values.reduce(0) { $0 + $1.count }
        #expect(pool.capacity == capacity)
        var exhaustions = 0
        for step in 0..<12_000 {
            let proto = TableProtocol.allCases.randomElement(using: &random) ?? .tcp
            let grows = step / 2000 % 2 == 0
            let choice = Int.random(in: 0..<20, using: &random)
            if choice == 0 {
                let place = Place(
                    address: Self.base.rawValue + UInt32.random(in: 0..<10, using: &random),
                    port: UInt16.random(in: 1000...1080, using: &random))
                let isFree = free[proto]?[place.address]?.contains(place.port) ?? false
                let isManaged = all[place.address]?.contains(place.port) ?? false
                let manages = pool.manages(IPv4Address(rawValue: place.address), place.port)
                #expect(manages == isManaged)
                let taken = pool.take(proto, IPv4Address(rawValue: place.address), place.port)
                #expect(taken == isFree)
                guard taken else { continue }
                free[proto]?[place.address]?.remove(place.port)
                used[proto, default: []].append(place)
            } else if choice < (grows ? 17 : 5) {
                let wanted = UInt16.random(in: Bool.random(using: &random) ? 1...1023 : 1024...65535, using: &random)
                let on = Int.random(in: 0..<6, using: &random)
                let result = pool.allocate(
                    proto, wanting: wanted, subscriber: UInt64(on), on: on < 4 ? Self.address(on) : nil)
                let before = free[proto] ?? [:]
                guard let result else {
                    #expect(before.values.allSatisfy { $0.isEmpty })
                    exhaustions += 1
                    continue
                }
                let onAddress = before[result.address.rawValue] ?? []
                #expect(onAddress.contains(result.port))
                if on < 4, before[Self.address(on).rawValue]?.isEmpty == false {
                    #expect(result.address == Self.address(on))
                }
                let sameRange = onAddress.filter { ($0 < 1024) == (wanted < 1024) }
                let same = sameRange.filter { $0 & 1 == wanted & 1 }
                if proto != .udp {
                    #expect(sameRange.isEmpty || sameRange.contains(result.port))
                } else if wanted < 1024, same.isEmpty {
                    let sameParity = onAddress.filter { $0 & 1 == wanted & 1 }
                    #expect(sameParity.isEmpty || sameParity.contains(result.port))
                } else {
                    let best = same.isEmpty ? sameRange : same
                    #expect(best.isEmpty || best.contains(result.port))
                }
                free[proto]?[result.address.rawValue]?.remove(result.port)
                used[proto, default: []].append(Place(address: result.address.rawValue, port: result.port))
            } else if let index = used[proto]?.indices.randomElement(using: &random),
                let place = used[proto]?.remove(at: index)
            {
                let address = IPv4Address(rawValue: place.address)
                let released = (pool.release(proto, address, place.port), pool.release(proto, address, place.port))
                #expect(released == (true, false))
                free[proto]?[place.address]?.insert(place.port)
            }
            let count = pool.usedPorts(proto)
            #expect(count == used[proto]?.count ?? 0)
        }
        #expect(exhaustions > 10)
        for (proto, places) in used {
            for place in places { pool.release(proto, IPv4Address(rawValue: place.address), place.port) }
        }
        let touched = pool.addresses.touchedCount
        #expect(touched == 0)
    }

    @Test func containsTheAddressesOfAllRanges() {
        let pool = Pool4(ranges: Self.ranges, portBlockSize: 0, slice: 0, slices: 1, seed: 1)
        for number in -2..<12 {
            let address = IPv4Address(rawValue: UInt32(Int(Self.base.rawValue) + number))
            let contains = pool.contains(address)
            #expect(contains == Self.ranges.contains { $0.contains(address) }, "\(address)")
        }
        let none = Pool4(ranges: [], portBlockSize: 0, slice: 0, slices: 1, seed: 1)
        let zero = none.contains(IPv4Address(0, 0, 0, 0))
        #expect(!zero)
        let last = PoolRange(first: IPv4Address(255, 255, 255, 254), addressCount: 9)
        let end = Pool4(ranges: [last], portBlockSize: 0, slice: 0, slices: 1, seed: 1)
        let answers = (end.contains(IPv4Address(255, 255, 255, 255)), end.contains(IPv4Address(0, 0, 0, 0)))
        #expect(answers == (true, false))
    }

    /// All ports of a whole address come once each, and again after they went back.
    @Test func exhaustionAndRefill() {
        let range = PoolRange(first: Self.base, addressCount: 1)
        var pool = Pool4(ranges: [range], portBlockSize: 0, slice: 0, slices: 1, seed: 3)
        for _ in 0..<2 {
            var seen = [Bool](repeating: false, count: 65536)
            var (count, misplaced) = (0, 0)
            while let taken = pool.allocate(.udp, wanting: UInt16(truncatingIfNeeded: count), subscriber: 1, on: nil) {
                if seen[Int(taken.port)] { Issue.record("port \(taken.port) twice") }
                if taken.port & 1 != UInt16(truncatingIfNeeded: count) & 1 { misplaced += 1 }
                seen[Int(taken.port)] = true
                count += 1
            }
            #expect(count == 65535)
            #expect(!seen[0])
            // One even port less than odd ones, since nobody gets port 0.
            #expect(misplaced <= 1)
            let others = pool.allocate(.tcp, wanting: 80, subscriber: 1, on: nil)
            #expect(others != nil)
            if let others { pool.release(.tcp, others.address, others.port) }
            for port in UInt16(1)...65535 where !pool.release(.udp, Self.base, port) {
                Issue.record("port \(port) was not in use")
            }
            let left = (pool.usedPorts(.udp), pool.addresses.touchedCount)
            #expect(left == (0, 0))
        }
    }

    /// RFC 6056: no port is likelier than another, also in a narrow range, also next to used ones.
    @Test func portsAreEvenlyChosen() {
        let range = PoolRange(first: Self.base, addressCount: 1, ports: 40000...40127)
        var pool = Pool4(ranges: [range], portBlockSize: 0, slice: 0, slices: 1, seed: 3)
        for port in UInt16(40010)...40029 { _ = pool.take(.tcp, Self.base, port) }
        var counts: [UInt16: Int] = [:]
        for _ in 0..<10_800 {
            guard let taken = pool.allocate(.tcp, wanting: 5000, subscriber: 1, on: nil) else { break }
            counts[taken.port, default: 0] += 1
            pool.release(.tcp, taken.address, taken.port)
        }
        #expect(counts.count == 108)
        // 100 each, a standard deviation of 10.
        for (port, count) in counts { #expect((50...160).contains(count), "port \(port)") }
    }
}
