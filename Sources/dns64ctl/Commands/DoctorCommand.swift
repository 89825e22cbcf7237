// `dns64ctl doctor`: the box, examined. Where no daemon answers, dns64d examines it by its configuration alone.

import ArgumentParser
import ControlProtocol

struct DoctorCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Examines this box and says what to do: green, yellow, red, each with its reason.",
        discussion: """
            Takes up to 10 seconds, for it listens to routers and connects to a host through the translator. Exit status 0: \
            nothing is red; 1: something is. Where no daemon answers, `dns64d --doctor` is run instead.
            """)

    @OptionGroup var common: CommonOptions
    @Option(
        name: .long,
        help: ArgumentHelp("The interface toward the clients (default: all that can be).", valueName: "name"))
    var interface: String?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "A name with IPv4 alone to reach through the translator, on TCP port 443.", valueName: "name"))
    var host: String?
    @Option(
        name: .long,
        help: ArgumentHelp("The configuration to examine by where no daemon answers.", valueName: "file"),
        completion: .file())
    var config: String?

    func perform(_ session: Session) throws(CommandFailure) {
        let report: DoctorReport
        do throws(CommandFailure) {
            let client = try session.connect(atLeastSeconds: 30)
            let reply = try client.ask(.doctor(DoctorRequest(interface: interface, host: host)))
            if case .refused(let refusal) = reply.response { throw session.refused(refusal, by: reply) }
            guard case .doctor(let found) = reply.response else {
                throw client.strange("it answered something else than was asked")
            }
            report = found
        } catch {
            guard case .noDaemon(let failure) = error, failure.isAbsence, let found = examinationWithoutDaemon() else {
                throw error
            }
            session.output.complain("dns64ctl: \(failure.message)")
            report = found
        }
        try session.summarize(report, lines: Self.lines(report))
        if report.light == .red { throw .found }
    }

    /// By `dns64d --doctor`; nil if that is not to be had.
    private func examinationWithoutDaemon() -> DoctorReport? {
        var arguments = ["--doctor"]
        if let config { arguments += ["--config", config] }
        if let interface { arguments += ["--doctor-interface", interface] }
        if let host { arguments += ["--doctor-host", host] }
        return DaemonProgram.output(arguments).flatMap { try? ControlMessage.value(DoctorReport.self, from: $0) }
    }

    // MARK: lines

    static func lines(_ report: DoctorReport) -> [Line] {
        var lines = report.checks.flatMap(self.lines)
        let counts = DoctorLight.allCases.compactMap { light -> String? in
            let count = report.checks.count { $0.light == light }
            return count == 0 ? nil : "\(count) \(light.rawValue)"
        }
        lines.append("")
        lines.append(Line("\(report.light.rawValue): \(counts.joined(separator: ", "))", emphasis(report.light)))
        return lines
    }

    private static func lines(_ check: DoctorCheck) -> [Line] {
        let mark =
            switch check.light {
            case .green: "green  "
            case .yellow: "YELLOW "
            case .red: "RED    "
            case .skipped: "-      "
            }
        let what = check.subject.map { "\(check.name) (\($0))" } ?? check.name
        var lines = Line.wrapped("\(what): \(check.finding)", indent: "       ", emphasis(check.light))
        // The mark stands in front of the first line, where the wrapped text leaves room.
        if let first = lines.first { lines[0] = Line(mark + first.text.dropFirst(7), first.emphasis) }
        for step in check.remedy {
            var wrapped = Line.wrapped(step, indent: "           ")
            if let first = wrapped.first { wrapped[0] = Line("        -> " + first.text.dropFirst(11)) }
            lines += wrapped
        }
        return lines
    }

    private static func emphasis(_ light: DoctorLight) -> Line.Emphasis {
        switch light {
        case .red: .alert
        case .yellow: .heading
        case .green, .skipped: .plain
        }
    }
}
