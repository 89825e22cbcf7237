// `dns64ctl nat64 sessions [FILTERS] [--limit NUMBER] [--numeric]`

import ArgumentParser
import ControlProtocol

struct NAT64SessionsCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions",
        abstract: "The translator's sessions, with the names that led to the remote addresses.",
        discussion: "Several filters: those for which all of them hold.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var filter: NAT64SessionFilter
    @OptionGroup var limit: RowLimit
    @Flag(name: .long, help: "Addresses in place of names.")
    var numeric = false

    func perform(_ session: Session) throws(CommandFailure) {
        var result = NAT64SessionPage(sessions: [])
        let selection = filter.selection
        result.next = try session.pages(upTo: limit.rows) { client, after, limit throws(CommandFailure) in
            let request = NAT64PageRequest(selection: selection, after: after, limit: limit)
            let reply = try client.ask(.nat64(.sessions(request)))
            guard case .nat64(.sessions(let page)) = reply.response else {
                throw session.unexpected(reply, from: client)
            }
            result.sessions += page.sessions
            result.total = page.total
            return (page.sessions.count, page.next)
        }
        try session.summarize(result, lines: lines(result))
    }

    func lines(_ page: NAT64SessionPage) -> [Line] {
        var table = TextTable(
            .left("proto"), .left("client"), .left("public"), .left("state"), .right("expires"), .left("remote"))
        for row in page.sessions {
            let name = numeric ? nil : row.name
            table.add(
                row.proto, "[\(row.client)]:\(row.clientPort)", "\(row.public):\(row.publicPort)", row.state ?? "-",
                Quantity.span(seconds: row.remainingSeconds), "\(name ?? row.remote):\(row.remotePort)")
        }
        return (page.sessions.isEmpty ? [] : table.lines())
            + Session.remainder(
                shown: page.sessions.count, next: page.next, total: page.total,
                isFiltered: filter.selection != .all, "session", "sessions")
    }
}
