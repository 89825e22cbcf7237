// `dns64ctl explain`: each decision on the way to an answer, with the rule and the line of the configuration that made
// it.

/// A question and who asks it.
public struct ExplainRequest: Codable, Hashable, Sendable {
    /// In presentation format, with or without the final dot.
    public var name: String
    /// `AAAA`, `TYPE65280`.
    public var type: String
    /// The address of the client to stand in for; absent for the loopback address.
    public var client: String?

    public init(name: String, type: String, client: String? = nil) {
        self.name = name
        self.type = type
        self.client = client
    }
}

/// How a question is answered, and why.
public struct ExplainReport: Codable, Hashable, Sendable {
    /// What was asked.
    public var question: ExplainedQuestion
    /// For whom.
    public var client: String
    /// The label of the policy that fits the client.
    public var policy: String
    /// In the order in which they were taken.
    public var steps: [ExplainStep]
    /// What the client would get.
    public var result: ExplainResult

    public init(
        question: ExplainedQuestion, client: String, policy: String, steps: [ExplainStep], result: ExplainResult
    ) {
        self.question = question
        self.client = client
        self.policy = policy
        self.steps = steps
        self.result = result
    }
}

/// A question.
public struct ExplainedQuestion: Codable, Hashable, Sendable {
    /// With the final dot.
    public var name: String
    /// `AAAA`.
    public var type: String
    /// `IN`.
    public var `class`: String

    public init(name: String, type: String, `class`: String = "IN") {
        self.name = name
        self.type = type
        self.class = `class`
    }
}

/// One decision.
public struct ExplainStep: Codable, Hashable, Sendable {
    /// The step that took it: `admit`, `local`, `lookup`, `synthesize`, `answer`.
    public var step: String
    /// What was decided, in a few words.
    public var decision: String
    /// What demands it: `RFC 6147 5.1.4`.
    public var rule: String?
    /// The line that made it, `/etc/dns64d/dns64d.yaml:12`, or `default`.
    public var config: String?
    /// What it was decided upon.
    public var detail: String?

    public init(step: String, decision: String, rule: String? = nil, config: String? = nil, detail: String? = nil) {
        self.step = step
        self.decision = decision
        self.rule = rule
        self.config = config
        self.detail = detail
    }
}

/// What the client would get.
public struct ExplainResult: Codable, Hashable, Sendable {
    /// `NOERROR`.
    public var rcode: String
    /// The answer section in presentation format.
    public var answer: [String]
    /// The authority section.
    public var authority: [String]
    /// The additional section, OPT aside.
    public var additional: [String]
    /// `cache`, `local`, `upstream`, `synthesized`.
    public var source: String

    public init(
        rcode: String, answer: [String] = [], authority: [String] = [], additional: [String] = [], source: String
    ) {
        self.rcode = rcode
        self.answer = answer
        self.authority = authority
        self.additional = additional
        self.source = source
    }
}
