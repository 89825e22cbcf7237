// "No allocation on a packet of a known session: counted, in a test." Tests/Support/AllocationCheck holds the release build
// to it. Without the optimiser the standard library's own generic code takes memory; there this test sees to it that a
// packet does not cost more than that.

import AllocationCounter
import HotPath
import Testing

@Suite(
    "Allocations of the translator",
    .enabled(if: allocation_counter_works(), "a sanitizer's allocator is in place: nothing can be counted"))
struct AllocationTests {
    /// For one packet.
    #if DEBUG
        private static let allowed: UInt64 = 64
    #else
        private static let allowed: UInt64 = 0
    #endif

    @Test("A packet of a known session allocates nothing", arguments: KnownSession.allCases, [false, true])
    func known(_ session: KnownSession, toClient: Bool) {
        let path = TranslatorPath(others: 100)
        let result = path.measure(session, toClient: toClient, rounds: 100)
        #expect(result.emitted == 100)
        #expect(result.allocations <= Self.allowed * 100)
    }

    @Test("Sessions that are new do allocate: the measure is not blind")
    func fresh() {
        let path = TranslatorPath(others: 1_000)
        #expect(path.sessionCount == 1_000)
        #expect(path.allocationsToFill > 0)
    }
}
