import Telemetry
import Testing

@testable import Translator

@Suite struct FragmentStoreTests {
    private static let pieces = [0..<16, 16..<24, 24..<80, 80..<91]

    private static func orders(of count: Int) -> [[Int]] {
        if count == 0 { return [[]] }
        return orders(of: count - 1).flatMap { order in
            (0...order.count).map { place in Array(order[..<place]) + [count - 1] + Array(order[place...]) }
        }
    }

    @Test func everyOrderOfFourPiecesGivesTheDatagram() throws {
        for (number, order) in Self.orders(of: 4).enumerated() {
            var store = FragmentStore(memory: 1 << 16, lifetime: 2)
            let datagram = TestDatagram(count: 91, seed: UInt64(number), isIPv6: number % 2 == 1)
            for piece in order.dropLast() {
                let outcome = datagram.add(Self.pieces[piece], to: &store)
                #expect(outcome == .waiting)
            }
            guard case .complete(let handle) = datagram.add(Self.pieces[order[3]], to: &store) else {
                Issue.record("not complete in order \(order)")
                continue
            }
            let gathered = store.gathered(handle)
            #expect(gathered == datagram.header + [0] + datagram.payload)
            var offsets: [Int] = []
            var mores: [Bool] = []
            store.forEachFragment(handle) {
                offsets.append($0.offset)
                mores.append($0.moreFragments)
            }
            #expect(offsets == [0, 16, 24, 80])
            #expect(mores == [true, true, true, false])
            store.remove(handle)
            let left = (store.count, store.octets, store.gathered(handle))
            #expect(left == (0, 0, []))
        }
    }

    @Test func copiesAreIgnored() {
        for order in Self.orders(of: 4) {
            var store = FragmentStore(memory: 1 << 16, lifetime: 2)
            let datagram = TestDatagram(count: 91)
            for piece in order.dropLast() {
                for _ in 0..<3 {
                    let outcome = datagram.add(Self.pieces[piece], to: &store)
                    #expect(outcome == .waiting)
                }
            }
            guard case .complete = datagram.add(Self.pieces[order[3]], to: &store) else {
                Issue.record("not complete in order \(order)")
                continue
            }
        }
    }

    /// RFC 5722: whatever overlaps ends the datagram, and later fragments don't begin it anew.
    @Test(arguments: [8..<24, 0..<24, 0..<8, 8..<16, 16..<32, 40..<48, 72..<91, 16..<17])
    func overlapsEndTheDatagram(overlap: Range<Int>) {
        for isLate in [false, true] {
            var store = FragmentStore(memory: 1 << 16, lifetime: 2)
            let datagram = TestDatagram(count: 91)
            let pieces = [Self.pieces[0], Self.pieces[1], Self.pieces[2]]
            var outcomes: [FragmentOutcome] = []
            for piece in isLate ? pieces + [overlap] : [overlap] + pieces {
                outcomes.append(datagram.add(piece, to: &store, more: piece == 16..<17 ? false : nil))
            }
            outcomes.append(datagram.add(Self.pieces[3], to: &store, more: false))
            #expect(outcomes.last == .dropped(.overlap))
            let (octets, count) = (store.octets, store.count)
            #expect(octets == 0)
            #expect(count == 1)
            let again = datagram.add(Self.pieces[0], to: &store)
            #expect(again == .dropped(.overlap))
            // The name is free again after the time of the first.
            let later = datagram.add(Self.pieces[0], to: &store, at: 2000)
            #expect(later == .waiting)
        }
    }

    @Test func copiesWithOtherOctetsOverlap() {
        var store = FragmentStore(memory: 1 << 16, lifetime: 2)
        var datagram = TestDatagram(count: 91)
        _ = datagram.add(0..<16, to: &store)
        datagram.payload[3] ^= 1
        let outcome = datagram.add(0..<16, to: &store)
        #expect(outcome == .dropped(.overlap))
    }

