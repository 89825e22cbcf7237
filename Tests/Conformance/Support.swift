// One resolver core, one question, one answer: for rules that are clearer as code than as a scenario.

import AnswerCache
import DNSMessage
import NetAddress
import Resolver
import Telemetry

/// A resolver core with local data alone.
final class LocalResolver {
    let resolver: Resolver
    let counters = Counters()
    var now = MonotonicTime(nanoseconds: 1_000_000_000_000)

    init(_ change: (inout ResolverSettings.Values, inout SynthesisPolicy.Values) -> Void = { _, _ in }) {
        var dns64 = SynthesisPolicy.Values()
        var values = ResolverSettings.Values()
        values.allow = IPPrefixSet(["0.0.0.0/0", "::/0"].compactMap { IPPrefix($0) })
        change(&values, &dns64)
        values.policies = PolicySet(standard: SynthesisPolicy(dns64))
        resolver = Resolver(
            settings: ResolverSettings(values), cache: AnswerCache(byteLimit: 1 << 17), counters: counters,
            latency: LatencyHistogram(), random: { 1 })
    }

    /// The reply to a query's bytes; nil where there is none at once.
    func reply(to query: [UInt8], from source: String = "2001:db8::1") -> Message? {
        guard let address = IPAddress(source) else { return nil }
        let client = Client(SocketAddress(address, port: 4000), .stream)
        let bytes = query.withUnsafeBytes { query in
            withUnsafeTemporaryAllocation(byteCount: 65_535, alignment: 8) { out in
                resolver.handle(query, from: client, now: now, into: out).map { Array(out[0..<$0]) }
            }
        }
        return bytes.flatMap { try? Message(parsing: $0) }
    }

    /// The records that `name` has, as text.
    func ask(_ name: String, _ type: RecordType) -> Message? {
        guard let name = DomainName(name) else { return nil }
        return reply(to: Message(query: Question(name, type), id: 1).encoded())
    }
}

extension Message {
    var answerTexts: [String] { answers.map(\.rdataText).sorted() }
}
