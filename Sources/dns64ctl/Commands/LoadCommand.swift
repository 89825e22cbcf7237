// `dns64ctl load FILE`

import ArgumentParser
import ControlProtocol

struct LoadCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Put into the cache what `dump` wrote and is still good.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The file; - for standard input.", completion: .file())
    var file: String

    /// What `--json` prints.
    struct Summary: Codable, Hashable {
        var file: String
        /// Now in the cache.
        var accepted: UInt64 = 0
        /// Not taken by the daemon.
        var rejected: UInt64 = 0
        /// Not sent: their time was over.
        var expired = 0
        /// Not sent: larger than a request may be.
        var tooLarge = 0
        var problems: [String] = []
    }

    func perform(_ session: Session) throws(CommandFailure) {
        let dump = try DumpFile.read(file)
        let client = try session.connect()
        var summary = Summary(file: file)
        var batch = LoadBatch(ageSeconds: dump.ageSeconds(at: DumpFile.now))
        for line in dump.entries {
            let entry = try dump.entry(line)
            switch try batch.add(entry) {
            case .added: break
            case .expired: summary.expired += 1
            case .tooLarge: summary.tooLarge += 1
            case .full:
                try send(batch.take(), client, session, &summary)
                _ = try batch.add(entry)
            }
        }
        if !batch.isEmpty { try send(batch.take(), client, session, &summary) }
        try session.summarize(summary, lines: Self.lines(summary))
    }

    private func send(
        _ request: LoadRequest, _ client: ControlClient, _ session: Session, _ summary: inout Summary
    ) throws(CommandFailure) {
        let reply = try client.ask(.load(request))
        switch reply.response {
        case .load(let report):
            summary.accepted += report.accepted
            summary.rejected += report.rejected
            summary.problems += report.problems
        case .refused(let refusal): throw session.refused(refusal, by: reply)
        default: throw client.strange("it answered something else than was asked")
        }
    }

    static func lines(_ summary: Summary) -> [Line] {
        var lines = [Line("loaded \(Quantity.plural(summary.accepted, "answer", "answers")) from \(summary.file)")]
        for (count, what) in [
            (UInt64(summary.expired), "were expired"), (summary.rejected, "were not taken by the daemon"),
            (UInt64(summary.tooLarge), "were larger than a request may be"),
        ] where count > 0 {
            lines.append(Line("  \(Quantity.count(count)) \(what)"))
        }
        return lines + summary.problems.map { Line("  \($0)") }
    }
}
