// Flushing: by name and type, by zone on label boundaries, by kind; and looking at everything.

import Testing

@testable import AnswerCache

@Suite struct RemovalTests {
    @Test func aNameWithAllItsTypesOrOneOfThem() {
        let cache = AnswerCache(byteLimit: 0)
        for type in [1, 28, 65] as [UInt16] {
            for variant in 0...3 as ClosedRange<UInt8> { cache.put(Key("a", type: type, variant: variant), []) }
            cache.put(Key("b", type: type), [])
        }
        #expect(cache.remove(name: Key("a"), type: 28) == 4)
        #expect(cache.remove(name: Key("a"), type: 28) == 0)
        #expect(cache.statistics.entries == 11)
        #expect(cache.remove(name: Key("a"), type: nil) == 8)
        #expect(cache.has(Key("b")) && cache.has(Key("b", type: 28)) && !cache.has(Key("a")))
        #expect(cache.faults() == [])
    }

    @Test func aZoneEndsAtItsLabels() {
        let cache = AnswerCache(byteLimit: 1 << 20)
        let inside = ["example.com", "www.example.com", "a.b.c.example.com"]
        let outside = ["com", "badexample.com", "example.com.net", "example.org", "", "xample.com", "com.example"]
        for name in inside + outside { cache.put(Key(name), []) }
        // Its bytes end like the zone's, but in the middle of a label.
        var hidden = Key("")
        hidden.name = [13, 0x78, 7] + Array("example".utf8) + [3] + Array("com".utf8) + [0]
        cache.put(hidden, [])
        #expect(cache.removeZone("example.com") == inside.count)
        for name in inside { #expect(!cache.has(Key(name))) }
        for name in outside { #expect(cache.has(Key(name))) }
        #expect(cache.has(hidden))
        #expect(cache.removeZone("") == outside.count + 1)
        #expect(cache.statistics.entries == 0)
    }

    @Test func negativeAnswersAlone() {
        let cache = AnswerCache(byteLimit: 1 << 20)
        for number in 0..<3_000 {
            let flags: UInt8 = number % 3 == 0 ? AnswerFacts.negativeFlag | 1 : 0x7f
            cache.put(Key("n\(number)"), [], facts: AnswerFacts(flags: flags))
        }
        #expect(cache.removeNegative() == 1_000)
        #expect(cache.removeNegative() == 0)
        #expect(cache.statistics.entries == 2_000)
        #expect(!cache.has(Key("n3")) && cache.has(Key("n4")))
        #expect(cache.faults() == [])
    }

    @Test func everythingAndThenItWorksOn() {
        let cache = AnswerCache(byteLimit: 1 << 20)
        let empty = cache.statistics.bytesUsed
        for round in 0..<3 {
            for number in 0..<3_000 { cache.put(Key("n\(number)"), [UInt8(round)]) }
            #expect(cache.statistics.bytesUsed > empty)
            #expect(cache.removeAll() == 3_000)
            #expect(cache.statistics.bytesUsed == empty)
            #expect(!cache.has(Key("n1")))
        }
        #expect(cache.faults() == [])
    }

    @Test func aWalkShowsAllAndStopsWhenTold() {
        let cache = AnswerCache(byteLimit: 16 << 20)
        for number in 0..<3_000 { cache.put(Key("n\(number)"), []) }
        cache.put(Key("n5"), [1])
        var names: Set<[UInt8]> = []
        var shown = 0
        cache.forEach {
            names.insert(Array($0.name))
            shown += 1
            return true
        }
        #expect(names.count == 3_000 && shown == 3_000)
        shown = 0
        cache.forEach { _ in
            shown += 1
            return shown < 7
        }
        #expect(shown == 7)
    }

    /// What a walk does between two holds of the lock, when the log has moved on by more than itself.
    @Test func aWalkFindsItsPlaceAgain() {
        let cache = AnswerCache(byteLimit: 65_536)
        for number in 0..<300 { cache.put(Key("n\(number)"), payload(1, count: 50)) }
        var cursor = cache.mutateShard(0) { $0.walkStart }
        for round in 1...10 {
            cache.mutateShard(0) { $0.walk(&cursor) { _ in .keep } }
            for number in 0..<300 { cache.put(Key("r\(round)n\(number)"), payload(1, count: 50)) }
        }
        #expect(cursor.isDone)
        #expect(cache.faults() == [])
    }
}
