// Each command of docs/announcing.md can be typed: the program, its partner and the file are there.

import Foundation
import Testing

@testable import Announcement

@Suite struct DocumentationTests {
    private static let page: String = {
        let file = SampleFile.folder.deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("docs/announcing.md")
        return (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    }()

    /// Indented lines, without remarks behind them.
    static let commands: [String] = page.split(separator: "\n").map(String.init).filter {
        $0.hasPrefix("    dns64ctl announce ")
    }.map { line in line.split(separator: "#")[0].trimmingCharacters(in: .whitespaces) }

    @Test func thePageHasCommands() { #expect(Self.commands.count >= 10) }

    @Test(arguments: commands)
    func aCommandCanBeTyped(_ command: String) throws {
        let words = command.split(separator: " ").map(String.init)
        func value(_ option: String) -> String? {
            words.firstIndex(of: option).flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
        }
        let program = try #require(Announcer(rawValue: words[2]))
        let partner = try value("--with").map { try #require(Announcer(rawValue: $0)) }
        let files = try program.configuration(for: .sample, with: partner).files.map(\.path)
        if let file = value("--file") { #expect(files.contains { $0.hasSuffix("/" + file) }) }
        // What the shell writes is where the program looks.
        guard let target = value(">") else { return }
        #expect(files.contains(target))
        #expect(files.count == 1 || value("--file").map { target.hasSuffix("/" + $0) } == true)
    }

    /// The versions of the table are those that decide.
    @Test func versionsAreThose() {
        for (words, version) in [
            ("| radvd | yes | **", Radvd.pref64), ("| networkd | yes | systemd **", Networkd.pref64),
            ("| by name ", Dnsmasq.optionName), ("| no | no | yes | ", Kea.v6Only),
        ] {
            #expect(Self.page.contains("\(words)\(version)"), "\(words)\(version)")
        }
    }
}
