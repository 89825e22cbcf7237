import NetAddress
import Testing

@testable import Translator

@Suite struct PortBlockTests {
    private static let base = IPv4Address(192, 0, 2, 0)

    /// Random operations; the events alone must tell who has a port, at any time.
    @Test(arguments: [(16, 1), (64, 1), (64, 3), (128, 1), (512, 2), (2048, 1)])
    func eventsTellWhoHasAPort(size: Int, slices: Int) {
        var random = SeededRandom(UInt64(size))
        let count = size < 512 ? 4 : 2
        let range = PoolRange(first: Self.base, addressCount: count, ports: 900...UInt16(1024 + size * 9))
        var pool = Pool4(ranges: [range], portBlockSize: size, slice: 0, slices: slices, seed: UInt64(size))
        var holders: [UInt64: UInt64] = [:]
        var ports: [(TableProtocol, UInt64, IPv4Address, UInt16)] = []
        var most = 0
        func place(_ address: IPv4Address, _ port: UInt16) -> UInt64 {
            UInt64(address.rawValue) << 16 | UInt64(Int(port) / size)
        }
        for step in 0..<8000 {
            let subscriber = UInt64.random(in: 0..<6, using: &random)
            let proto = TableProtocol.allCases.randomElement(using: &random) ?? .tcp
            if Int.random(in: 0..<10, using: &random) < (step / 2000 % 2 == 0 ? 8 : 1) {
                let wanted = UInt16.random(in: 0...65535, using: &random)
                if let taken = pool.allocate(proto, wanting: wanted, subscriber: subscriber, on: nil) {
                    ports.append((proto, subscriber, taken.address, taken.port))
                }
            } else if let index = ports.indices.randomElement(using: &random) {
                let port = ports.remove(at: index)
                let released = pool.release(port.0, port.2, port.3)
                #expect(released)
            }
            for event in pool.takeBlockEvents() {
                let block = place(event.address, event.ports.lowerBound)
                #expect(event.ports.count == size && Int(event.ports.lowerBound) % size == 0)
                #expect(holders[block] == (event.isOpened ? nil : event.subscriber))
                holders[block] = event.isOpened ? event.subscriber : nil
            }
            if let last = ports.last { #expect(holders[place(last.2, last.3)] == last.1) }
            most = max(most, holders.count)
        }
        #expect(most >= 6)
        #expect(Set(ports.map { place($0.2, $0.3) }) == Set(holders.keys))
        for port in ports { pool.release(port.0, port.2, port.3) }
        let closed = pool.takeBlockEvents().count
        #expect(closed == holders.count)
        let left = (pool.addresses.touchedCount, pool.blocks.count)
        #expect(left == (0, 0))
    }

    /// A block is filled before another is taken; UDP keeps its parity while the blocks have such a port.
    @Test func blocksAreFilledFirst() {
        let range = PoolRange(first: Self.base, addressCount: 8, ports: 1024...65535)
        var pool = Pool4(ranges: [range], portBlockSize: 64, slice: 0, slices: 1, seed: 1)
        var addresses: Set<UInt32> = []
        for number in 0..<640 {
            let taken = pool.allocate(.udp, wanting: UInt16(2000 + number), subscriber: 9, on: nil)
            #expect(taken.map { Int($0.port) & 1 } == number & 1)
            addresses.insert(taken?.address.rawValue ?? 0)
            let count = pool.blocks.count
            #expect(count == number / 64 + 1)
        }
        // The other protocols have the same blocks.
        for _ in 0..<640 { _ = pool.allocate(.tcp, wanting: 2000, subscriber: 9, on: nil) }
        let count = pool.blocks.count
        #expect(count == 10)
        #expect(addresses.count == 1)
        #expect(pool.takeBlockEvents().count == 10)
    }

    /// Blocks above the well-known ports go first; when all are held, others are refused and their holders are not.
    @Test(arguments: [16, 64, 1024, 4096])
    func blocksRunOut(size: Int) {
        let range = PoolRange(first: Self.base, addressCount: 2)
        var pool = Pool4(ranges: [range], portBlockSize: size, slice: 0, slices: 1, seed: 1)
        let blocks = 2 * 65536 / size
        let low = 2 * max(1024 / size, 1)
        var early = 0
        for subscriber in 0..<blocks {
            guard let taken = pool.allocate(.tcp, wanting: 80, subscriber: UInt64(subscriber), on: nil) else {
                Issue.record("no block for subscriber \(subscriber) of \(blocks)")
                return
            }
            // While one address has its high blocks yet, the other one may be down to its low ones.
            if taken.port < 1024, subscriber < (blocks - low) / 4 { early += 1 }
        }
        #expect(early == 0)
        let refused = pool.allocate(.tcp, wanting: 80, subscriber: UInt64(blocks), on: nil)
        #expect(refused == nil)
        let more = pool.allocate(.tcp, wanting: 80, subscriber: 3, on: nil)
        #expect(more != nil)
    }

    /// A block with a static binding goes to nobody; its log would be wrong.
    @Test func staticBindingsHaveTheirBlocks() {
        let range = PoolRange(first: Self.base, addressCount: 1, ports: 1024...1151)
        var pool = Pool4(ranges: [range], portBlockSize: 64, slice: 0, slices: 1, seed: 1)
        let taken = pool.take(.tcp, Self.base, 1030)
        #expect(taken)
        let events = pool.takeBlockEvents()
        #expect(events.isEmpty)
        let one = pool.allocate(.udp, wanting: 2000, subscriber: 1, on: nil)
        #expect(one.map { $0.port >= 1088 } == true)
        let other = pool.allocate(.udp, wanting: 2000, subscriber: 2, on: nil)
        #expect(other == nil)
        pool.release(.tcp, Self.base, 1030)
        let second = pool.allocate(.udp, wanting: 2000, subscriber: 2, on: nil)
        #expect(second.map { $0.port < 1088 } == true)
        let inHeldBlock = pool.take(.tcp, Self.base, 1100)
        #expect(inHeldBlock)
    }

    /// A pool that takes over another one's bindings gives the blocks to their subscribers.
    @Test func takenOverPortsBringTheirBlocks() {
        let range = PoolRange(first: Self.base, addressCount: 1, ports: 1024...1151)
        var pool = Pool4(ranges: [range], portBlockSize: 64, slice: 0, slices: 1, seed: 1)
        let taken = (
            pool.take(.tcp, Self.base, 1030, subscriber: 7), pool.take(.udp, Self.base, 1030, subscriber: 7),
            pool.take(.udp, Self.base, 1030, subscriber: 7)
        )
        #expect(taken == (true, true, false))
        let opened = PortBlockEvent(isOpened: true, subscriber: 7, address: Self.base, ports: 1024...1087)
        let events = pool.takeBlockEvents()
        #expect(events == [opened])
        let next = pool.allocate(.tcp, wanting: 2000, subscriber: 7, on: Self.base)
        #expect(next.map { $0.port < 1088 } == true)
        pool.release(.tcp, Self.base, 1030)
        pool.release(.udp, Self.base, 1030)
        pool.release(.tcp, Self.base, next?.port ?? 0)
        let closed = pool.takeBlockEvents()
        #expect(closed.map(\.isOpened) == [false])
    }

    @Test func eventsAreBounded() {
        let range = PoolRange(first: Self.base, addressCount: 1)
        var pool = Pool4(ranges: [range], portBlockSize: 64, slice: 0, slices: 1, seed: 1)
        for _ in 0..<BlockTable.mostEvents {
            if let taken = pool.allocate(.tcp, wanting: 2000, subscriber: 1, on: nil) {
                pool.release(.tcp, taken.address, taken.port)
            }
        }
        let lost = pool.blocks.lostEvents
        let events = pool.takeBlockEvents()
        #expect(lost == UInt64(BlockTable.mostEvents))
        #expect(events.count == BlockTable.mostEvents)
        let none = pool.takeBlockEvents()
        #expect(none.isEmpty)
    }
}
