// What the translator's core can do alone, without kernel and device: lines "name value unit". RFC 6146 asks for tables;
// this says what they cost.
//     translation-bench [SESSIONS]     how many there are at most, a million if not told; a multiple of 50

import Glibc
import Translator

/// A session has a binding of its own here: the dearest case, for a binding may have many sessions.
func measureTables(_ count: Int) {
    var established = Established(Traffic(.udp), capacity: count, PacketBatch())
    let before = residentOctets()
    established.begin()
    let elapsed = established.open(count)
    report("new-sessions-udp", Double(count) * 1e9 / Double(elapsed), "sessions/s")
    report("octets-per-session", Double(residentOctets() - before) / Double(count), "octets")
    established.measurePackets()
}

func measurePackets(_ count: Int) {
    var established = Established(Traffic(.udp), capacity: count, PacketBatch())
    established.begin()
    _ = established.open(count)
    established.measurePackets()
}

func measureOpening(_ count: Int) {
    var established = Established(Traffic(.tcp), capacity: count, PacketBatch())
    established.begin()
    report("new-sessions-tcp", Double(count) * 1e9 / Double(established.open(count)), "sessions/s")
}

func wantedSessions() -> Int {
    guard CommandLine.arguments.count > 1 else { return 1_000_000 }
    guard let number = Int(CommandLine.arguments[1]), number >= 1000, number % Traffic.portsPerClient == 0 else {
        fail("not a number of sessions: \(CommandLine.arguments[1])")
    }
    return number
}

// The largest first: what is resident then belongs to nothing that was before.
let most = wantedSessions()
measureTables(most)
for size in [1_000, 100_000] where size < most { measurePackets(size) }
measureOpening(min(most, 250_000))
