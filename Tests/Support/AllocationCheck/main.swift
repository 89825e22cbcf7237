// "No heap allocation on a cached answer", of the code as it ships: built with the optimiser, as the daemon is. Ends
// with 1 if an
// answer took memory from the heap.

import AllocationCounter
import DNSMessage
import Glibc
import HotPath

var failures = 0
let path = HotPath()
path.fill()
for cached in Cached.allCases {
    let measure = path.measure(cached.query, rounds: 1000)
    let isGood = measure.answered == 1000 && measure.misses == 0 && measure.allocations == 0
    print(
        "\(isGood ? "ok  " : "FAIL") \(cached): \(measure.allocations) allocations in \(measure.answered) cached answers"
    )
    if !isGood { failures += 1 }
}
// The measure is not blind: a question that upstream has to be asked does allocate.
let missed = path.measure(HotPath.query("missing.example.", .a), rounds: 1)
if missed.allocations == 0 || !allocation_counter_works() {
    print("FAIL the counter counts nothing")
    failures += 1
}
failures += translationFailures()
exit(failures > 0 ? 1 : 0)
