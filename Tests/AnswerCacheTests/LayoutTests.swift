// The sizes that the memory a name costs depends on, and the division of the bytes.

import Synchronization
import Testing

@testable import AnswerCache

@Suite struct LayoutTests {
    @Test func headerIsFortyBytesWithoutGaps() {
        #expect(MemoryLayout<EntryHeader>.size == 40)
        #expect(MemoryLayout<EntryHeader>.stride == 40)
        #expect(MemoryLayout<EntryHeader>.offset(of: \.flags) == EntryHeader.flagsOffset)
        #expect(MemoryLayout<EntryHeader>.offset(of: \.lengthUnits) == 0)
        #expect(MemoryLayout<Slot>.stride == 8)
    }

    @Test func entryLengthsAreRoundedUpToEight() {
        #expect(EntryHeader.entryLength(name: 1, ttlOffsets: 0, wire: 0) == 48)
        #expect(EntryHeader.entryLength(name: 20, ttlOffsets: 2, wire: 0) == 64)
        #expect(EntryHeader.entryLength(name: 20, ttlOffsets: 2, wire: 1) == 72)
        // The largest message of the smallest records still has an entry length that its field can tell.
        #expect(EntryHeader.entryLength(name: 255, ttlOffsets: 5957, wire: 65535) <= EntryHeader.largestEntry)
    }

    @Test func slotsKeepOffsetAndTag() {
        let tag = SlotTag(nameHash: 0xdead_beef, type: 28, variant: 3)
        for offset in [8, 4096, 1 << 34, (1 << 35) - 8] {
            let slot = Slot(offset: offset, tag: tag)
            #expect(slot.offset == offset && slot.tag == tag && !slot.isFree)
        }
        #expect(tag.name == 0xadbeef)
        #expect(tag != SlotTag(nameHash: 0xdead_beef, type: 28, variant: 0))
        #expect(tag != SlotTag(nameHash: 0xdead_beef, type: 1, variant: 3))
    }

    @Test(arguments: [
        Int.min, 0, 1, 65_536, 70_001, 1 << 20, (1 << 20) + 5, 3 << 20, 64 << 20, 1 << 30, 1 << 40, Int.max,
    ])
    func shardsStayInsideOfTheLimit(asked: Int) {
        let geometry = CacheGeometry(byteLimit: asked)
        #expect(geometry.byteLimit <= max(asked, 65_536))
        #expect(geometry.shardOffset(geometry.shardCount) <= geometry.byteLimit)
        #expect(geometry.shardCount * MemoryLayout<Mutex<Shard>>.stride <= CacheGeometry.controlBytes)
        #expect(geometry.slotCount * 8 < geometry.shardBytes / 8)
        #expect(geometry.slotCount <= SlotIndex.mostSlots && geometry.shardBytes < 1 << 35)
        #expect(geometry.shardCount.nonzeroBitCount == 1 && geometry.shardCount <= 16)
    }

    @Test func whatCannotBeReservedIsHalved() {
        let cache = AnswerCache(byteLimit: .max)
        #expect(cache.statistics.byteLimit >= 65_536)
        #expect(cache.put(Key("example.com"), [1, 2, 3]) == .inserted)
    }

    @Test(arguments: 1..<64)
    func namesThatDifferInOneOrTwoBitsHaveOtherHashes(count: Int) {
        let cache = AnswerCache(byteLimit: 0)
        var seen: Set<UInt64> = []
        var bytes = [UInt8](repeating: 0x61, count: count)
        func flip(_ bit: Int) { bytes[bit / 8] ^= 1 << (bit % 8) }
        for first in 0..<count * 8 {
            flip(first)
            for second in stride(from: first, to: count * 8, by: 5) {
                if second != first { flip(second) }
                #expect(seen.insert(bytes.withUnsafeBytes { cache.hash($0) }).inserted)
                if second != first { flip(second) }
            }
            flip(first)
        }
    }

    @Test func hashHasAKeyOfItsOwn() {
        let (one, other) = (AnswerCache(byteLimit: 0), AnswerCache(byteLimit: 0))
        wireName("example.com").withUnsafeBytes { #expect(one.hash($0) != other.hash($0)) }
    }
}
