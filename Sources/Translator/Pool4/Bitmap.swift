// A bitmap that finds its next bit in constant time: above every 64 words there is one that says which of them have a
// bit. The largest here, 32,768 ports of one parity, is 512 words and eight above them.

/// A view of such a bitmap in memory that somebody else owns: `wordCount` words, then their summary.
struct Bitmap {
    let words: UnsafeMutablePointer<UInt64>
    let wordCount: Int

    /// Words of memory for `wordCount` words and their summary.
    static func memory(wordCount: Int) -> Int { wordCount + (wordCount + 63) / 64 }

    /// The word, and the bit's number in it.
    private func checked(_ position: Int) -> (Int, UInt64) {
        precondition(position >= 0 && position < wordCount * 64, "outside of the bitmap")
        return (position >> 6, 1 << UInt64(position & 63))
    }

    func contains(_ position: Int) -> Bool {
        let (word, bit) = checked(position)
        return words[word] & bit != 0
    }

    func insert(_ position: Int) {
        let (word, bit) = checked(position)
        words[word] |= bit
        words[wordCount + word >> 6] |= 1 << UInt64(word & 63)
    }

    /// Inserts those of `bits` into one word.
    func insert(_ bits: UInt64, inWord word: Int) {
        precondition(word >= 0 && word < wordCount, "outside of the bitmap")
        guard bits != 0 else { return }
        words[word] |= bits
        words[wordCount + word >> 6] |= 1 << UInt64(word & 63)
    }

    func remove(_ position: Int) {
        let (word, bit) = checked(position)
        words[word] &= ~bit
        if words[word] == 0 { words[wordCount + word >> 6] &= ~(1 << UInt64(word & 63)) }
    }

    /// The first word with a bit, from `start` on to the end of `range`, then from its start.
    func nextWord(in range: Range<Int>, from start: Int) -> Int? {
        precondition(range.lowerBound >= 0 && range.upperBound <= wordCount && range.contains(start))
        return firstWord(start, range.upperBound) ?? firstWord(range.lowerBound, start)
    }

    /// Looks at no more than the summary.
    private func firstWord(_ start: Int, _ end: Int) -> Int? {
        guard start < end else { return nil }
        var group = start >> 6
        var bits = words[wordCount + group] & (~0 << UInt64(start & 63))
        while bits == 0 {
            group += 1
            guard group << 6 < end else { return nil }
            bits = words[wordCount + group]
        }
        let word = group << 6 + bits.trailingZeroBitCount
        return word < end ? word : nil
    }

    /// A random one of the bits in a word that are in `mask`, as a position; nil if there is none.
    func randomBit(inWord word: Int, mask: UInt64 = .max, random: UInt32) -> Int? {
        precondition(word >= 0 && word < wordCount)
        let bits = words[word] & mask
        guard bits != 0 else { return nil }
        return word << 6 + bits.bit(ranked: random.scaled(to: bits.nonzeroBitCount))
    }
}

extension UInt64 {
    /// The position of the bit that has `rank` set bits below it; there are more than that.
    func bit(ranked rank: Int) -> Int {
        var (rest, rank, position, width) = (self, rank, 0, 32)
        while width > 0 {
            let lower = rest & (1 << UInt64(width) - 1)
            let count = lower.nonzeroBitCount
            if rank < count {
                rest = lower
            } else {
                rest >>= UInt64(width)
                rank -= count
                position += width
            }
            width /= 2
        }
        return position
    }
}

extension UInt32 {
    /// A random number as one of 0..<count.
    func scaled(to count: Int) -> Int { Int((UInt64(self) &* UInt64(truncatingIfNeeded: count)) &>> 32) }
}
