// Several threads at once, and the bytes that a name costs.

import Testing

@testable import AnswerCache

@Suite struct ConcurrencyTests {
    /// Each answer's bytes follow from a number at their start, so an answer that was overwritten while it was read, or
    /// mixed with another, shows.
    @Test func threadsSeeWholeAnswersOnly() async {
        let cache = AnswerCache(byteLimit: 1 << 20)
        let sum = await withTaskGroup(of: Sightings.self) { group in
            for worker in 0..<4 { group.addTask { hammer(cache, seed: UInt64(worker)) } }
            group.addTask { watch(cache) }
            return await group.reduce(into: Sightings()) {
                $0.whole += $1.whole
                $0.broken += $1.broken
            }
        }
        #expect(sum.broken == 0)
        #expect(sum.whole > 100)
        #expect(cache.statistics.evictions > 0)
        #expect(cache.faults() == [])
    }

    /// A tenth of a million names, A and AAAA each, in a tenth of the memory; the sizes scale.
    @Test func aNameWithTwoAnswersTakesFewBytes() {
        let names = 100_000
        let cache = AnswerCache(byteLimit: names * 215)
        for number in 0..<names {
            let text = "host\(1_000_000 + number).example.com"
            cache.put(Key(text, type: 1), [UInt8](repeating: 1, count: 16), offsets: [6])
            cache.put(Key(text, type: 28), [UInt8](repeating: 1, count: 28), offsets: [6])
        }
        let statistics = cache.statistics
        #expect(statistics.entries == names * 2)
        #expect(statistics.evictions == 0)
        print("bytes a name with an A and an AAAA entry:", statistics.bytesUsed / names)
    }
}

private struct Sightings {
    var whole = 0
    var broken = 0

    mutating func note(_ isWhole: Bool) {
        if isWhole { whole += 1 } else { broken += 1 }
    }
}

private func hammer(_ cache: AnswerCache, seed: UInt64) -> Sightings {
    var random = SeededGenerator(state: seed)
    var sightings = Sightings()
    for step in 0..<8_000 {
        let number = UInt64.random(in: 0..<4_000, using: &random)
        let key = Key("host\(number).example", type: step % 2 == 0 ? 1 : 28)
        switch Int.random(in: 0..<1_000, using: &random) {
        case 0..<450: cache.put(key, sealed(number, Int.random(in: 8...600, using: &random)))
        case 450..<460: cache.remove(name: key, type: nil)
        case 460: cache.removeNegative()
        default:
            guard let wire = cache.get(key) else { continue }
            sightings.note(wire == sealed(number, wire.count))
        }
    }
    return sightings
}

private func watch(_ cache: AnswerCache) -> Sightings {
    var sightings = Sightings()
    for _ in 0..<10 {
        cache.forEach { entry in
            let number = entry.wire.loadUnaligned(as: UInt64.self)
            sightings.note(Array(entry.wire) == sealed(number, entry.wire.count))
            return true
        }
    }
    return sightings
}

/// A number and bytes that follow from it.
private func sealed(_ number: UInt64, _ count: Int) -> [UInt8] {
    withUnsafeBytes(of: number) { Array($0) } + payload(number, count: count - 8)
}
