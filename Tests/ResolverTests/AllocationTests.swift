// "No heap allocation on a cached answer: counted, in a test." That holds for optimised code: `swift test -c release
// --filter Allocations`. Without the optimiser, the standard library's own generic code (`for` over an array) takes
// memory at each step; there the test only sees to it that an answer does not cost more than such steps do.

import AllocationCounter
import AnswerCache
import DNSMessage
import NetAddress
import Resolver
import Telemetry
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

    /// What is asked, each of which the cache can answer.
    enum Cached: String, CaseIterable, Sendable {
        case synthesizedAAAA = "v4only.example."
        case nativeAAAA = "dual.example."
        case a = "host.example."
        case synthesizedBehindAlias = "www.example."
        case nxDomain = "none.example."
    }

    /// For one answer.
    #if DEBUG
        private static let allowed: UInt64 = 64
    #else
        private static let allowed: UInt64 = 0
    #endif

    @Test("A cached answer allocates nothing", arguments: Cached.allCases)
    func cached(_ cached: Cached) throws {
        let fixture = Fixture()
        fixture.fill()
        let type: RecordType = cached == .a ? .a : .aaaa
        var message = Message(query: Question(try #require(DomainName(cached.rawValue)), type), id: 1)
        message.edns = EDNS(options: [.init(code: EDNS.Option.cookie, data: [1, 2, 3, 4, 5, 6, 7, 8])])
        let query = message.encoded()
        let result = fixture.measure(query, rounds: 100)
        #expect(result.answered == 100)
        #expect(result.allocations <= Self.allowed * 100)
    }

    @Test("A question that upstream has to be asked does allocate: the measure is not blind")
    func missed() throws {
        let fixture = Fixture()
        let query = Message(query: Question(try #require(DomainName("missing.example.")), .a), id: 1).encoded()
        let result = fixture.measure(query, rounds: 1)
        #expect(result.answered == 0)
        #expect(result.allocations > 0)
    }
}

/// A resolver whose cache holds what the tests ask for.
private final class Fixture {
    let counters = Counters()
    private let resolver: Resolver
    private let now = MonotonicTime(nanoseconds: 1_000_000_000_000)

    init() {
        var dns64 = SynthesisPolicy.Values()
        dns64.excludeAAAA = IPPrefixSet(["::ffff:0:0/96"].compactMap { IPPrefix($0) })
        dns64.excludeA = SpecialRanges.all
        var off = SynthesisPolicy.Values()
        off.mode = .off
        var values = ResolverSettings.Values()
        values.allow = IPPrefixSet(["::/0"].compactMap { IPPrefix($0) })
        values.policies = PolicySet(
            classes: [(IPPrefixSet(["2001:db8:ffff::/48"].compactMap { IPPrefix($0) }), SynthesisPolicy(off))],
            standard: SynthesisPolicy(dns64))
        values.localData = LocalData(zones: [], emptyZones: EmptyZones.all)
        resolver = Resolver(
            settings: ResolverSettings(values), cache: AnswerCache(byteLimit: 1 << 20), counters: counters,
            latency: LatencyHistogram(), random: { 1 })
    }

    private static let soa = "example. 900 IN SOA ns.example. host.example. 1 2 3 4 900"
    private static let data: [(name: String, type: RecordType, answers: [String], code: ResponseCode)] = [
        ("v4only.example.", .aaaa, [], .noError),
        (
            "v4only.example.", .a, ["v4only.example. 300 IN A 192.0.2.1", "v4only.example. 300 IN A 192.0.2.2"],
            .noError
        ),
        ("dual.example.", .aaaa, ["dual.example. 300 IN AAAA 2001:db8::1"], .noError),
        ("host.example.", .a, ["host.example. 300 IN A 192.0.2.1"], .noError),
        ("none.example.", .aaaa, [], .nxDomain),
        ("www.example.", .aaaa, ["www.example. 300 IN CNAME v4only.example."], .noError),
        (
            "www.example.", .a, ["www.example. 300 IN CNAME v4only.example.", "v4only.example. 300 IN A 192.0.2.1"],
            .noError
        ),
    ]

    /// Has each question asked, and answers it as upstream would.
    func fill() {
        for entry in Self.data {
            guard let name = DomainName(entry.name) else { continue }
            _ = handle(Message(query: Question(name, entry.type), id: 7).encoded())
            while resolver.hasActions { answerAll() }
        }
    }

    private func answerAll() {
        for action in resolver.takeActions() {
            guard case .ask(let token, let ask) = action else { continue }
            var message = Message(query: Question(ask.name, ask.type), id: 0)
            message.isResponse = true
            let entry = Self.data.first { DomainName($0.name) == ask.name && $0.type == ask.type }
            message.answers = (entry?.answers ?? []).compactMap { try? Record(text: $0) }
            message.responseCode = entry?.code ?? .noError
            if message.answers.allSatisfy({ $0.type == .cname }) {
                message.authorities = [Self.soa].compactMap { try? Record(text: $0) }
            }
            resolver.answered(token, message, zone: .root, trustsAD: true, now: now)
        }
    }

    private func handle(_ query: [UInt8]) -> Int? {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { out in
            query.withUnsafeBytes { resolver.handle($0, from: Self.client, now: now, into: out) }
        }
    }

    private static let client = Client(
        SocketAddress(.v6(IPv6Address(high: 0x2001_0db8 << 32, low: 1)), port: 4000), .udp)

    /// Asks `rounds` times, after once for what is made lazily.
    func measure(_ query: [UInt8], rounds: Int) -> (answered: Int, allocations: UInt64) {
        let out = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 8)
        defer { out.deallocate() }
        let client = Self.client
        return query.withUnsafeBytes { bytes in
            if rounds > 1 { _ = resolver.handle(bytes, from: client, now: now, into: out) }
            let misses = counters.value(.cacheMisses)
            var answered = 0
            let before = allocation_counter_value()
            for _ in 0..<rounds {
                if resolver.handle(bytes, from: client, now: now, into: out) != nil { answered += 1 }
            }
            let allocations = allocation_counter_value() - before
            #expect(counters.value(.cacheMisses) - misses == (answered == rounds ? 0 : 1))
            return (answered, allocations)
        }
    }
}
