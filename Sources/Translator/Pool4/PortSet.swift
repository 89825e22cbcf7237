// The ports that some addresses of the pool have in this slice, as the bitmaps that a new address starts with.

/// Port 0 is in no set.
struct PortSet {
    /// Two bitmaps of `PortSlices.wordCount` words, even ports and odd ports, as an unused address has them.
    let freePorts: [UInt64]
    /// A bitmap of blocks that have a port here, by block number; empty without port blocks.
    let freeBlocks: [UInt64]
    /// The words, of either parity, with ports in 1-1023 and above.
    let lowWords: [UInt16]
    let highWords: [UInt16]
    /// Ports.
    let capacity: Int
    let blockCount: Int

    init(ports: [ClosedRange<UInt16>], slices: PortSlices, portBlockSize: Int) {
        let half = Bitmap.memory(wordCount: slices.wordCount)
        var words = [UInt64](repeating: 0, count: 2 * half)
        let blockWords = portBlockSize > 0 ? Self.blockWordCount(portBlockSize) : 0
        var blocks = [UInt64](repeating: 0, count: Bitmap.memory(wordCount: blockWords))
        words.withUnsafeMutableBufferPointer { words in
            blocks.withUnsafeMutableBufferPointer { blocks in
                guard let start = words.baseAddress, half > 0 else { return }
                let evens = Bitmap(words: start, wordCount: slices.wordCount)
                let odds = Bitmap(words: start + half, wordCount: slices.wordCount)
                for word in 0..<slices.wordCount {
                    let first = Int(slices.port(position: word << 6, isOdd: false))
                    for range in ports {
                        let lower = max(first, Int(range.lowerBound), 1)
                        let upper = min(first + 127, Int(range.upperBound))
                        guard lower <= upper else { continue }
                        evens.insert(
                            Self.bits(from: (lower - first + 1) >> 1, through: (upper - first) >> 1), inWord: word)
                        odds.insert(
                            Self.bits(from: (lower - first) >> 1, through: (upper - first - 1) >> 1), inWord: word)
                        guard portBlockSize > 0, let blockStart = blocks.baseAddress else { continue }
                        let bitmap = Bitmap(words: blockStart, wordCount: blockWords)
                        for block in lower / portBlockSize...upper / portBlockSize { bitmap.insert(block) }
                    }
                }
            }
        }
        freePorts = words
        freeBlocks = blocks
        let filled = (0..<slices.wordCount).filter { words[$0] != 0 || words[half + $0] != 0 }.map(UInt16.init)
        lowWords = filled.filter { $0 < slices.lowWordCount }
        highWords = filled.filter { $0 >= slices.lowWordCount }
        capacity = filled.reduce(0) { $0 + words[Int($1)].nonzeroBitCount + words[half + Int($1)].nonzeroBitCount }
        blockCount = blocks.prefix(blockWords).reduce(0) { $0 + $1.nonzeroBitCount }
    }

    /// None if `last` is below `first`; both are 0-63, but for a `last` of -1.
    private static func bits(from first: Int, through last: Int) -> UInt64 {
        last < first ? 0 : (UInt64.max >> UInt64(63 - (last - first))) << UInt64(first)
    }

    func contains(_ port: UInt16, _ slices: PortSlices) -> Bool {
        guard slices.owns(port) else { return false }
        let position = slices.position(port)
        let start = port & 1 == 0 ? 0 : freePorts.count / 2
        return freePorts[start + position >> 6] & (1 << UInt64(position & 63)) != 0
    }

    /// How many ports there are, of both parities, with `count` positions from `first` on: whole words, or a part of one.
    func portCount(from first: Int, count: Int) -> Int {
        let mask: UInt64 = count < 64 ? (1 << UInt64(count) - 1) << UInt64(first % 64) : .max
        let half = freePorts.count / 2
        return (first / 64..<first / 64 + max(count / 64, 1)).reduce(0) {
            $0 + (freePorts[$1] & mask).nonzeroBitCount + (freePorts[half + $1] & mask).nonzeroBitCount
        }
    }

    /// Words of a bitmap of the blocks of one address.
    static func blockWordCount(_ portBlockSize: Int) -> Int { max(65536 / portBlockSize / 64, 1) }
}
