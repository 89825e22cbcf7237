import ControlProtocol
import Foundation
import Testing

@testable import dns64ctl

@Suite struct DumpAndLoadTests {
    private let folder: String
    private var file: String { folder + "/cache.dump" }

    init() throws { folder = try TemporaryFolder.make() }

    private func write(_ text: String) throws { try text.write(toFile: file, atomically: false, encoding: .utf8) }

    private func run(_ daemon: FakeDaemon, _ arguments: String...) -> Run {
        Run(arguments, environment: Environment(socket: daemon.path))
    }

    /// Ten thousand answers, a thousand a page, one of them too large for a request.
    private static func large() throws -> (daemon: FakeDaemon, entries: [DumpEntry]) {
        var entries = (0..<10_000).map {
            DumpEntry(
                name: "n\($0).example.", type: "A", dnssecOK: $0 % 2 == 0, rcode: "NOERROR", ttlSeconds: 1000,
                answer: ["n\($0).example. 1000 IN TXT \"\\226\\128 \\\"quoted\\\" ü \($0)\""])
        }
        entries[5000].answer = [String(repeating: "x", count: 70_000)]
        let all = entries
        let daemon = try FakeDaemon { request in
            switch request {
            case .dump(let page):
                let start = page.after.flatMap(Int.init) ?? 0
                let end = min(start + page.limit, all.count)
                return .answer(
                    .dump(DumpPage(entries: Array(all[start..<end]), next: end < all.count ? "\(end)" : nil)))
            case .load(let batch): return .answer(.load(LoadReport(accepted: UInt64(batch.entries.count), rejected: 0)))
            default: return .closes
            }
        }
        return (daemon, entries)
    }

    @Test func whatIsDumpedLoadsBack() throws {
        defer { TemporaryFolder.remove(folder) }
        let (daemon, entries) = try Self.large()
        #expect(run(daemon, "dump", file).output == "wrote 10,000 answers to \(file)\n")
        let load = run(daemon, "load", file, "--json")
        #expect(load.status == .done, "\(load.errors)")
        let summary = try JSONDecoder().decode(LoadCommand.Summary.self, from: Data(load.output.utf8))
        #expect(summary.accepted == 9999)
        #expect(summary.tooLarge == 1)
        let loaded = daemon.requests.flatMap { request in
            if case .load(let batch) = request { batch.entries } else { [] as [DumpEntry] }
        }
        var expected = entries
        expected.remove(at: 5000)
        #expect(loaded == expected)
    }

    @Test func theTimeBetweenIsTakenOff() throws {
        defer { TemporaryFolder.remove(folder) }
        let entry = DumpEntry(name: "a.", type: "A", rcode: "NOERROR", ttlSeconds: 1000)
        var short = entry
        short.ttlSeconds = 90
        let lines =
            try DumpFile.header(savedAt: DumpFile.now - 100) + DumpFile.lines([entry, short])
            + DumpFile.footer(entries: 2)
        try write(String(decoding: lines, as: UTF8.self))
        let daemon = try FakeDaemon { .answer(DocumentedDaemon.answer($0)) }
        #expect(run(daemon, "load", file).output.contains("1 were expired"))
        guard case .load(let batch) = try #require(daemon.requests.first) else { return #expect(Bool(false)) }
        #expect(batch.entries == [entry])
        #expect((100...160).contains(batch.ageSeconds))
    }

    @Test func aClockThatWentBackMakesNothingYounger() throws {
        let content = try DumpFile.header(savedAt: DumpFile.now + 5000) + DumpFile.footer(entries: 0)
        #expect(try DumpFile(name: "x", content: content).ageSeconds(at: DumpFile.now) == 0)
    }

    @Test(arguments: [
        "", "hello\n", "{}\n", #"{"format":"other","savedAt":1,"version":1}"# + "\n" + #"{"entries":0}"#,
        #"{"format":"dns64d-cache","savedAt":1,"version":2}"# + "\n" + #"{"entries":0}"#,
        #"{"format":"dns64d-cache","savedAt":1,"version":1}"#,
        #"{"format":"dns64d-cache","savedAt":1,"version":1}"# + "\n" + #"{"entries":1}"#,
    ])
    func aFileThatIsNoneIsWrongUsage(_ content: String) throws {
        defer { TemporaryFolder.remove(folder) }
        try write(content)
        let daemon = try FakeDaemon { .answer(DocumentedDaemon.answer($0)) }
        let run = run(daemon, "load", file)
        #expect(run.status == .usage)
        #expect(run.errors.contains(file))
        #expect(daemon.requests.isEmpty)
    }

    @Test func aBadLineIsNamed() throws {
        defer { TemporaryFolder.remove(folder) }
        let header = #"{"format":"dns64d-cache","savedAt":\#(DumpFile.now),"version":1}"#
        try write(header + "\n{\"name\":7}\n{\"entries\":1}\n")
        let daemon = try FakeDaemon { .answer(DocumentedDaemon.answer($0)) }
        let run = run(daemon, "load", file)
        #expect(run.status == .refused)
        #expect(run.errors.contains("\(file):2:"))
    }

    /// The daemon goes away half-way: what was there stays, and nothing is left beside it.
    @Test func anUnfinishedDumpChangesNothing() throws {
        defer { TemporaryFolder.remove(folder) }
        try write("old")
        let daemon = try FakeDaemon { request in
            guard case .dump(let page) = request, page.after == nil else { return .closes }
            return .answer(.dump(DumpPage(entries: [], next: "1")))
        }
        #expect(run(daemon, "dump", file).status == .noDaemon)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "old")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["cache.dump"])
    }

    @Test func aFullDiskIsAnError() throws {
        defer { TemporaryFolder.remove(folder) }
        let daemon = try FakeDaemon { .answer(DocumentedDaemon.answer($0)) }
        let run = run(daemon, "dump", "/dev/full")
        #expect(run.status == .refused)
        #expect(run.errors.contains("/dev/full: No space left on device"))
        #expect(FileManager.default.fileExists(atPath: "/dev/full"))
    }

    @Test func aMissingFolderIsWrongUsage() throws {
        defer { TemporaryFolder.remove(folder) }
        let daemon = try FakeDaemon { .answer(DocumentedDaemon.answer($0)) }
        let run = run(daemon, "dump", folder + "/none/cache.dump")
        #expect(run.status == .usage)
        #expect(run.errors.contains("No such file or directory"))
    }

    /// A link keeps pointing at the file, the file keeps its rights, and what a killed run left is no hindrance.
    @Test func theFileBehindALinkIsReplaced() throws {
        defer { TemporaryFolder.remove(folder) }
        try write("old")
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
        try "left".write(toFile: file + ".tmp", atomically: false, encoding: .utf8)
        let link = folder + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
        let daemon = try FakeDaemon { .answer(DocumentedDaemon.answer($0)) }
        #expect(run(daemon, "dump", link).status == .done)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == file)
        #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix(#"{"format":"dns64d-cache""#))
        let rights = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(rights == 0o640)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["cache.dump", "link"])
    }

    @Test func pagesWithoutEndAreNoticed() throws {
        defer { TemporaryFolder.remove(folder) }
        let daemon = try FakeDaemon { _ in .answer(.dump(DumpPage(entries: [], next: "same"))) }
        let run = run(daemon, "dump", "-")
        #expect(run.status == .noDaemon)
        #expect(run.errors.contains("no end"))
    }
}
