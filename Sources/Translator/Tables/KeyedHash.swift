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
        (first, second) = (one, two)
        third = Self.fold(one ^ 0x9e37_79b9_7f4a_7c15, two ^ 0xc2b2_ae3d_27d4_eb4f)
        fourth = Self.fold(one ^ 0xff51_afd7_ed55_8ccd, two ^ 0xc4ce_b9fe_1a85_ec53)
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

    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
