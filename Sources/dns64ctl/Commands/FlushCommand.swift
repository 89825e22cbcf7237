// `dns64ctl flush`, `flush NAME`, `flush NAME --type TYPE`, `flush --zone NAME`, `flush --negative`

import ArgumentParser
import ControlProtocol

struct FlushCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "flush",
        abstract: "Forget what the cache holds: everything, a name, a zone, or what does not exist.",
        discussion: "Without arguments everything is forgotten.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "Forget this name alone.")
    var name: DomainNameText?
    @Option(name: .long, help: "Of the name, forget this type alone, such as AAAA or TYPE65280.")
    var type: RecordTypeName?
    @Option(name: .long, help: ArgumentHelp("Forget this name and all names under it.", valueName: "name"))
    var zone: DomainNameText?
    @Flag(name: .long, help: "Forget all answers that say that something does not exist.")
    var negative = false

    func validate() throws {
        let scopes = [name != nil, zone != nil, negative].filter { $0 }.count
        if scopes > 1 { throw ValidationError("NAME, --zone and --negative exclude each other.") }
        if type != nil, name == nil { throw ValidationError("--type needs a NAME.") }
    }

    var request: FlushRequest {
        if let name { return .name(name.text, type: type?.description) }
        if let zone { return .zone(zone.text) }
        return negative ? .negative : .everything
    }

    func perform(_ session: Session) throws(CommandFailure) {
        try session.ask(.flush(request)) { response in
            guard case .flush(let report) = response else { return nil }
            return [Line("removed \(Quantity.plural(report.removed, "answer", "answers"))")]
        }
    }
}
