// `dns64ctl nat64 test HOST [--port 443] [--no-trace]`

import ArgumentParser
import ControlProtocol

struct NAT64TestCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Connects to a host through the translator, as a client does, and says where that ends.",
        discussion: """
            Takes up to 9 seconds. A host that refuses the connection is proof, too: packets get there and back. Exit \
            status 1: it does not work.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A name, or an IPv4 address.")
    var host: DomainNameText
    @Option(name: .long, help: ArgumentHelp("The TCP port to connect to (default: 443).", valueName: "number"))
    var port: UInt16?
    @Flag(name: .long, help: "Leave out the routers on the way.")
    var noTrace = false

    mutating func validate() throws {
        if port == 0 { throw ValidationError("--port: 1 to 65535") }
    }

    func perform(_ session: Session) throws(CommandFailure) {
        let client = try session.connect(atLeastSeconds: 12)
        let reply = try client.ask(
            .nat64(.test(NAT64TestRequest(host: host.text, port: port ?? 443, trace: !noTrace))))
        var works = true
        try session.show(reply, from: client) { response in
            guard case .nat64(.test(let report)) = response else { return nil }
            works = report.works
            return Self.lines(report)
        }
        if !works { throw .found }
    }

    // MARK: lines

    static func lines(_ report: NAT64TestReport) -> [Line] {
        var lines = report.steps.flatMap(self.lines)
        if !report.hops.isEmpty { lines += [""] + table(report.hops) }
        lines.append("")
        let result =
            report.works
            ? Line("it works: \(report.host) is reached through the translator", .heading)
            : Line("it does not work: \(report.host) is not reached through the translator", .alert)
        return lines + [result]
    }

    private static func lines(_ step: NAT64TestStep) -> [Line] {
        let span = step.milliseconds.map { ", \(Self.span($0))" } ?? ""
        var lines = Line.wrapped(
            "\(step.step): \(step.finding)\(span)", indent: "       ", step.works ? .plain : .alert)
        // The mark stands in front of the first line, where the wrapped text leaves room.
        if let first = lines.first {
            lines[0] = Line((step.works ? "ok     " : "FAILED ") + first.text.dropFirst(7), first.emphasis)
        }
        for advice in step.remedy?.split(separator: "\n") ?? [] {
            var wrapped = Line.wrapped(String(advice), indent: "           ")
            if let first = wrapped.first { wrapped[0] = Line("        -> " + first.text.dropFirst(11)) }
            lines += wrapped
        }
        return lines
    }

    private static func table(_ hops: [NAT64TestHop]) -> [Line] {
        var table = TextTable(.right("hop"), .left("router"), .left("as an IPv4 address"), .right("answered in"))
        for hop in hops {
            table.add(
                "\(hop.number)", hop.address ?? "no answer", hop.address4 ?? "",
                hop.milliseconds.map(Self.span) ?? "")
        }
        return table.lines()
    }

    private static func span(_ milliseconds: Double) -> String { Quantity.span(microseconds: milliseconds * 1000) }
}
