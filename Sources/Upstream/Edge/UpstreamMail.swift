// What reaches a worker's upstream engine from other threads: other workers' questions, their outcomes, and what came
// on streams.

/// A message to one worker's `UpstreamEngine`. The worker's own mailbox carries it; see `UpstreamEngine.receive`.
public enum UpstreamMail: Sendable {
    /// Another worker asks for a question that this one owns.
    case ask(UpstreamQuestion, worker: Int, token: UInt64)
    /// That worker doesn't want it any more.
    case cancel(worker: Int, token: UInt64)
    /// The end of a question that this worker gave to its owner.
    case outcome(token: UInt64, UpstreamOutcome)
    case streamAnswered(ExchangeID, [UInt8])
    case streamFailed(ExchangeID, ExchangeFailure)
}
