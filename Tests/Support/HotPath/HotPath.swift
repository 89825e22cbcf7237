// The hot path by itself: a resolver whose cache holds what is asked, and a count of what an answer takes from the
// heap.

import AllocationCounter
import AnswerCache
public import DNSMessage
import NetAddress
import Resolver
import Telemetry

/// Questions that the cache can answer.
public enum Cached: String, CaseIterable, Sendable {
    case synthesizedAAAA = "v4only.example."
    case nativeAAAA = "dual.example."
    case a = "host.example."
    case synthesizedBehindAlias = "www.example."
    case nxDomain = "none.example."

    /// The question as a client sends it, with EDNS and a cookie.
    public var query: [UInt8] {
        HotPath.query(rawValue, self == .a ? .a : .aaaa)
    }
}

/// What some rounds of a question came to.
public struct Measure: Sendable {
    public let answered: Int
    public let misses: UInt64
    public let allocations: UInt64
}

/// A resolver whose cache holds what `Cached` asks for.
public final class HotPath {
    private let counters = Counters()
    private let resolver: Resolver
    private let now = MonotonicTime(nanoseconds: 1_000_000_000_000)

    public init() {
        var dns64 = SynthesisPolicy.Values()
        dns64.excludeAAAA = IPPrefixSet(["::ffff:0:0/96"].compactMap { IPPrefix($0) })
        dns64.excludeA = Self.special
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
    public func fill() {
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

    /// The query for a name and a type.
    public static func query(_ name: String, _ type: RecordType) -> [UInt8] {
        guard let name = DomainName(name) else { return [] }
        var message = Message(query: Question(name, type), id: 1)
        message.edns = EDNS(options: [.init(code: EDNS.Option.cookie, data: [1, 2, 3, 4, 5, 6, 7, 8])])
        return message.encoded()
    }

    private static let special = ["0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4", "10.0.0.0/8", "192.168.0.0/16"].compactMap
    {
        IPPrefix($0).map {
            SynthesisPolicy.ExcludedIPv4(prefix: $0, underWellKnownPrefixOnly: true, reason: "special")
        }
    }

    /// Asks `rounds` times, after once for what is made lazily.
    public func measure(_ query: [UInt8], rounds: Int) -> Measure {
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
            return Measure(
                answered: answered, misses: counters.value(.cacheMisses) - misses, allocations: allocations)
        }
    }
}
