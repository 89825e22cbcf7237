// The cache against a dictionary: it may forget, but what it gives is the latest, whole, and nothing that was removed.

import Testing

@testable import AnswerCache

@Suite struct ModelTests {
    /// Small caches, so that the log wraps and evicts many times, with few and with many names.
    @Test(arguments: [(65_536, 40, 400), (65_536, 3_000, 60), (65_536, 12, 9_000), (1 << 20, 9_000, 1_200)])
    func randomOperationsAgreeWithADictionary(limit: Int, names: Int, largest: Int) {
        var random = SeededGenerator(state: UInt64(names))
        let cache = AnswerCache(byteLimit: limit, staleAllowance: 50)
        var model: [Key: [UInt8]] = [:]
        var sawFiller = false
        for step in 0..<20_000 {
            let key = randomKey(names, &random)
            let now = UInt32(step / 50)
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<45:
                let wire = payload(UInt64(step), count: Int.random(in: 0...largest, using: &random))
                let result = cache.put(key, wire, offsets: [UInt16](repeating: 7, count: step % 5), at: now)
                #expect(result != .tooLarge)
                model[key] = wire
                #expect(cache.has(key))
            case 45..<97:
                let found = cache.get(key)
                if let found { #expect(found == model[key]) }
            case 97..<99:
                cache.remove(name: key, type: step % 2 == 0 ? key.type : nil)
                for other in model.keys where other.name == key.name && (step % 2 == 1 || other.type == key.type) {
                    model[other] = nil
                }
                #expect(!cache.has(key))
            default:
                guard step % 40 == 0 else { continue }
                cache.removeAll()
                model = [:]
            }
            let statistics = cache.statistics
            #expect(statistics.bytesUsed <= statistics.byteLimit && statistics.byteLimit <= limit)
            if step % 500 == 0 {
                #expect(cache.faults() == [])
                sawFiller = sawFiller || (0..<cache.shardCount).contains { cache.mutateShard($0) { $0.hasFiller } }
            }
        }
        let statistics = cache.statistics
        #expect(statistics.evictions > 0 && statistics.replacements > 0)
        #expect(statistics.moves > 0)
        #expect(sawFiller)
        #expect(contents(cache).allSatisfy { model[$0.key] == $0.value })
        #expect(contents(cache).count == statistics.entries)
    }

    @Test func nothingIsForgottenWhileThereIsRoom() {
        let cache = AnswerCache(byteLimit: 1 << 20)
        for number in 0..<4_000 {
            #expect(cache.put(Key("host\(number).example", type: 1), payload(UInt64(number), count: 30)) == .inserted)
            #expect(cache.put(Key("host\(number).example", type: 28), payload(UInt64(number), count: 42)) == .inserted)
        }
        for number in 0..<4_000 {
            #expect(cache.get(Key("host\(number).example", type: 1)) == payload(UInt64(number), count: 30))
            #expect(cache.get(Key("host\(number).example", type: 28)) == payload(UInt64(number), count: 42))
        }
        #expect(cache.statistics.evictions == 0 && cache.statistics.entries == 8_000)
    }

    private func randomKey(_ names: Int, _ random: inout SeededGenerator) -> Key {
        Key(
            "host\(Int.random(in: 0..<names, using: &random)).example",
            type: [1, 28, 65].randomElement(using: &random) ?? 1,
            variant: UInt8.random(in: 0...1, using: &random))
    }

    private func contents(_ cache: AnswerCache) -> [Key: [UInt8]] {
        var all: [Key: [UInt8]] = [:]
        cache.forEach {
            var key = Key("", type: $0.type, recordClass: $0.recordClass, variant: $0.variant)
            key.name = Array($0.name)
            all[key] = Array($0.wire)
            return true
        }
        return all
    }
}

extension AnswerCache {
    @discardableResult
    func remove(name key: Key, type: UInt16?) -> Int { key.name.withUnsafeBytes { remove(name: $0, type: type) } }
    @discardableResult
    func removeZone(_ text: String) -> Int { wireName(text).withUnsafeBytes { removeZone($0) } }
}
