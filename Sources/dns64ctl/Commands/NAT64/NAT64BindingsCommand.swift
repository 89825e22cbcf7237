// `dns64ctl nat64 bindings [FILTERS] [--limit NUMBER]`

import ArgumentParser
import ControlProtocol

struct NAT64BindingsCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "bindings", abstract: "Which client has which public address and port.",
        discussion: "Several filters: those for which all of them hold.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var filter: NAT64BindingFilter
    @OptionGroup var limit: RowLimit

    func perform(_ session: Session) throws(CommandFailure) {
        var result = NAT64BindingPage(bindings: [])
        let selection = filter.selection
        result.next = try session.pages(upTo: limit.rows) { client, after, limit throws(CommandFailure) in
            let request = NAT64PageRequest(selection: selection, after: after, limit: limit)
            let reply = try client.ask(.nat64(.bindings(request)))
            guard case .nat64(.bindings(let page)) = reply.response else {
                throw session.unexpected(reply, from: client)
            }
            result.bindings += page.bindings
            result.total = page.total
            return (page.bindings.count, page.next)
        }
        try session.summarize(result, lines: lines(result))
    }

    func lines(_ page: NAT64BindingPage) -> [Line] {
        var table = TextTable(
            .left("proto"), .left("public"), .left("kind"), .right("sessions"), .left("client"))
        for row in page.bindings {
            table.add(
                row.proto, "\(row.public):\(row.publicPort)", row.isStatic ? "static" : "dynamic",
                Quantity.count(row.sessions), "[\(row.client)]:\(row.clientPort)")
        }
        return (page.bindings.isEmpty ? [] : table.lines())
            + Session.remainder(
                shown: page.bindings.count, next: page.next, total: page.total,
                isFiltered: filter.selection != .all, "binding", "bindings")
    }
}
