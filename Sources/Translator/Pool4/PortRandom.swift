// Random numbers for ports. RFC 6056 section 3.1: "the ephemeral port selection algorithm should be unpredictable": who
// sees some of a subscriber's ports must not be able to compute the next. ChaCha with 8 rounds (RFC 8439 section 2.3
// has the round), a block at a time, costs less than a call to the system for each port.

/// A stream of numbers that one seed decides.
struct PortRandom {
    private var state: InlineArray<4, SIMD4<UInt32>>
    private var output: InlineArray<4, SIMD4<UInt32>>
    private var position = 16

    /// `slice` makes a stream of its own of the same seed.
    init(seed: UInt64, slice: Int) {
        let key = SIMD4(
            UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32), UInt32(truncatingIfNeeded: slice),
            0)
        // "expand 32-byte k"
        let constants = SIMD4<UInt32>(0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574)
        state = [constants, key, ~key, .zero]
        output = state
    }

    mutating func next() -> UInt32 {
        if position == 16 {
            refill()
            position = 0
        }
        let number = output[position >> 2][position & 3]
        position += 1
        return number
    }

    private mutating func refill() {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        for _ in 0..<4 {
            Self.quarterRounds(&a, &b, &c, &d)
            (b, c, d) = (Self.turned(b, 1), Self.turned(c, 2), Self.turned(d, 3))
            Self.quarterRounds(&a, &b, &c, &d)
            (b, c, d) = (Self.turned(b, 3), Self.turned(c, 2), Self.turned(d, 1))
        }
        output[0] = a &+ state[0]
        output[1] = b &+ state[1]
        output[2] = c &+ state[2]
        output[3] = d &+ state[3]
        state[3][0] &+= 1
        if state[3][0] == 0 { state[3][1] &+= 1 }
    }

    private static func quarterRounds(
        _ a: inout SIMD4<UInt32>, _ b: inout SIMD4<UInt32>, _ c: inout SIMD4<UInt32>, _ d: inout SIMD4<UInt32>
    ) {
        a &+= b
        d = rotated(d ^ a, 16)
        c &+= d
        b = rotated(b ^ c, 12)
        a &+= b
        d = rotated(d ^ a, 8)
        c &+= d
        b = rotated(b ^ c, 7)
    }

    private static func rotated(_ row: SIMD4<UInt32>, _ bits: UInt32) -> SIMD4<UInt32> {
        row &<< SIMD4(repeating: bits) | row &>> SIMD4(repeating: 32 - bits)
    }

    private static func turned(_ row: SIMD4<UInt32>, _ lanes: Int) -> SIMD4<UInt32> {
        SIMD4(row[lanes & 3], row[(1 + lanes) & 3], row[(2 + lanes) & 3], row[(3 + lanes) & 3])
    }
}
