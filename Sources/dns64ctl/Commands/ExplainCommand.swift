// `dns64ctl explain NAME [--type TYPE] [--client ADDRESS]`

import ArgumentParser
import ControlProtocol

struct ExplainCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "How a question would be answered: each decision, its rule, its line of the configuration.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The name.")
    var name: DomainNameText
    @Option(name: .long, help: "The type of the question, such as A or TYPE65280 (default: AAAA).")
    var type: RecordTypeName?
    @Option(name: .long, help: ArgumentHelp("Who asks (default: this machine, ::1).", valueName: "address"))
    var client: ClientAddress?

    func perform(_ session: Session) throws(CommandFailure) {
        let request = ExplainRequest(name: name.text, type: type?.description ?? "AAAA", client: client?.text)
        try session.ask(.explain(request)) { response in
            guard case .explain(let report) = response else { return nil }
            return Self.lines(report)
        }
    }

    static func lines(_ report: ExplainReport) -> [Line] {
        let question = report.question
        var lines = Line.wrapped(
            "\(question.name) \(question.class) \(question.type), asked by \(report.client), policy \(report.policy)",
            indent: "", .heading)
        for (index, step) in report.steps.enumerated() { lines += self.lines(step, number: index + 1) }
        lines.append("")
        lines.append(Line("\(report.result.rcode) from \(report.result.source)", .heading))
        lines += report.result.answer.map { Line("  \($0)") }
        lines += report.result.authority.map { Line("  authority: \($0)") }
        lines += report.result.additional.map { Line("  additional: \($0)") }
        return lines
    }

    private static func lines(_ step: ExplainStep, number: Int) -> [Line] {
        let digits = String(repeating: " ", count: max(0, 3 - String(number).count)) + "\(number)"
        // The number stands in front of the first line, where the wrapped text leaves room.
        var lines = Line.wrapped("\(step.step): \(step.decision)", indent: "     ")
        if let first = lines.first { lines[0] = Line("\(digits). " + first.text.dropFirst(5)) }
        if let detail = step.detail { lines += Line.wrapped(detail, indent: "       ") }
        let because = [step.rule, step.config].compactMap { $0 }
        if !because.isEmpty { lines += Line.wrapped("(\(because.joined(separator: "; ")))", indent: "       ") }
        return lines
    }
}
