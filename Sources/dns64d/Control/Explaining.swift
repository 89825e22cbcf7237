// explain: the question goes to a worker, and its explanation comes back.

internal import ControlProtocol
internal import DNSMessage
internal import NetAddress
internal import Resolver

extension Daemon {
    func explain(_ what: ExplainRequest, _ reply: @escaping @Sendable (ControlResponse) -> Void) {
        guard let name = DomainName(what.name) else { return reply(Self.noName(what.name)) }
        guard let type = RecordType(what.type), !type.isMeta else { return reply(Self.noType(what.type)) }
        let address = what.client ?? "::1"
        guard let client = IPAddress(address) else {
            return reply(.refused(Refusal(code: .invalid, message: "\"\(address)\" is not an IP address")))
        }
        mailboxes.post(
            .run { worker in
                worker.explain(Question(name, type), client: client) { reply(.explain(ExplainReport($0))) }
            }, to: 0)
    }
}

extension ExplainReport {
    init(_ explanation: Explanation) {
        func optional(_ text: String) -> String? { text.isEmpty ? nil : text }
        self.init(
            question: ExplainedQuestion(
                name: explanation.question.name.description, type: explanation.question.type.description),
            client: explanation.client.description, policy: explanation.policy,
            steps: explanation.steps.map { step in
                ExplainStep(
                    step: step.step, decision: step.decision, rule: optional(step.rule), config: optional(step.config),
                    detail: optional(step.detail))
            },
            result: ExplainResult(
                rcode: explanation.responseCode.description, answer: explanation.answers,
                source: Self.source(explanation.source)))
    }

    /// `answered-from-cache` is the counter; here it is `cache`.
    private static func source(_ counter: String) -> String {
        for prefix in ["answered-from-", "answered-"] where counter.hasPrefix(prefix) {
            return String(counter.dropFirst(prefix.count))
        }
        return counter
    }
}
