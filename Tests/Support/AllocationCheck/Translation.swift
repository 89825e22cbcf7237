// "No allocation on a packet of a known session", of the code as it ships, with few sessions beside it and with many.

import HotPath

/// Counts what packets take from the heap; how many kinds of them took anything, or went nowhere.
func translationFailures() -> Int {
    var failures = 0
    for others in [0, 10_000] {
        let path = TranslatorPath(others: others)
        if path.sessionCount != others || others > 0 && path.allocationsToFill == 0 {
            print("FAIL \(path.sessionCount) sessions instead of \(others), \(path.allocationsToFill) allocations")
            failures += 1
        }
        for session in KnownSession.allCases {
            for toClient in [false, true] {
                let measure = path.measure(session, toClient: toClient, rounds: 1000)
                let isGood = measure.emitted == 1000 && measure.allocations == 0
                let way = "\(session) \(toClient ? "to" : "from") a client, beside \(others) sessions"
                print(
                    "\(isGood ? "ok  " : "FAIL") \(way): \(measure.allocations) allocations in \(measure.emitted) packets"
                )
                if !isGood { failures += 1 }
            }
        }
    }
    return failures
}
