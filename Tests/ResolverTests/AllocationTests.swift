// "No heap allocation on a cached answer: counted, in a test." That holds for optimised code, and
// Tests/Support/AllocationCheck
// holds the release build to it. Without the optimiser, the standard library's own generic code (`for` over an array)
// takes
// memory at each step; there this test sees to it that an answer does not cost more than such steps do.

import AllocationCounter
import DNSMessage
import HotPath
import Testing

@Suite(
    "Allocations",
    .enabled(if: allocation_counter_works(), "a sanitizer's allocator is in place: nothing can be counted"))
struct AllocationTests {
    @Test("The counter counts what it should: malloc, calloc, realloc, Swift's own")
    func counts() {
        let before = allocation_counter_value()
        let array = [UInt8](repeating: 1, count: 100 + Int(before & 1))
        #expect(allocation_counter_value() > before)
        #expect(array.count >= 100)
        let middle = allocation_counter_value()
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 8)
        memory.deallocate()
        let aligned = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
        aligned.deallocate()
        #expect(allocation_counter_value() == middle + 2)
    }

    /// For one answer.
    #if DEBUG
        private static let allowed: UInt64 = 64
    #else
        private static let allowed: UInt64 = 0
    #endif

    @Test("A cached answer allocates nothing", arguments: Cached.allCases)
    func cached(_ cached: Cached) {
        let path = HotPath()
        path.fill()
        let result = path.measure(cached.query, rounds: 100)
        #expect(result.answered == 100)
        #expect(result.misses == 0)
        #expect(result.allocations <= Self.allowed * 100)
    }

    @Test("A question that upstream has to be asked does allocate: the measure is not blind")
    func missed() {
        let path = HotPath()
        let result = path.measure(HotPath.query("missing.example.", .a), rounds: 1)
        #expect(result.answered == 0)
        #expect(result.allocations > 0)
    }
}
