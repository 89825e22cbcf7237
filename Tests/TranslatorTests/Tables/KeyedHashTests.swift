import Testing

@testable import Translator

@Suite struct KeyedHashTests {
    /// Each bit of the input changes each bit of the hash about every other time.
    @Test func everyBitMatters() {
        var random = SeededRandom(11)
        let samples = 2000
        for word in 0..<3 {
            for bit in [0, 1, 7, 15, 16, 31, 32, 47, 62, 63] {
                var flips = [Int](repeating: 0, count: 64)
                for _ in 0..<samples {
                    let hash = KeyedHash(random.next(), random.next())
                    // Addresses of one prefix and ports: most bits alike.
                    var input: [UInt64] = [0x2001_0db8_0064_0000, random.next() & 0xff, random.next() & 0xffff]
                    let before = hash(input[0], input[1], input[2])
                    input[word] ^= 1 << UInt64(bit)
                    var difference = before ^ hash(input[0], input[1], input[2])
                    while difference != 0 {
                        flips[difference.trailingZeroBitCount] += 1
                        difference &= difference - 1
                    }
                }
                // Seven standard deviations.
                for count in flips { #expect(abs(count - samples / 2) < 160, "word \(word), bit \(bit)") }
            }
        }
    }

    @Test func flowsSpreadOverSegmentsAndSlots() {
        let hash = KeyedHash(0x1234_5678_9abc_def0, 0x0fed_cba9_8765_4321)
        var segments = [Int](repeating: 0, count: 256)
        var slots = [Int](repeating: 0, count: 256)
        var seen: Set<UInt64> = []
        for port in UInt64(0)..<25_600 {
            let value = hash(0x2001_0db8_0000_0000, 1, port << 16 | 443)
            segments[Int(value >> 56)] += 1
            slots[Int(value & 255)] += 1
            seen.insert(value)
        }
        #expect(seen.count == 25_600)
        // 100 each, a standard deviation of 10.
        for count in segments + slots { #expect((40...170).contains(count)) }
    }

    /// Also with secrets that nobody should have chosen, no small words make all hashes alike.
    @Test(arguments: [(UInt64(0), UInt64(0)), (0, .max), (1, .max - 1), (.max, .max), (5, ~5)])
    func poorSecretsSpread(one: UInt64, two: UInt64) {
        let hash = KeyedHash(one, two)
        for second in [UInt64(0), 1, 2, 5, .max] {
            let pairs = Set((UInt64(0)..<1000).map { hash($0, second) & 0xffff_ffff })
            let triples = Set((UInt64(0)..<1000).map { hash(second, second, $0) >> 32 })
            #expect(pairs.count > 995)
            #expect(triples.count > 995)
        }
    }

    @Test func secretsDecide() {
        #expect(KeyedHash(1, 2)(3, 4, 5) == KeyedHash(1, 2)(3, 4, 5))
        #expect(KeyedHash(1, 2)(3, 4, 5) != KeyedHash(1, 3)(3, 4, 5))
        #expect(KeyedHash(1, 2)(3, 4) != KeyedHash(2, 1)(3, 4))
        #expect(KeyedHash()(3, 4) != KeyedHash()(3, 4))
        #expect(KeyedHash(1, 2)(3, 4) != KeyedHash(1, 2)(4, 3))
    }
}
