// Octets of a packet that is being built, and which of its fields are still open.

/// A field that the notation left open, and where it lies.
struct Hole {
    /// The order in which the builder came to it, which is the same each time.
    let id: Int
    /// nil: whatever comes.
    let variable: String?
    /// From the start of the packet.
    var bit: Int
    let width: Int

    /// What stands there in `octets`; nil where they end before.
    func read(_ octets: [UInt8]) -> UInt64? {
        guard bit + width <= octets.count * 8 else { return nil }
        return (bit..<(bit + width)).reduce(0) { $0 << 1 | UInt64(octets[$1 / 8] >> UInt8(7 - $1 % 8) & 1) }
    }
}

/// A packet, or a part of one, from its first octet on.
struct PacketImage {
    var octets: [UInt8] = []
    var holes: [Hole] = []

    /// The number's `count` lowest octets, the highest first.
    static func octets(_ number: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * (count - 1 - $0))) }
    }

    /// Octets without a pattern, the same for the same seed.
    static func noise(_ count: Int, seed: Int) -> [UInt8] {
        var state = UInt64(truncatingIfNeeded: seed) &* 0x9e37_79b9_7f4a_7c15 &+ 1
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 32)
        }
    }

    mutating func append(_ number: UInt64, octets count: Int) { octets += Self.octets(number, count) }

    mutating func append(_ other: PacketImage) {
        for var hole in other.holes {
            hole.bit += octets.count * 8
            holes.append(hole)
        }
        octets += other.octets
    }

    /// Writes a number over the octets at `offset`.
    mutating func set(_ number: UInt64, at offset: Int, octets count: Int) {
        octets.replaceSubrange(offset..<(offset + count), with: Self.octets(number, count))
    }

    /// The octets of `range` alone.
    func slice(_ range: Range<Int>) -> PacketImage {
        let range = range.clamped(to: 0..<octets.count)
        var result = PacketImage(octets: Array(octets[range]))
        for var hole in holes where hole.bit >= range.lowerBound * 8 && hole.bit + hole.width <= range.upperBound * 8 {
            hole.bit -= range.lowerBound * 8
            result.holes.append(hole)
        }
        return result
    }
}
