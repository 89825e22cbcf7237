// What `dns64ctl explain` is told: each decision on the way, with the rule and the configuration line that made it.

import AnswerCache
import DNSMessage
import NetAddress
import Resolver
import Telemetry
import Testing

@Suite("Explanations")
struct ExplainTests {
    private static let now = MonotonicTime(nanoseconds: 1_000_000_000_000)

    /// Explains an AAAA question over local data.
    private func explain(
        _ name: String, _ records: [String], client: String = "2001:db8::1",
        _ change: (inout ResolverSettings.Values, inout SynthesisPolicy.Values) -> Void = { _, _ in }
    ) throws -> Explanation {
        let soa = "z.test. 300 IN SOA a. b. 1 2 3 4 60"
        let zone = try LocalZone(
            apex: try #require(DomainName("z.test.")), records: try ([soa] + records).map { try Record(text: $0) })
        var values = ResolverSettings.Values()
        var dns64 = SynthesisPolicy.Values()
        dns64.excludeA = SpecialRanges.all
        for key in ["mode", "exclude-a", "exclude-aaaa", "exclude-names", "prefixes"] {
            dns64.origins[key] = "f.yaml:\(key)"
        }
        values.allow = IPPrefixSet(["2001:db8::/32"].compactMap { IPPrefix($0) })
        values.allowOrigin = "f.yaml:3"
        values.localData = LocalData(zones: [zone])
        change(&values, &dns64)
        values.policies = PolicySet(standard: SynthesisPolicy(dns64))
        let resolver = Resolver(
            settings: ResolverSettings(values), cache: AnswerCache(byteLimit: 1 << 17), counters: Counters(),
            latency: LatencyHistogram(), random: { 1 })
        let question = Question(try #require(DomainName(name)), .aaaa)
        resolver.explain(question, client: try #require(IPAddress(client)), token: 7, now: Self.now)
        guard case .explained(let explanation, 7)? = resolver.takeActions().first else {
            throw ScenarioFailure(0, "no explanation came")
        }
        return explanation
    }

    private func step(_ explanation: Explanation, _ step: String) -> Explanation.Step? {
        explanation.steps.first { $0.step == step }
    }

    @Test("A synthesized answer: who, which policy, what was found, what was decided, what came of it")
    func synthesized() throws {
        let explanation = try explain("a.z.test.", ["a.z.test. 300 IN A 192.0.2.1"])
        #expect(explanation.responseCode == .noError)
        #expect(explanation.answers == ["a.z.test. 60 IN AAAA 64:ff9b::c000:201"])
        #expect(step(explanation, "client")?.config == "f.yaml:3")
        #expect(step(explanation, "policy")?.config == "f.yaml:mode")
        #expect(step(explanation, "decision")?.rule == "RFC 6147 5.1.6")
        #expect(step(explanation, "TTL")?.decision.contains("60 s") == true)
        #expect(step(explanation, "address")?.decision == "192.0.2.1 becomes 64:ff9b::c000:201")
        #expect(step(explanation, "address")?.config == "f.yaml:prefixes")
    }

    @Test("An address that is not synthesized: which range, by which rule and line")
    func excluded() throws {
        let explanation = try explain("a.z.test.", ["a.z.test. 300 IN A 10.0.0.1"])
        #expect(explanation.answers.isEmpty)
        #expect(step(explanation, "decision")?.config == "f.yaml:exclude-a")
        let address = try #require(step(explanation, "address"))
        #expect(
            address.rule == "RFC 6052 3.1" && address.detail == "10.0.0.0/8" && address.config == "f.yaml:exclude-a")
    }

    @Test("A native answer, an excluded name, mode off")
    func others() throws {
        let native = try explain("a.z.test.", ["a.z.test. 300 IN AAAA 2001:db8::5"])
        #expect(step(native, "decision")?.rule == "RFC 6147 5.1.1")
        let name = try explain("a.z.test.", ["a.z.test. 300 IN A 192.0.2.1"]) {
            $1.excludeNames = ["z.test."].compactMap { DomainName($0) }
        }
        #expect(step(name, "decision")?.config == "f.yaml:exclude-names")
        let off = try explain("a.z.test.", ["a.z.test. 300 IN A 192.0.2.1"]) { $1.mode = .off }
        #expect(step(off, "decision")?.config == "f.yaml:mode")
        #expect(off.answers.isEmpty && name.answers.isEmpty)
    }

    @Test("A client that may not ask is told so")
    func stranger() throws {
        let explanation = try explain("a.z.test.", ["a.z.test. 300 IN A 192.0.2.1"], client: "203.0.113.1")
        #expect(step(explanation, "client")?.decision.contains("refused") == true)
    }
}
