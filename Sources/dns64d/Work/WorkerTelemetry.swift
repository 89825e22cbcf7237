// What a worker counts, for all to read.

internal import Logging
internal import Resolver
internal import Telemetry

struct WorkerTelemetry: Sendable {
    let counters = Counters()
    /// From a worker's wake-up to the last reply of a batch: how long answers take that ask nobody.
    let cachedLatency = LatencyHistogram()
    /// From a question's beginning to its whole answer.
    let upstreamLatency = LatencyHistogram()
    /// The names of synthesized answers; kept where a translator of ours shows them.
    let synthesizedNames: SynthesizedNames?
    let log: Logger
}