    @Test func twoEndsContradict() {
        for ends in [(16, 32), (32, 16)] {
            var store = FragmentStore(memory: 1 << 16, lifetime: 2)
            let datagram = TestDatagram(count: 91)
            let first = datagram.add(ends.0..<ends.0 + 8, to: &store, more: false)
            let second = datagram.add(ends.1..<ends.1 + 8, to: &store, more: false)
            #expect(first == .waiting)
            #expect(second == .dropped(.overlap))
        }
        var store = FragmentStore(memory: 1 << 16, lifetime: 2)
        let datagram = TestDatagram(count: 91)
        _ = datagram.add(16..<24, to: &store, more: false)
        let beyond = datagram.add(24..<32, to: &store, more: true)
        #expect(beyond == .dropped(.overlap))
    }

    @Test func lengthsAreChecked() {
        var store = FragmentStore(memory: 1 << 20, lifetime: 2)
        let key = testKey(source: 1)
        func outcome(_ offset: Int, _ count: Int, _ more: Bool) -> FragmentOutcome {
            store.add(
                key, offset: offset, moreFragments: more, header: [1, 2], payload: [UInt8](repeating: 0, count: count))
        }
        #expect(outcome(0, 9, true) == .dropped(.badLength))
        #expect(outcome(8, 0, true) == .dropped(.badLength))
        #expect(outcome(8, 0, false) == .dropped(.badLength))
        #expect(outcome(4, 8, true) == .dropped(.badLength))
        #expect(outcome(-8, 8, true) == .dropped(.badLength))
        #expect(outcome(0, 8, false) == .dropped(.badLength))
        #expect(outcome(65528, 8, true) == .dropped(.tooLong))
        #expect(outcome(65528, 8, false) == .dropped(.tooLong))
        #expect(outcome(0, 65536, true) == .dropped(.tooLong))
        #expect(outcome(65528, 7, false) == .waiting)
        guard case .complete(let handle) = outcome(0, 65528, true) else {
            Issue.record("the largest datagram")
            return
        }
        let count = store.gatheredCount(handle)
        #expect(count == 65535 + 2)
        var small = [UInt8](repeating: 0, count: count - 1)
        let written = small.withUnsafeMutableBytes { store.gather(handle, into: $0) }
        #expect(written == 0)
        let wrongHeader = [UInt8](repeating: 0, count: 16).withUnsafeBytes {
            store.add(
                key, offset: 0, moreFragments: true, packet: $0, headerCount: 17, now: MonotonicTime(nanoseconds: 0))
        }
        #expect(wrongHeader == .dropped(.badLength))
    }

    @Test func tooManyPiecesEndTheDatagram() {
        var store = FragmentStore(memory: 1 << 20, lifetime: 2, mostFragments: 64)
        let datagram = TestDatagram(count: 8 * 100)
        for number in 0..<64 {
            let outcome = datagram.add(number * 8..<number * 8 + 8, to: &store)
            #expect(outcome == .waiting)
        }
        let (next, after) = (datagram.add(512..<520, to: &store), datagram.add(520..<528, to: &store))
        #expect(next == .dropped(.tooMany))
        #expect(after == .dropped(.tooMany))
        let octets = store.octets
        #expect(octets == 0)
    }

    @Test func datagramsWithOtherKeysAreOthers() {
        var store = FragmentStore(memory: 1 << 16, lifetime: 2)
        let one = TestDatagram(count: 16)
        var keys = [one.key, one.key, one.key, one.key, one.key, one.key]
        keys[1].source.low = 9
        keys[2].destination.low = 9
        keys[3].identification = 9
        keys[4].transport = 6
        keys[5].isIPv6 = true
        for key in keys {
            var other = one
            other.key = key
            let outcome = other.add(0..<8, to: &store)
            #expect(outcome == .waiting)
        }
        let count = store.count
        #expect(count == 6)
    }
}
