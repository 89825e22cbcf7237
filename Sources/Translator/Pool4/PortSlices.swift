// Whose port is it: with several threads each owns a part of the port space of every address, and any thread can tell
// from a port alone which thread's it is.

/// The ports are cut into strips that are dealt out in turn. Strips are 128 ports, or a port block if that is more, so
/// neighbours of even and odd number (RFC 4787 section 4.2.2), and the ports of a block, stay together.
///
/// A port that this slice owns has a position: its number among this slice's ports of its parity. The ports of one
/// parity in a strip of 128 are one word of a bitmap; `word` is that strip's number among the slice's.
struct PortSlices {
    let slice: Int
    let slices: Int
    /// Ports a strip are two to the power of this.
    let shift: Int
    /// Words that a bitmap of one parity needs.
    let wordCount: Int
    /// As many words at the start hold the ports 1-1023.
    let lowWordCount: Int

    static let wordShift = 7

    init(slice: Int, slices: Int, portBlockSize: Int) {
        self.slices = max(slices, 1)
        self.slice = min(max(slice, 0), self.slices - 1)
        shift = Self.shift(portBlockSize: portBlockSize)
        let strips = 65536 >> shift
        let owned = (strips - self.slice + self.slices - 1) / self.slices
        wordCount = max(owned, 0) << (shift - Self.wordShift)
        var low = 0
        for word in 0..<8 where (word >> (shift - Self.wordShift)) % self.slices == self.slice { low += 1 }
        lowWordCount = low
    }

    /// `portBlockSize` as in `TranslatorSettings`.
    @inline(__always)
    static func shift(portBlockSize: Int) -> Int {
        portBlockSize <= 1 << wordShift ? wordShift : min(Int.bitWidth - (portBlockSize - 1).leadingZeroBitCount, 15)
    }

    @inline(__always)
    static func slice(of port: UInt16, slices: Int, shift: Int) -> Int { (Int(port) &>> shift) % slices }

    func owns(_ port: UInt16) -> Bool { Self.slice(of: port, slices: slices, shift: shift) == slice }

    /// Of a port that this slice owns.
    func position(_ port: UInt16) -> Int {
        let strip = (Int(port) >> shift) / slices
        return (strip << shift | Int(port) & (1 << shift - 1)) >> 1
    }

    func port(position: Int, isOdd: Bool) -> UInt16 {
        let strip = (position << 1) >> shift
        let port = (strip * slices + slice) << shift | (position << 1) & (1 << shift - 1) | (isOdd ? 1 : 0)
        return UInt16(truncatingIfNeeded: port)
    }
}
