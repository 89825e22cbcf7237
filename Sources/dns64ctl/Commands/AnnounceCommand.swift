// `dns64ctl announce PROGRAM [--interface NAME] [--with PROGRAM] [--file NAME]`
//
// Standard output is a configuration file and nothing else, so that it can be put where it belongs; what is to be
// minded goes to standard error. A conformance of another module's type is public, hence so are these imports.

public import ArgumentParser
public import ControlProtocol

extension AnnouncingProgram: ExpressibleByArgument {}

struct AnnounceCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "announce",
        abstract: "Print the configuration by which another program makes clients find this daemon.",
        discussion: """
            radvd, networkd and dnsmasq advertise (RDNSS, and but for dnsmasq PREF64); dnsmasq, isc-dhcp and kea answer \
            DHCPv6; all but radvd answer DHCPv4, with option 108. Nothing is changed on this machine.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The program that announces.")
    var program: AnnouncingProgram
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The interface toward the clients (default: the only one that can be meant).", valueName: "name"))
    var interface: String?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Another program on the same network: of the two, one advertises and the other answers DHCP.",
            valueName: "program"))
    var with: AnnouncingProgram?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Print one file alone, by its name, such as kea-dhcp6.conf (default: all).", valueName: "name"))
    var file: String?

    func perform(_ session: Session) throws(CommandFailure) {
        let client = try session.connect()
        let reply = try client.ask(
            .announce(AnnounceRequest(program: program, interface: interface, partner: with)))
        switch reply.response {
        case .announce(let report):
            if session.json {
                // As it came, remarks and all.
                return try session.show(reply, from: client) { _ in [] }
            }
            let files = try chosen(report)
            try session.output.print(Self.lines(files))
            for remark in report.remarks { Self.complain(remark, session.output) }
        case .refused(let refusal): throw session.refused(refusal, by: reply)
        default: throw client.strange("it answered something else than was asked")
        }
    }

    private func chosen(_ report: AnnounceReport) throws(CommandFailure) -> [AnnouncedFile] {
        guard let file else { return report.files }
        let found = report.files.filter { $0.path == file || Self.name($0) == file }
        guard !found.isEmpty else {
            let names = report.files.map(Self.name).joined(separator: ", ")
            throw .usage("\(program.rawValue) has no file \(file.printable) here: \(names.printable)")
        }
        return found
    }

    /// The last part of the path.
    private static func name(_ file: AnnouncedFile) -> String {
        file.path.split(separator: "/").last.map(String.init) ?? file.path
    }

    /// Each file says in its first line which one it is; an empty line parts them. Empty lines inside stay.
    private static func lines(_ files: [AnnouncedFile]) -> [Line] {
        files.enumerated().flatMap { index, file in
            let text = file.text.hasSuffix("\n") ? file.text.dropLast() : file.text[...]
            return (index == 0 ? [] : [""])
                + text.split(separator: "\n", omittingEmptySubsequences: false).map { Line(String($0)) }
        }
    }

    /// A sentence or a few, broken into lines; commands behind them, each on a line of its own to be copied.
    private static func complain(_ remark: String, _ output: Output) {
        let parts = remark.split(separator: "\n").map(String.init)
        for (index, line) in Line.wrapped(parts.first ?? "", indent: "  ").enumerated() {
            output.complain(index == 0 ? "- " + line.text.dropFirst(2) : line.text)
        }
        for command in parts.dropFirst() { output.complain("    " + command.printable) }
    }
}
