// `dns64ctl top`

import ArgumentParser
import ControlProtocol

struct TopCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Who asks what, and what becomes of it, once a second. Ctrl-C ends it.")

    @OptionGroup var common: CommonOptions
    @Option(
        name: [.customShort("n"), .long],
        help: "How many names, clients and reasons (default: 10, or what the terminal has room for).")
    var rows: Int?
    @Option(name: .long, help: ArgumentHelp("End after so many snapshots.", valueName: "number"))
    var count: Int?
    @Flag(name: .long, help: "One snapshot: the same as --count 1.")
    var once = false

    func validate() throws {
        if let rows, !(1...1000).contains(rows) { throw ValidationError("--rows: 1 to 1000") }
        if let count, count < 1 { throw ValidationError("--count: at least 1") }
        if once, count != nil { throw ValidationError("--once and --count exclude each other.") }
    }

    func perform(_ session: Session) throws(CommandFailure) {
        let client = try session.connect()
        let live = session.output.isTerminal && !session.json && !once
        try client.send(.top(TopRequest(rows: rows ?? Self.rows(fitting: live ? session.output.height() : nil))))
        var remaining = once ? 1 : count
        var first = true
        while remaining != 0 {
            try show(try client.receive(), from: client, session, live: live, first: first)
            first = false
            remaining = remaining.map { $0 - 1 }
        }
    }

    private func show(
        _ reply: Reply, from client: ControlClient, _ session: Session, live: Bool, first: Bool
    ) throws(CommandFailure) {
        if session.json, case .top = reply.response {
            try session.output.print(JSONLayout.line(JSONLayout.payload(of: reply.body)))
            return
        }
        if live { try session.output.write(Array(Self.clearScreen.utf8)) }
        try session.show(reply, from: client) { response in
            guard case .top(let snapshot) = response else { return nil }
            return (first || live ? [] : [""]) + Self.lines(snapshot)
        }
    }

    /// ECMA-48: the cursor to the upper left corner, everything behind it erased.
    private static let clearScreen = "\u{1B}[H\u{1B}[J"

    /// A heading, and three tables with a heading and an empty line each, above the line with the cursor.
    private static func rows(fitting height: Int?) -> Int {
        guard let height else { return 10 }
        return max(1, (height - 8) / 3)
    }

    static func lines(_ snapshot: TopSnapshot) -> [Line] {
        let rate = Quantity.tenths(snapshot.queriesPerSecond)
        var lines = [Line("\(rate) queries a second, over \(Quantity.tenths(snapshot.periodSeconds)) s", .heading)]
        for (title, counts) in [("name", snapshot.names), ("client", snapshot.clients), ("reason", snapshot.reasons)] {
            var table = TextTable(.right("count"), .left(title))
            for item in counts { table.add(Quantity.count(item.count), item.name) }
            lines += [""] + table.lines()
        }
        return lines
    }
}
