import Telemetry
import Testing

@testable import Translator

@Suite struct FragmentLimitTests {
    /// A flood of first fragments from everywhere: memory stays bounded, and a new datagram gets through at any time.
    @Test func floodsStopNobody() {
        var store = FragmentStore(memory: 64 << 10, lifetime: 2, mostDatagrams: 128)
        var (mostOctets, mostCount, completed) = (0, 0, 0)
        var (flood, good) = (TestDatagram(count: 1600), TestDatagram(count: 2000))
        for number in 0..<20_000 {
            flood.key = testKey(source: UInt64(100 + number % 5000), identification: UInt32(number))
            _ = flood.add(0..<(number % 3 == 0 ? 1400 : 8), to: &store)
            mostOctets = max(mostOctets, store.octets)
            mostCount = max(mostCount, store.count)
            guard number % 100 == 0 else { continue }
            good.key = testKey(source: 1, identification: UInt32(number))
            _ = good.add(0..<1000, to: &store)
            if case .complete(let handle) = good.add(1000..<2000, to: &store) {
                completed += 1
                store.remove(handle)
            }
        }
        #expect(mostOctets <= 64 << 10)
        #expect(mostCount <= 128)
        #expect(completed == 200)
        let (evicted, count) = (store.evictedCount, store.count)
        #expect(evicted == UInt64(20_000 - count))
    }

    /// One source has at most a quarter of the octets and of the datagrams, however many addresses of its /64 it uses.
    @Test(arguments: [8, 1400])
    func aSourceHasAQuarter(count: Int) {
        var store = FragmentStore(memory: 64 << 10, lifetime: 2, mostDatagrams: 128)
        let bystander = TestDatagram(source: 2, count: 16)
        _ = bystander.add(0..<8, to: &store)
        let others = (store.octets, store.count)
        var most = (0, 0)
        for number in 0..<1000 {
            var flood = TestDatagram(source: 77, identification: UInt32(number), count: 1600, isIPv6: true)
            flood.key.source.low = UInt64(number)
            let outcome = flood.add(0..<count, to: &store)
            #expect(outcome == .waiting)
            most = (max(most.0, store.octets - others.0), max(most.1, store.count - others.1))
        }
        #expect(most.0 <= 16 << 10)
        #expect(most.1 <= 32)
        guard case .complete = bystander.add(8..<16, to: &store) else {
            Issue.record("the bystander was evicted")
            return
        }
    }

    /// A datagram larger than its source's share never evicts itself, nor others.
    @Test func whatCannotFitIsRefused() {
        var store = FragmentStore(memory: 4096, lifetime: 2)
        let bystander = TestDatagram(source: 2, count: 16)
        _ = bystander.add(0..<8, to: &store)
        let large = TestDatagram(source: 1, count: 4000)
        let outcomes = [
            large.add(0..<800, to: &store), large.add(800..<1600, to: &store), large.add(1600..<4000, to: &store),
        ]
        #expect(outcomes == [.waiting, .dropped(.noRoom), .dropped(.noRoom)])
        let (count, evicted) = (store.count, store.evictedCount)
        #expect(count == 2)
        #expect(evicted == 0)
    }

    @Test func expiryShowsFirstFragments() {
        var store = FragmentStore(memory: 1 << 16, lifetime: 2)
        let none = store.nextExpiry
        #expect(none == nil)
        let first = TestDatagram(source: 1, count: 32)
        let second = TestDatagram(source: 2, count: 32)
        let failed = TestDatagram(source: 3, count: 32)
        _ = first.add(0..<8, to: &store, at: 0)
        _ = failed.add(0..<16, to: &store, at: 200)
        _ = failed.add(8..<24, to: &store, at: 300)
        _ = second.add(8..<16, to: &store, at: 500)
        // Later fragments do not lengthen the time.
        _ = first.add(8..<16, to: &store, at: 1900)
        var seen: [(FragmentKey, [UInt8]?)] = []
        func expire(_ milliseconds: UInt64) -> Int {
            store.expire(MonotonicTime(nanoseconds: milliseconds * 1_000_000)) { key, first in
                seen.append((key, first.map { [UInt8]($0.packet) }))
            }
        }
        #expect(expire(1999) == 0)
        #expect(expire(2000) == 1)
        #expect(seen.count == 1)
        #expect(seen.first?.0 == first.key)
        #expect(seen.first?.1 == first.header + [0] + first.payload[0..<8])
        #expect(store.nextExpiry == MonotonicTime(nanoseconds: 2_200_000_000))
        #expect(expire(2500) == 1)
        #expect(seen.last?.0 == second.key)
        #expect(seen.last?.1 == nil)
        #expect(store.expiredCount == 2)
        #expect((store.count, store.octets) == (0, 0))
    }

    /// Random fragments of random datagrams, whole ones and overlapping ones, against a list of pieces.
    @Test(arguments: [UInt64(1), 2, 3])
    func agreesWithAListOfPieces(seed: UInt64) {
        struct Model {
            var pieces: [Range<Int>] = []
            var isFailed = false
        }
        var random = SeededRandom(seed)
        var store = FragmentStore(memory: 1 << 20, lifetime: 2)
        let datagrams = (0..<20).map { TestDatagram(source: UInt64($0), count: 64, seed: UInt64($0)) }
        var models = [Model](repeating: Model(), count: 20)
        var completed = 0
        for _ in 0..<20_000 {
            let number = Int.random(in: 0..<20, using: &random)
            let start = Int.random(in: 0..<8, using: &random) * 8
            // Mostly pieces of 16 octets on even places, so that datagrams become whole.
            let isRegular = Int.random(in: 0..<40, using: &random) > 0
            let piece = isRegular ? start / 16 * 16..<start / 16 * 16 + 16 : start..<min(start + 16, 64)
            let outcome = datagrams[number].add(piece, to: &store)
            var model = models[number]
            var expected = FragmentOutcome.waiting
            if model.isFailed {
                expected = .dropped(.overlap)
            } else if !model.pieces.contains(piece) {
                if model.pieces.contains(where: { $0.overlaps(piece) }) {
                    expected = .dropped(.overlap)
                    model.isFailed = true
                } else {
                    model.pieces.append(piece)
                }
            }
            models[number] = model
            if model.pieces.reduce(0, { $0 + $1.count }) == 64, !model.isFailed {
                guard case .complete(let handle) = outcome else {
                    Issue.record("\(outcome) instead of a whole datagram")
                    return
                }
                let gathered = store.gathered(handle)
                #expect(gathered == datagrams[number].header + [0] + datagrams[number].payload)
                store.remove(handle)
                models[number] = Model()
                completed += 1
            } else {
                #expect(outcome == expected)
            }
            // Failed names come back when their time is over.
            if Int.random(in: 0..<500, using: &random) == 0 {
                store.expire(MonotonicTime(nanoseconds: 2_000_000_000)) { _, _ in }
                models = [Model](repeating: Model(), count: 20)
            }
        }
        #expect(completed > 200)
    }
}
