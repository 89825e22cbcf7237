import NetAddress
import Testing

@testable import Translator

@Suite struct PoolAddressTests {
    private static let base = IPv4Address(10, 0, 0, 0)

    /// RFC 4787 REQ-2: a subscriber keeps its address, and subscribers spread over all of them.
    @Test func poolingIsPaired() {
        let range = PoolRange(first: Self.base, addressCount: 64)
        var pool = Pool4(ranges: [range], portBlockSize: 0, slice: 0, slices: 1, seed: 1)
        var addresses: Set<UInt32> = []
        for subscriber in UInt64(0)..<640 {
            let first = pool.allocate(.tcp, wanting: 5000, subscriber: subscriber, on: nil)
            let second = pool.allocate(.udp, wanting: 53, subscriber: subscriber, on: nil)
            #expect(first != nil)
            #expect(first?.address == second?.address)
            if let first { addresses.insert(first.address.rawValue) }
        }
        #expect(addresses.count == 64)
    }

    /// A full address runs over to another one, and a pool is used to its last port.
    @Test(arguments: [1, 2, 16, 17, 300])
    func fullAddressesRunOver(count: Int) {
        let range = PoolRange(first: Self.base, addressCount: count, ports: 5000...5003)
        var pool = Pool4(ranges: [range], portBlockSize: 0, slice: 0, slices: 1, seed: 1)
        var seen: Set<UInt64> = []
        while let taken = pool.allocate(.icmp, wanting: 1, subscriber: 42, on: Self.base) {
            seen.insert(UInt64(taken.address.rawValue) << 16 | UInt64(taken.port))
            if seen.count <= 4 { #expect(taken.address == Self.base) }
        }
        #expect(seen.count == count * 4)
        for place in seen {
            pool.release(.icmp, IPv4Address(rawValue: UInt32(place >> 16)), UInt16(place & 0xffff))
        }
        let touched = pool.addresses.touchedCount
        #expect(touched == 0)
    }

    /// A /12: addresses cost nothing before they are used, no allocation touches more than it needs, and no more than
    /// the bound are in use at once.
    @Test func largePoolsAreLazy() {
        let range = PoolRange(first: Self.base, addressCount: 1 << 20, ports: 5000...5000)
        var pool = Pool4(ranges: [range], portBlockSize: 0, slice: 0, slices: 1, seed: 1)
        #expect(pool.capacity == 1 << 20)
        var unequal = 0
        var places: [IPv4Address] = []
        for subscriber in 0..<AddressTable.mostAddresses {
            guard let taken = pool.allocate(.tcp, wanting: 5000, subscriber: UInt64(subscriber), on: nil) else {
                Issue.record("no port for subscriber \(subscriber)")
                return
            }
            places.append(taken.address)
            if pool.addresses.touchedCount != subscriber + 1 { unequal += 1 }
        }
        #expect(unequal == 0)
        let refused = pool.allocate(.tcp, wanting: 5000, subscriber: 1, on: nil)
        #expect(refused == nil)
        // Other protocols share the addresses in use.
        for subscriber in 0..<100 {
            let other = pool.allocate(.udp, wanting: 5000, subscriber: UInt64(1_000_000 + subscriber), on: nil)
            #expect(other != nil)
        }
        let touched = pool.addresses.touchedCount
        #expect(touched == AddressTable.mostAddresses)
        pool.release(.tcp, places[0], 5000)
        let again = pool.allocate(.tcp, wanting: 5000, subscriber: 2, on: nil)
        #expect(again != nil)
        // A static binding is made all the same.
        let unused = (0..<100_000).map { IPv4Address(rawValue: Self.base.rawValue + UInt32($0)) }
            .first { !places.contains($0) }
        let taken = pool.take(.tcp, unused ?? Self.base, 5000)
        #expect(taken)
    }

    /// An address that comes back with other ports has those.
    @Test func recordsAreReusedWithTheRightPorts() {
        let ranges = [
            PoolRange(first: Self.base, addressCount: 1, ports: 5000...5003),
            PoolRange(first: IPv4Address(10, 0, 1, 0), addressCount: 1, ports: 7000...7003),
        ]
        var pool = Pool4(ranges: ranges, portBlockSize: 0, slice: 0, slices: 1, seed: 1)
        for round in 0..<20 {
            let range = ranges[round % 2]
            for _ in 0..<4 {
                let taken = pool.allocate(.tcp, wanting: 5000, subscriber: 1, on: range.first)
                #expect(taken?.address == range.first)
                #expect(taken.map { range.ports.contains($0.port) } == true)
            }
            for port in range.ports { #expect(released(&pool, range.first, port)) }
        }
        let touched = pool.addresses.records.count
        #expect(touched == 1)
    }

    private func released(_ pool: inout Pool4, _ address: IPv4Address, _ port: UInt16) -> Bool {
        pool.release(.tcp, address, port)
    }
}
