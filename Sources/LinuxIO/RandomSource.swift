// Unpredictable numbers for ports and message IDs (RFC 5452 section 9.2), without a system call for each.

internal import CLinux

/// Random numbers from the kernel's pool, fetched in blocks. Belongs to one thread.
public final class RandomSource {
    /// For `UInt16.random(in:using:)` and its like.
    public var generator: Generator
    private var sourcePorts = SourcePorts()

    public init() { generator = Generator() }

    /// A port to send from: 1024 or above, and not reserved for others on this host. 0: the kernel's choice.
    func nextSourcePort() -> UInt16 { sourcePorts.next(using: &generator) }

    /// Any 16 bits: a message ID.
    public func nextUInt16() -> UInt16 { UInt16(truncatingIfNeeded: generator.next()) }

    public func next() -> UInt64 { generator.next() }

    /// A handle on a block of 64 numbers. Copies share the block, so that none is given out twice.
    public struct Generator: RandomNumberGenerator {
        private let block = Block()

        init() {}

        public mutating func next() -> UInt64 { block.next() }
    }

    private final class Block {
        private static let size = 64
        private let words: UnsafeMutablePointer<UInt64>
        private var left = 0

        init() {
            words = .allocate(capacity: Self.size)
            words.initialize(repeating: 0, count: Self.size)
        }

        deinit { words.deallocate() }

        func next() -> UInt64 {
            if left == 0 { refill() }
            left -= 1
            // What was given out is wiped: whoever reads the memory later learns nothing of the past.
            defer { words[left] = 0 }
            return words[left]
        }

        private func refill() {
            left = Self.size
            if clinux_random(words, Self.size * 8) == 0 { return }
            // A sandbox that forbids getrandom: the standard library knows other ways.
            var fallback = SystemRandomNumberGenerator()
            for index in 0..<Self.size { words[index] = fallback.next() }
        }
    }
}
