// A script in the place of Jool's client. It keeps in files what the module would keep, answers as the client of 4.1.9
// does, and misbehaves as a file beside it says.

import Foundation
import Testing

/// A folder with the program `jool` in it.
struct JoolStandIn {
    let house: House
    let folder: String
    var program: String { folder + "/jool" }

    /// How it misbehaves.
    enum Mode: String, CaseIterable {
        /// It heeds no SIGTERM, and what it started holds its output open.
        case hang
        case crash
        case garbage
        case empty
        case unloaded
        case lacks
        case version
        case norights
        case endless
        case unknown
        /// The program is not there.
        case deleted
    }

    init(_ house: House) throws {
        self.house = house
        let name = "jool\(house.number())"
        folder = house.path(name)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try house.script(name + "/jool", Self.script)
    }

    /// nil: it does its work again.
    func set(_ mode: Mode?) throws {
        let away = folder + "/away"
        if mode == .deleted {
            rename(program, away)
        } else {
            rename(away, program)
            if let mode {
                try mode.rawValue.write(toFile: folder + "/mode", atomically: true, encoding: .utf8)
            } else {
                unlink(folder + "/mode")
            }
        }
    }

    /// As `jool` typed by hand.
    @discardableResult
    func run(_ words: String) throws -> String {
        try house.must([program] + words.split(separator: " ").map(String.init))
    }

    private func lines(_ name: String) -> [String] {
        let text = (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// `NAME FRAMEWORK PREFIX`
    var instances: [String] { lines("instances") }
    /// All calls that change something, in order.
    var changes: [String] { lines("changes") }
    /// Every call's words, one in a line.
    var calls: [String] { lines("calls") }

    /// All that an instance was told.
    func state(_ name: String = "dns64d") -> [String] {
        (instances + ["globals", "pool4", "bib"].flatMap { lines("\($0).\(name)") }).sorted()
    }

    /// As if the module had been taken away and put back.
    func forget() {
        for file in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where file == "instances" || file.contains(".") { unlink("\(folder)/\(file)") }
    }

    /// Puts rows as the client prints them into a table: `session`, `bib`.
    func put(_ table: String, _ rows: [String], _ name: String = "dns64d") throws {
        let text = (lines("\(table).\(name)") + rows).map { $0 + "\n" }.joined()
        try text.write(toFile: "\(folder)/\(table).\(name)", atomically: true, encoding: .utf8)
    }
}
