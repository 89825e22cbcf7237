// `dns64ctl lookup NAME [TYPE]`

import ArgumentParser
import ControlProtocol

struct LookupCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "lookup", abstract: "What the cache holds for a name. Nothing is asked upstream.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The name.")
    var name: DomainNameText
    @Argument(help: "One type, such as AAAA or TYPE65280; all if left out.")
    var type: RecordTypeName?

    func perform(_ session: Session) throws(CommandFailure) {
        try session.ask(.lookup(LookupRequest(name: name.text, type: type?.description))) { response in
            guard case .lookup(let report) = response else { return nil }
            return lines(report)
        }
    }

    func lines(_ report: LookupReport) -> [Line] {
        guard !report.entries.isEmpty else {
            return [Line("the cache holds nothing for \(name.text)" + (type.map { " \($0)" } ?? ""))]
        }
        return report.entries.flatMap(Self.lines)
    }

    private static func lines(_ entry: CacheEntry) -> [Line] {
        var remarks = [entry.rcode]
        if entry.negative { remarks.append("negative") }
        if entry.dnssecOK { remarks.append("DO") }
        if entry.checkingDisabled { remarks.append("CD") }
        let lifetime = Quantity.count(entry.lifetimeSeconds)
        remarks.append(
            entry.stale ? "stale (had \(lifetime) s)" : "\(Quantity.count(entry.ttlSeconds)) of \(lifetime) s left")
        var lines = [
            Line("\(entry.name) \(entry.class) \(entry.type): \(remarks.joined(separator: ", "))", .heading)
        ]
        lines += entry.records.map { Line("  \($0)") }
        lines += entry.authority.map { Line("  authority: \($0)") }
        return lines
    }
}
