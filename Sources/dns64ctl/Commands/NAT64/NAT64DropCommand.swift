// `dns64ctl nat64 drop FILTERS`, `nat64 drop --all`

import ArgumentParser
import ControlProtocol

struct NAT64DropCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop", abstract: "End sessions, and with the last of each the binding.",
        discussion: "Static bindings stay. Several filters: those for which all of them hold.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var filter: NAT64SessionFilter
    @Flag(name: .long, help: "All sessions.")
    var all = false

    func validate() throws {
        if all, filter.selection != .all { throw ValidationError("--all and the filters exclude each other.") }
        if !all, filter.selection == .all {
            throw ValidationError("Say which sessions: --client, --remote, --public, --proto or --all.")
        }
    }

    func perform(_ session: Session) throws(CommandFailure) {
        try session.ask(.nat64(.drop(NAT64DropRequest(selection: filter.selection)))) { response in
            guard case .nat64(.drop(let report)) = response else { return nil }
            return [Line("ended \(Quantity.plural(report.dropped, "session", "sessions"))")]
        }
    }
}
