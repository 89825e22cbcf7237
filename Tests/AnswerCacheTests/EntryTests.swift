// One entry at a time: what is kept, what replaces what, what is too large, what gets a second chance.

import Testing

@testable import AnswerCache

@Suite struct EntryTests {
    @Test func everythingComesBackAsItWentIn() throws {
        let cache = AnswerCache(byteLimit: 0)
        let facts = AnswerFacts(
            responseCode: 0xabc, answerCount: 1, authorityCount: 2, additionalCount: 3, aliasCount: 4,
            flags: AnswerFacts.negativeFlag | 5, negativeTTL: 70_000)
        let key = Key("www.example.com", type: 257, recordClass: 3, variant: 2)
        cache.put(key, [9, 8, 7], facts: facts, offsets: [6, 0x1234], at: 1000, ttl: 60)
        let checked: Void? = cache.look(key) { entry in
            #expect(entry.facts == facts)
            #expect(Array(entry.ttlOffsets) == [6, 0x1234])
            #expect(Array(entry.name) == key.name)
            #expect(Array(entry.wire) == [9, 8, 7])
            #expect(entry.type == 257 && entry.recordClass == 3 && entry.variant == 2)
            #expect(entry.storedAt == 1000 && entry.expiresAt == 1060)
            #expect(entry.remaining(now: 1000) == 60 && entry.remaining(now: 1059) == 1)
            #expect(!entry.isExpired(now: 1059) && entry.isExpired(now: 1060) && entry.isExpired(now: 9999))
        }
        try #require(checked != nil)
    }

    @Test func theClockMayWrap() {
        let cache = AnswerCache(byteLimit: 0)
        cache.put(Key("example"), [], at: .max - 5, ttl: 20)
        _ = cache.look(Key("example")) { entry in
            #expect(entry.remaining(now: .max) == 15 && entry.remaining(now: 3) == 11 && entry.isExpired(now: 14))
        }
        #expect(cache.has(Key("example")))
    }

    @Test func typeClassVariantAndNameTellEntriesApart() {
        let cache = AnswerCache(byteLimit: 0)
        let keys = [
            Key("a.example"), Key("a.example", type: 28), Key("a.example", type: 257), Key("a.example", recordClass: 3),
            Key("a.example", variant: 1), Key("b.example"), Key("example"), Key(""),
        ]
        for (number, key) in keys.enumerated() { #expect(cache.put(key, [UInt8(number)]) == .inserted) }
        for (number, key) in keys.enumerated() { #expect(cache.get(key) == [UInt8(number)]) }
        #expect(!cache.has(Key("c.example")) && !cache.has(Key("a.example", type: 29)))
    }

    @Test func replacementHidesTheOlderAndFreesTheClaim() {
        let cache = AnswerCache(byteLimit: 0)
        cache.put(Key("a"), [1])
        #expect(cache.look(Key("a")) { ($0.markPrefetching(), $0.markPrefetching()) } ?? (false, true) == (true, false))
        #expect(cache.put(Key("a"), [2]) == .replaced)
        #expect(cache.get(Key("a")) == [2])
        #expect(cache.look(Key("a")) { $0.markPrefetching() } == true)
        cache.look(Key("a")) { $0.endPrefetching() }
        #expect(cache.look(Key("a")) { $0.markPrefetching() } == true)
        #expect(cache.statistics.entries == 1 && cache.statistics.replacements == 1)
    }

    @Test func theLargestMessageFitsIntoOneMebibyte() {
        let cache = AnswerCache(byteLimit: 1 << 20)
        let longest = Key(Array(repeating: String(repeating: "a", count: 62), count: 4).joined(separator: "."))
        for number in 0..<40 {
            let wire = payload(UInt64(number), count: 65_535)
            #expect(cache.put(longest, wire, offsets: Array(repeating: 1, count: 5_957)) != .tooLarge)
            #expect(cache.get(longest) == wire)
        }
    }

    @Test func whatIsTooLargeIsRefusedAndLeavesNothingOld() {
        let cache = AnswerCache(byteLimit: 65_536)
        cache.put(Key("a"), [1])
        #expect(cache.put(Key("a"), payload(1, count: 60_000)) == .tooLarge)
        #expect(!cache.has(Key("a")))
        let large = AnswerCache(byteLimit: 4 << 20)
        #expect(large.put(Key("a"), payload(1, count: 65_536)) == .tooLarge)
        var unnamed = Key("a")
        unnamed.name = [UInt8](repeating: 1, count: 256)
        #expect(large.put(unnamed, []) == .tooLarge)
        #expect(large.statistics.refusals == 2 && large.statistics.entries == 0)
    }

    @Test func busyAnswersSurviveAndIdleOnesMakeWay() {
        let cache = AnswerCache(byteLimit: 65_536)
        for key in ["busy", "idle"] { cache.put(Key(key), payload(1, count: 50)) }
        for number in 0..<5_000 {
            cache.put(Key("n\(number)"), payload(1, count: 50))
            #expect(cache.get(Key("busy")) != nil)
        }
        #expect(!cache.has(Key("idle")))
        #expect(cache.statistics.moves > 0)
    }

    @Test(arguments: [(0, false), (10, false), (1000, true)] as [(UInt32, Bool)])
    func expiredAnswersAreSparedOnlyWhileStaleOnesMayBeServed(allowance: UInt32, survives: Bool) {
        let cache = AnswerCache(byteLimit: 65_536)
        cache.setStaleAllowance(allowance)
        cache.put(Key("busy"), payload(1, count: 50), at: 100, ttl: 10)
        _ = cache.get(Key("busy"))
        for number in 0..<640 { cache.put(Key("n\(number)"), payload(1, count: 50), at: 300) }
        #expect(cache.statistics.evictions > 0)
        #expect(cache.has(Key("busy")) == survives)
    }

    @Test func whenAllAreBusyTheTailGoesAfterEightMoves() {
        let cache = AnswerCache(byteLimit: 65_536)
        for number in 0..<2_000 {
            let key = Key("n\(number)")
            let before = cache.statistics.moves
            cache.put(key, payload(1, count: 50))
            #expect(cache.statistics.moves - before <= UInt64(Shard.mostMoves))
            _ = cache.get(key)
        }
        #expect(cache.statistics.evictions > 0)
        #expect(cache.faults() == [])
    }

    @Test func aNameHasNoMoreThanItsShareOfEntries() {
        let cache = AnswerCache(byteLimit: 1 << 20)
        for type in 0..<2_000 { cache.put(Key("a.example", type: UInt16(type)), [1]) }
        #expect(cache.statistics.entries == Shard.mostEntriesOfName)
        #expect(cache.has(Key("a.example", type: 1_999)) && !cache.has(Key("a.example", type: 0)))
        #expect(cache.faults() == [])
    }
}
