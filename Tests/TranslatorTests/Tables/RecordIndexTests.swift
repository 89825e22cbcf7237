import Testing

@testable import Translator

@Suite struct RecordIndexTests {
    /// Random insertions, removals and lookups against a dictionary; hashes from a small set, so that they repeat, and
    /// alike in their low bits, so that runs are long and wrap round the ends of tables.
    @Test(arguments: [UInt64(1), 2, 3, 4])
    func agreesWithADictionary(seed: UInt64) {
        var random = SeededRandom(seed)
        var index = RecordIndex()
        var model: [UInt64: Set<UInt32>] = [:]
        var entries = 0
        let hashes = (0..<600).map { _ -> UInt64 in
            let hash = random.next()
            return seed % 2 == 0 ? hash & 0x0100_0000_0000_0007 | 0xffff_fff8 : hash & 0x0300_0000_0000_01ff
        }
        for step in 0..<20_000 {
            let hash = hashes[Int.random(in: 0..<hashes.count, using: &random)]
            let record = UInt32.random(in: 0..<8, using: &random)
            let isThere = model[hash, default: []].contains(record)
            // Waves of growth and shrinking.
            let grows = step / 3000 % 2 == 0
            if Int.random(in: 0..<10, using: &random) < (grows ? 7 : 2) {
                if !isThere {
                    index.insert(hash, record)
                    model[hash, default: []].insert(record)
                    entries += 1
                }
            } else {
                let removed = index.remove(hash, record)
                #expect(removed == isThere)
                if isThere {
                    model[hash, default: []].remove(record)
                    entries -= 1
                }
            }
            let found = index.find(hash) { $0 == record }
            let count = index.count
            #expect(found == (model[hash, default: []].contains(record) ? record : nil))
            #expect(count == entries)
        }
        for hash in hashes {
            var found: Set<UInt32> = []
            _ = index.find(hash) {
                found.insert($0)
                return false
            }
            #expect(found.isSuperset(of: model[hash, default: []]))
        }
    }

    @Test func candidateIsARecordOfTheHash() {
        var index = RecordIndex()
        index.prefetch(7)
        let before = index.candidate(7)
        #expect(before == nil)
        index.insert(7, 1234)
        index.insert(8, 99)
        index.prefetch(7)
        let (seven, eight) = (index.candidate(7), index.candidate(8))
        #expect(seven == 1234)
        #expect(eight == 99)
    }

    /// Load stays at most 3/4, memory at most 8 octets a slot, and both shrink again.
    @Test func memoryFollowsTheEntries() {
        let hash = KeyedHash(1, 2)
        var index = RecordIndex()
        let empty = index.byteCount
        #expect(empty < 5000)
        let entries: UInt32 = 100_000
        for record in 0..<entries { index.insert(hash(UInt64(record), 0), record) }
        let full = index.byteCount - empty
        #expect(full >= Int(entries) * 8 * 4 / 3)
        #expect(full <= Int(entries) * 8 * 4 / 3 * 2)
        var removed = 0
        for record in 0..<entries where index.remove(hash(UInt64(record), 0), record) { removed += 1 }
        #expect(removed == entries)
        let left = (index.count, index.byteCount - empty)
        #expect(left.0 == 0)
        #expect(left.1 <= 256 * 8 * 8)
    }

    /// Lookups walk few slots however many entries there are: a run rarely leaves its cache line.
    @Test(arguments: [1000, 30_000, 200_000])
    func lookupsAreShort(entries: Int) {
        let hash = KeyedHash(3, 4)
        var index = RecordIndex()
        for record in 0..<entries { index.insert(hash(UInt64(record), 1), UInt32(record)) }
        var total = 0
        var longest = 0
        for record in 0..<entries {
            let probes = index.probeCount(hash(UInt64(record), 1))
            total += probes
            longest = max(longest, probes)
        }
        #expect(Double(total) / Double(entries) < 14)
        #expect(longest < 400)
    }

    /// Growth never moves more than one segment.
    @Test func growthMovesOneSegment() {
        let hash = KeyedHash(5, 6)
        var index = RecordIndex()
        var largest = 0
        var before = index.byteCount
        for record in 0..<UInt32(150_000) {
            index.insert(hash(UInt64(record), 2), record)
            largest = max(largest, index.byteCount - before)
            before = index.byteCount
        }
        // 586 entries a segment: from 512 to 1024 slots.
        #expect(largest <= 512 * 8)
    }
}
