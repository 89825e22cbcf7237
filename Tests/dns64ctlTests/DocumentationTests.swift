// The examples in docs/dns64ctl.md are what the program prints. So that page is also the golden copy of every rendering.

import ArgumentParser
import ControlProtocol
import Foundation
import Testing

@testable import dns64ctl

/// A block ```console in the page: a command line, what it prints, and `$ echo $?` with the exit status if that is not 0.
struct Example: CustomTestStringConvertible {
    let arguments: [String]
    let output: String
    let status: Int32
    /// The words of the comment `<!-- daemon: ... -->` in front.
    let daemon: String

    var testDescription: String { arguments.joined(separator: " ") }

    static var page: String { get throws { try text(of: "docs/dns64ctl.md") } }

    /// A file of the project by its path from the root.
    static func text(of file: String) throws -> String {
        let here = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        let root = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent(file), encoding: .utf8)
    }

    static func all() throws -> [Example] {
        var examples: [Example] = []
        var daemon = ""
        var block: [String]?
        for line in try page.components(separatedBy: "\n") {
            if line == "```console" {
                block = []
            } else if line == "```", let lines = block {
                if let example = Example(lines, daemon: daemon) { examples.append(example) }
                (block, daemon) = (nil, "")
            } else if block != nil {
                block?.append(line)
            } else if line.hasPrefix("<!-- daemon: ") {
                daemon = String(line.dropFirst(13).dropLast(4))
            }
        }
        return examples
    }

    private init?(_ lines: [String], daemon: String) {
        guard let command = lines.first, command.hasPrefix("$ dns64ctl ") else { return nil }
        arguments = command.dropFirst(11).split(separator: " ").map(String.init)
        let question = lines.firstIndex(of: "$ echo $?")
        output = lines[1..<(question ?? lines.count)].map { $0 + "\n" }.joined()
        status = question.flatMap { Int32(lines[$0 + 1]) } ?? 0
        self.daemon = daemon
    }
}

@Suite struct DocumentationTests {
    /// Stands in the page for a file that the test makes elsewhere.
    private static let file = "/var/lib/dns64d/cache.dump"

    @Test(arguments: try Example.all())
    func examplePrints(_ example: Example) throws {
        let daemon = try FakeDaemon { request in
            switch (example.daemon, request) {
            case ("refuses", _): .answer(DocumentedDaemon.refusal)
            case ("translator is down", _): .answer(.nat64(.status(DocumentedTranslator.down)))
            case ("no translator", .nat64(.status)): .answer(.nat64(.status(DocumentedTranslator.none)))
            case ("no translator", _): .answer(.refused(.noTranslator))
            default: .answer(DocumentedDaemon.answer(request))
            }
        }
        let file = daemon.folder + "/cache.dump"
        let environment = Environment(socket: daemon.path)
        if example.arguments.first == "load" { _ = Run(["dump", file], environment: environment) }
        let run = Run(example.arguments.map { $0 == Self.file ? file : $0 }, environment: environment)
        let printed = run.all.replacingOccurrences(of: file, with: Self.file)
            .replacing(/"savedAt":\d+/, with: "\"savedAt\":1767225600")
        #expect(printed == example.output)
        #expect(run.status.rawValue == example.status)
        // Configuration errors, JSON and records are as long as they are.
        let unbounded = !Set(["--json", "-", "lookup", "sessions"]).isDisjoint(with: example.arguments)
        guard example.status == 0, !unbounded else { return }
        #expect((example.output.split(separator: "\n").map(\.count).max() ?? 0) <= 80)
    }

    /// Every subcommand has its example, and every one is described.
    @Test func everySubcommandIsThere() throws {
        let shown = Set(try Example.all().flatMap(\.arguments))
        let names = DNS64Ctl.configuration.subcommands.compactMap { $0.configuration.commandName }
        #expect(names.count == DNS64Ctl.configuration.subcommands.count)
        for name in names {
            #expect(try Example.page.contains("\n## \(name)\n"))
            #expect(shown.contains(name) || name == "completions", "no example of \(name)")
        }
    }

    @Test func everySubcommandOfNAT64IsThere() throws {
        let examples = try Example.all().map(\.arguments).filter { $0.first == "nat64" }
        for command in NAT64Command.configuration.subcommands {
            let name = try #require(command.configuration.commandName)
            #expect(try Example.page.contains("\n### nat64 \(name)\n"))
            #expect(examples.contains { $0.dropFirst().first == name }, "no example of nat64 \(name)")
        }
    }

    @Test func theManualPageHasEverySubcommand() throws {
        let page = try Example.text(of: "docs/man/dns64ctl.8")
        for command in DNS64Ctl.configuration.subcommands where command != NAT64Command.self {
            let name = try #require(command.configuration.commandName)
            #expect(page.contains("\n.It Cm \(name)"), "dns64ctl.8 lacks \(name)")
        }
        for command in NAT64Command.configuration.subcommands {
            let name = try #require(command.configuration.commandName)
            #expect(page.contains("\n.It Cm nat64 \(name)"), "dns64ctl.8 lacks nat64 \(name)")
        }
    }
}
