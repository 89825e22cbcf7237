import Testing

@testable import Translator

@Suite struct BitmapTests {
    @Test(arguments: [(1, UInt64(1)), (3, 2), (64, 3), (65, 4), (512, 5)])
    func agreesWithASet(wordCount: Int, seed: UInt64) {
        var random = SeededRandom(seed)
        var model: Set<Int> = []
        var memory = [UInt64](repeating: 0, count: Bitmap.memory(wordCount: wordCount))
        memory.withUnsafeMutableBufferPointer { memory in
            guard let start = memory.baseAddress else { return }
            let bitmap = Bitmap(words: start, wordCount: wordCount)
            for step in 0..<6000 {
                let position = Int.random(in: 0..<wordCount * 64, using: &random)
                if step % 2000 < 200 {
                    bitmap.insert(position)
                    model.insert(position)
                } else if let some = model.randomElement(using: &random) {
                    bitmap.remove(some)
                    model.remove(some)
                }
                #expect(bitmap.contains(position) == model.contains(position))
                let low = Int.random(in: 0..<wordCount, using: &random)
                let range = low..<Int.random(in: low + 1...wordCount, using: &random)
                let from = Int.random(in: range, using: &random)
                let words = Set(model.map { $0 / 64 }).filter { range.contains($0) }
                let expected = words.filter { $0 >= from }.min() ?? words.min()
                #expect(bitmap.nextWord(in: range, from: from) == expected)
            }
        }
    }

    /// The whole of what a search reads beside the word that it finds, and what makes it constant: the largest bitmap's
    /// summary, at most once and a word.
    @Test func summariesAreSmall() {
        #expect(Bitmap.memory(wordCount: 512) - 512 == 8)
    }

    @Test func ranksAreThoseOfCounting() {
        var random = SeededRandom(9)
        for _ in 0..<300 {
            let word = random.next() & random.next()
            let bits = (0..<64).filter { word >> UInt64($0) & 1 == 1 }
            for (rank, bit) in bits.enumerated() { #expect(word.bit(ranked: rank) == bit) }
        }
        #expect(UInt64.max.bit(ranked: 63) == 63)
    }

    @Test func randomBitsAreEvenlyChosen() {
        var memory: [UInt64] = [0, 0]
        var counts: [Int: Int] = [:]
        var random = PortRandom(seed: 1, slice: 0)
        memory.withUnsafeMutableBufferPointer { memory in
            guard let start = memory.baseAddress else { return }
            let bitmap = Bitmap(words: start, wordCount: 1)
            #expect(bitmap.randomBit(inWord: 0, random: 7) == nil)
            // A long gap before 50: its successor must not get the gap's share.
            for bit in [1, 2, 3, 50, 63] { bitmap.insert(bit) }
            #expect(bitmap.randomBit(inWord: 0, mask: 1, random: 7) == nil)
            for _ in 0..<5000 {
                if let bit = bitmap.randomBit(inWord: 0, random: random.next()) { counts[bit, default: 0] += 1 }
            }
        }
        #expect(Set(counts.keys) == [1, 2, 3, 50, 63])
        for count in counts.values { #expect((850...1150).contains(count)) }
    }

    /// Two blocks by another implementation of ChaCha8, checked with the published first word of ChaCha20.
    @Test func streamsAreChaCha() {
        var random = PortRandom(seed: 0x0123_4567_89ab_cdef, slice: 3)
        let numbers = (0..<19).map { _ in random.next() }
        #expect(numbers[0..<4] == [0x9fa2_7842, 0xeb8d_1e1a, 0x2064_80e7, 0x16ee_d27c])
        #expect(numbers[14..<19] == [0x02fa_fcbb, 0x5d8f_12ac, 0x47af_b1b8, 0xacf8_9d6b, 0x5fe9_27f5])
    }

    @Test func streamsDiffer() {
        func numbers(_ seed: UInt64, _ slice: Int) -> [UInt32] {
            var random = PortRandom(seed: seed, slice: slice)
            return (0..<100).map { _ in random.next() }
        }
        #expect(numbers(1, 0) == numbers(1, 0))
        #expect(numbers(1, 0) != numbers(1, 1))
        #expect(numbers(1, 0) != numbers(2, 0))
        #expect(Set(numbers(1, 0)).count == 100)
    }
}
