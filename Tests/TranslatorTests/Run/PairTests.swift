// The translator core against the pair files in Tests/Packets: each file is one test. Their language is told in the
// README there.

import Foundation
import Testing
import Translator

@Suite("Packet pairs")
struct PairTests {
    @Test("There are pair files")
    func folder() {
        #expect(!PairFile.all.isEmpty, "no pair file in \(PairFile.folder.path)")
    }

    @Test("Pair file", arguments: PairFile.all)
    func play(_ file: PairFile) throws {
        let text = try String(contentsOf: file.url, encoding: .utf8)
        for failure in Pairs.failures(in: text) {
            Issue.record(
                "\(file.url.lastPathComponent):\(failure.line): \(failure.description)",
                sourceLocation: SourceLocation(
                    fileID: "Packets/\(file.url.lastPathComponent)", filePath: file.url.path,
                    line: max(1, failure.line), column: 1))
        }
    }

    /// Drops that take more packets, or other packets, than a pair file can write: OffloadTests, HostileInputTests.
    private static let elsewhere: Set<String> = ["drop-bad-offload", "drop-outbox-full"]

    @Test("Every reason to drop a packet is told in some pair file")
    func drops() throws {
        let told = try PairFile.all.map { try String(contentsOf: $0.url, encoding: .utf8) }.joined(separator: "\n")
        let names = Set(
            told.split(separator: "\n").filter { $0.hasPrefix("dropped:") }
                .flatMap { $0.split { $0.isWhitespace || $0 == "," }.map(String.init) })
        for counter in TranslatorCounter.allCases where counter.isDrop && !Self.elsewhere.contains(counter.name) {
            #expect(names.contains(counter.name), "\(counter.name) is in no pair file")
        }
    }
}

/// One file of cases.
struct PairFile: CustomTestStringConvertible, Sendable {
    let url: URL
    var testDescription: String { url.lastPathComponent }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Packets")

    static let all: [PairFile] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".pairs") }.sorted().map {
            PairFile(url: folder.appendingPathComponent($0))
        }
    }()
}

/// The cases of one file.
enum Pairs {
    /// Plays each case, whatever became of those before it.
    static func failures(in text: String) -> [PairFailure] {
        do {
            let blocks = try PairBlock.read(text)
            let first = blocks.firstIndex { $0.keyword == "case" } ?? blocks.count
            if first == blocks.count { return [PairFailure(1, "there is no case in this file")] }
            var setup = PairSetup()
            var prelude: [PairBlock] = []
            for block in blocks[..<first] {
                if block.keyword == "config" { try setup.take(block) } else { prelude.append(block) }
            }
            return try split(blocks[first...]).flatMap { blocks in
                let pair = try PairCase(blocks)
                return pair.rows.compactMap { play(pair, $0, setup, prelude) }
            }
        } catch let failure as PairFailure {
            return [failure]
        } catch {
            return [PairFailure(0, "\(error)")]
        }
    }

    private static func split(_ blocks: ArraySlice<PairBlock>) -> [[PairBlock]] {
        blocks.reduce(into: []) { result, block in
            if block.keyword == "case" { result.append([block]) } else { result[result.count - 1].append(block) }
        }
    }

    private static func play(
        _ pair: PairCase, _ row: [String: String], _ common: PairSetup, _ prelude: [PairBlock]
    ) -> PairFailure? {
        let rowText = row.isEmpty ? "" : " " + row.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
        let title = "[\(pair.title.text)\(rowText)]"
        do {
            var setup = common
            for block in pair.config { try setup.take(block.substituting(row)) }
            let run = PairRun(setup)
            let steps = try (prelude + pair.steps).map { $0.substituting(row) }.flatMap { try $0.repeated() }
            for block in steps { try run.play(try PairStep(block), block.head) }
            try run.end(steps[steps.count - 1].head)
            return nil
        } catch let failure as PairFailure {
            return PairFailure(failure.line, "\(title) \(failure.description)")
        } catch {
            return pair.title.failure("\(title) \(error)")
        }
    }
}
