// `dns64ctl dump FILE`

import ArgumentParser
import ControlProtocol

struct DumpCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump", abstract: "Write the whole cache to a file that `load` reads back.",
        discussion: "The file takes the place of an older one only when it is whole and on the disk.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The file; - for standard output.", completion: .file())
    var file: String

    /// What `--json` prints, unless the dump itself goes to standard output.
    struct Summary: Codable, Hashable {
        var file: String
        var entries: Int
    }

    /// Entries that are asked for at a time.
    static let pageSize = 1000

    func perform(_ session: Session) throws(CommandFailure) {
        // Whether there is a daemon and it lets us is known before the file is touched.
        let client = try session.connect()
        let first = try Self.page(after: nil, client, session)
        guard file != "-" else {
            _ = try Self.dump(first, client, session, write: session.output.write)
            return
        }
        let target = try ReplacedFile(path: file)
        let entries = try Self.dump(first, client, session, write: target.write)
        try target.commit()
        try session.summarize(
            Summary(file: file, entries: entries),
            lines: [Line("wrote \(Quantity.plural(entries, "answer", "answers")) to \(file)")])
    }

    private static func dump(
        _ first: DumpPage, _ client: ControlClient, _ session: Session,
        write: ([UInt8]) throws(CommandFailure) -> Void
    ) throws(CommandFailure) -> Int {
        try write(try DumpFile.header(savedAt: DumpFile.now))
        var page = first
        var count = 0
        while true {
            try write(try DumpFile.lines(page.entries))
            count += page.entries.count
            guard let next = page.next else { break }
            page = try self.page(after: next, client, session)
        }
        try write(try DumpFile.footer(entries: count))
        return count
    }

    private static func page(
        after mark: String?, _ client: ControlClient, _ session: Session
    ) throws(CommandFailure) -> DumpPage {
        let reply = try client.ask(.dump(DumpRequest(after: mark, limit: pageSize)))
        switch reply.response {
        case .dump(let page):
            if let mark, page.next == mark { throw client.strange("its pages have no end") }
            return page
        case .refused(let refusal): throw session.refused(refusal, by: reply)
        default: throw client.strange("it answered something else than was asked")
        }
    }
}
