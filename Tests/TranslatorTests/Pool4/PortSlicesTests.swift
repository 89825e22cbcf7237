import NetAddress
import Testing

@testable import Translator

@Suite struct PortSlicesTests {
    @Test(arguments: [(1, 0), (2, 0), (3, 0), (7, 0), (16, 64), (4, 256), (3, 1024), (2, 4096), (2, 32768)])
    func everyPortHasOneOwnerAndOnePosition(slices: Int, blockSize: Int) {
        var owned = 0
        for slice in 0..<slices {
            let part = PortSlices(slice: slice, slices: slices, portBlockSize: blockSize)
            var positions: Set<Int> = []
            for port in UInt16.min...UInt16.max {
                let owner = Pool4.slice(of: port, slices: slices, portBlockSize: blockSize)
                if owner != slice {
                    if part.owns(port) { Issue.record("port \(port) of slice \(owner) is slice \(slice)'s, too") }
                    continue
                }
                owned += 1
                let position = part.position(port)
                guard part.owns(port), position >= 0, position < part.wordCount * 64,
                    part.port(position: position, isOdd: port & 1 == 1) == port,
                    (position < part.lowWordCount * 64) == (port < 1024), part.owns(port ^ 1),
                    positions.insert(position << 1 | Int(port & 1)).inserted
                else {
                    Issue.record("port \(port) at \(position) of slice \(slice)")
                    return
                }
            }
            #expect(positions.count == part.wordCount * 128)
        }
        #expect(owned == 65536)
    }

    /// Ranges that begin and end inside of words, of either parity, and beside each other.
    @Test(arguments: [
        [0...65535], [1...1], [127...129, 256...256], [1023...1025, 1026...1027, 40001...40512], [65535...65535],
    ])
    func aSetHasItsRangesPortsAndTheirBlocks(ports: [ClosedRange<UInt16>]) {
        for (slices, blockSize) in [(1, 0), (2, 0), (3, 0), (1, 64), (2, 64), (3, 1024), (2, 32768)] {
            var count = 0
            for slice in 0..<slices {
                let part = PortSlices(slice: slice, slices: slices, portBlockSize: blockSize)
                let set = PortSet(ports: ports, slices: part, portBlockSize: blockSize)
                let blockWords = blockSize > 0 ? PortSet.blockWordCount(blockSize) : 0
                var words = [UInt64](repeating: 0, count: set.freePorts.count)
                var blocks = [UInt64](repeating: 0, count: set.freeBlocks.count)
                words.withUnsafeMutableBufferPointer { words in
                    blocks.withUnsafeMutableBufferPointer { blocks in
                        for port in ports.joined() where port != 0 && part.owns(port) {
                            let start = words.baseAddress! + (port & 1 == 0 ? 0 : words.count / 2)
                            Bitmap(words: start, wordCount: part.wordCount).insert(part.position(port))
                            guard blockSize > 0 else { continue }
                            Bitmap(words: blocks.baseAddress!, wordCount: blockWords).insert(Int(port) / blockSize)
                        }
                    }
                }
                #expect(set.freePorts == words)
                #expect(set.freeBlocks == blocks)
                count += set.capacity
            }
            #expect(count == ports.joined().count { $0 != 0 })
        }
    }

    @Test func slicesShareThePool() {
        let range = PoolRange(first: IPv4Address(192, 0, 2, 1), addressCount: 3, ports: 1024...9999)
        var capacity = 0
        for slice in 0..<4 {
            var pool = Pool4(ranges: [range], portBlockSize: 0, slice: slice, slices: 4, seed: 5)
            capacity += pool.capacity
            while let taken = pool.allocate(.tcp, wanting: 5000, subscriber: 1, on: nil) {
                guard Pool4.slice(of: taken.port, slices: 4) == slice, range.ports.contains(taken.port) else {
                    Issue.record("port \(taken.port) is not slice \(slice)'s")
                    return
                }
            }
            let used = pool.usedPorts(.tcp)
            #expect(used == pool.capacity)
        }
        #expect(capacity == 3 * range.ports.count)
    }

    /// A subscriber has the same address whichever thread its packets come to.
    @Test func slicesAgreeOnAddresses() {
        let range = PoolRange(first: IPv4Address(192, 0, 2, 0), addressCount: 200)
        var one = Pool4(ranges: [range], portBlockSize: 0, slice: 0, slices: 2, seed: 5)
        var other = Pool4(ranges: [range], portBlockSize: 0, slice: 1, slices: 2, seed: 6)
        for subscriber in UInt64(0)..<100 {
            let first = one.allocate(.tcp, wanting: 5000, subscriber: subscriber, on: nil)
            let second = other.allocate(.udp, wanting: 5000, subscriber: subscriber, on: nil)
            #expect(first?.address == second?.address)
        }
    }
}
