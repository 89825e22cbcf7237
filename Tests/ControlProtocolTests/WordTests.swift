import ControlProtocol
import Testing

@Suite struct WordTests {
    @Test(arguments: [
        ("aaaa", "AAAA"), ("A", "A"), ("type65280", "TYPE65280"), ("TYPE0", "TYPE0"), ("nsec3param", "NSEC3PARAM"),
        ("https", "HTTPS"), ("any", "ANY"),
    ])
    func typeIsTaken(_ text: String, _ name: String) { #expect(RecordTypeName(text)?.description == name) }

    @Test(arguments: ["", "AAAAA", "TYPE", "TYPE65536", "TYPE-1", "TYPE+1", "TYPE 1", "A ", "OPT", "TYPE1x"])
    func typeIsNone(_ text: String) { #expect(RecordTypeName(text) == nil) }

    @Test(arguments: [
        ".", "org", "example.org", "example.org.", "_dmarc.example.org", #"a\.b.example"#, #"\000.example"#,
        "bücher.example",
        String(repeating: "a", count: 63), String(repeating: "\\097", count: 63),
        Array(repeating: String(repeating: "a", count: 63), count: 3).joined(separator: ".") + "."
            + String(repeating: "a", count: 61),
    ])
    func nameIsTaken(_ text: String) { #expect(DomainNameText(text)?.text == text) }

    @Test(arguments: [
        "", "..", ".org", "example..org", "a b", "a\tb", #"a\"#, #"a\25"#, #"a\256"#, #"a\1x2"#,
        String(repeating: "a", count: 64),
        Array(repeating: String(repeating: "a", count: 63), count: 3).joined(separator: ".") + "."
            + String(repeating: "a", count: 62),
    ])
    func nameIsNone(_ text: String) { #expect(DomainNameText(text) == nil) }
}

@Suite struct LatencyTests {
    @Test func bucketsDoubleAndEmptyOnesAtTheEndAreLeftOut() {
        let latency = LatencyDistribution(doublingBuckets: [1, 0, 3, 0, 0])
        #expect(latency.samples == 4)
        #expect(
            latency.buckets == [
                LatencyBucket(belowMicroseconds: 1, count: 1), LatencyBucket(belowMicroseconds: 2, count: 0),
                LatencyBucket(belowMicroseconds: 4, count: 3),
            ])
    }

    @Test func percentilesLieWithinTheirBuckets() {
        // 90 spans under 2 µs, 9 under 8 µs, 1 under 64 µs.
        let latency = LatencyDistribution(doublingBuckets: [0, 90, 0, 9, 0, 0, 1, 0])
        #expect(latency.p50Microseconds == 1.6)
        #expect(latency.p90Microseconds == 2)
        #expect(latency.p99Microseconds == 8)
    }

    @Test func withoutSamplesThereIsNoPercentile() {
        for counts in [[], [0, 0]] as [[UInt64]] {
            let latency = LatencyDistribution(doublingBuckets: counts)
            #expect(latency.p50Microseconds == nil)
            #expect(latency.buckets.isEmpty)
        }
    }

    @Test func theLastBucketHasNoEnd() {
        let latency = LatencyDistribution(doublingBuckets: [0, 0, 5])
        #expect(latency.buckets.last?.belowMicroseconds == nil)
        #expect(latency.p50Microseconds == 2)
        #expect(LatencyDistribution(doublingBuckets: [UInt64](repeating: .max, count: 80)).p50Microseconds != nil)
    }
}
