// The hash of addresses and ports. Clients and servers choose those, so the hash has a secret key: without it, nobody
// can pick flows that pile up in one place of a table.

/// Words are mixed by multiplications of 64 by 64 bits, high and low half folded together, each factor masked by a
/// secret. Which inputs collide depends on all of the key; hashes never leave the process.
struct KeyedHash: Sendable {
    private let first, second, third, fourth: UInt64
    /// Odd: an even factor would lose the low bits of the last product.
    private let last: UInt64

    init() {
        var random = SystemRandomNumberGenerator()
        self.init(random.next(), random.next())
    }

    /// The same two secrets give the same hashes.
    init(_ one: UInt64, _ two: UInt64) {
        // Secrets of few bits, as tests have them, would leave factors such as 0 and -1, whose folded products are all
        // the same.
        first = Self.scattered(one &+ 0x9e37_79b9_7f4a_7c15)
        second = Self.scattered(two &+ 0x3c6e_f372_fe94_f82a)
        third = Self.scattered(first ^ second.byteSwapped)
        fourth = Self.scattered(second &+ third)
        last = (third ^ fourth.byteSwapped) | 1
    }

    @inline(__always)
    func callAsFunction(_ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
        let state = Self.fold(a ^ first, b ^ second)
        return Self.fold(Self.fold(state ^ third, c ^ fourth) ^ first, last)
    }

    @inline(__always)
    func callAsFunction(_ a: UInt64, _ b: UInt64) -> UInt64 {
        Self.fold(Self.fold(a ^ first, b ^ second) ^ third, last)
    }

    /// One word for each word, with no trace of a pattern.
    private static func scattered(_ word: UInt64) -> UInt64 {
        var mixed = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
