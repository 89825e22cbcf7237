// The resolver core against the scenario files in Tests/Scenarios: each file is one test. Their language is told in the
// README there.

import Foundation
import Testing

@Suite("Scenarios")
struct ScenarioTests {
    @Test("There are scenario files")
    func folder() {
        #expect(!ScenarioFile.all.isEmpty, "no scenario file in \(ScenarioFile.folder.path)")
    }

    @Test("Scenario file", arguments: ScenarioFile.all)
    func play(_ file: ScenarioFile) throws {
        let text = try String(contentsOf: file.url, encoding: .utf8)
        let failures = Scenarios.failures(in: text)
        for failure in failures {
            Issue.record(
                "\(file.url.lastPathComponent):\(failure.line): \(failure.description)",
                sourceLocation: SourceLocation(
                    fileID: "Scenarios/\(file.url.lastPathComponent)", filePath: file.url.path,
                    line: max(1, failure.line),
                    column: 1))
        }
    }
}

/// One file of scenarios.
struct ScenarioFile: CustomTestStringConvertible, Sendable {
    let url: URL
    var testDescription: String { url.lastPathComponent }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Scenarios")

    static let all: [ScenarioFile] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".scenario") }.sorted().map {
            ScenarioFile(url: folder.appendingPathComponent($0))
        }
    }()
}

/// The scenarios of one file.
enum Scenarios {
    /// Plays each scenario, whatever became of those before it.
    static func failures(in text: String) -> [ScenarioFailure] {
        do {
            let blocks = try ScenarioBlock.read(text)
            var common = Setup()
            let first = blocks.firstIndex { $0.keyword == "scenario" } ?? blocks.count
            for block in blocks[..<first] where !common.take(block) {
                return [block.head.failure("before the first scenario, only config, clients and zone may stand")]
            }
            if first == blocks.count { return [ScenarioFailure(1, "there is no scenario in this file")] }
            return split(blocks[first...]).compactMap { play($0, common) }
        } catch let failure as ScenarioFailure {
            return [failure]
        } catch {
            return [ScenarioFailure(0, "\(error)")]
        }
    }

    private static func split(_ blocks: ArraySlice<ScenarioBlock>) -> [[ScenarioBlock]] {
        blocks.reduce(into: []) { result, block in
            if block.keyword == "scenario" { result.append([block]) } else { result[result.count - 1].append(block) }
        }
    }

    private static func play(_ blocks: [ScenarioBlock], _ common: Setup) -> ScenarioFailure? {
        do {
            var setup = common
            let steps = Array(blocks.dropFirst().drop { $0.keyword != "reload" && setup.take($0) })
            guard !steps.isEmpty else { return blocks[0].head.failure("a scenario without steps") }
            let run = try ScenarioRun(setup)
            for block in steps { try run.play(try StepReader(block).read(), block.head) }
            try run.end(steps[steps.count - 1].head)
            return nil
        } catch let failure as ScenarioFailure {
            return ScenarioFailure(failure.line, "[\(blocks[0].head.text)] \(failure.description)")
        } catch {
            return blocks[0].head.failure("\(error)")
        }
    }
}
