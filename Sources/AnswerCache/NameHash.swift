// The hash of a name. Clients choose names, so the hash has a secret key: without it, nobody can pick names that pile
// up in one place of the index. It must be cheap, too: it is taken once for every query.

/// Sixteen bytes at a time are mixed by one multiplication of 64 by 64 bits, high and low half folded together, each
/// factor masked by a secret. Which names collide depends on all of the key; the hash never leaves the process.
struct KeyedNameHash: Sendable {
    private let first, second, third, fourth: UInt64

    init() {
        var random = SystemRandomNumberGenerator()
        self.init(key: (random.next(), random.next(), random.next(), random.next()))
    }

    init(key: (UInt64, UInt64, UInt64, UInt64)) {
        (first, second, third) = (key.0, key.1, key.2)
        // An even factor would lose the low bits of the last product.
        fourth = key.3 | 1
    }

    @inline(__always)
    func hash(_ name: UnsafeRawBufferPointer) -> UInt64 {
        let count = name.count
        guard let start = name.baseAddress, count > 0 else { return first }
        var state = first ^ UInt64(truncatingIfNeeded: count)
        var position = 0
        while count &- position > 16 {
            state = Self.fold(Self.load(start + position) ^ second, Self.load(start + position + 8) ^ state)
            position &+= 16
        }
        let last = Self.lastWords(start, count)
        state = Self.fold(last.0 ^ second, last.1 ^ state)
        return Self.fold(state ^ third, fourth)
    }

    /// The last sixteen bytes in two words; where there are fewer, all of them, some twice. With the count, which is
    /// hashed too, different names of up to sixteen bytes give different words.
    @inline(__always)
    private static func lastWords(_ start: UnsafeRawPointer, _ count: Int) -> (UInt64, UInt64) {
        if count >= 16 { return (load(start + count - 16), load(start + count - 8)) }
        if count >= 8 { return (load(start), load(start + count - 8)) }
        if count >= 4 {
            let low = start.loadUnaligned(as: UInt32.self)
            return (UInt64(low), UInt64((start + count - 4).loadUnaligned(as: UInt32.self)))
        }
        let bytes = (start.load(as: UInt8.self), (start + count / 2).load(as: UInt8.self))
        return (UInt64(bytes.0) &<< 8 | UInt64(bytes.1), UInt64((start + count - 1).load(as: UInt8.self)))
    }

    @inline(__always)
    private static func load(_ address: UnsafeRawPointer) -> UInt64 { address.loadUnaligned(as: UInt64.self) }

    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
