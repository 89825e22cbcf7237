// What one test has: a folder, the programs that it started, and their end.

import Foundation
import Testing

final class House {
    let folder: String
    private var children: [Child] = []
    private var endings: [() -> Void] = []
    private var count = 0

    init() throws {
        var template = Array("/tmp/dns64d-e2e-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Socket.failure("mkdtemp") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(folder, 0o755)
        Reaper.shared.made(folder: folder)
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
        return path(name)
    }

    /// A copy of a program, to be run here. Another program writes it: a test beside this one that starts a program at this
    /// moment would hand on our open file, and a file that is open for writing can't be run (execve(2), ETXTBSY).
    @discardableResult
    func program(_ name: String, copyOf original: String) throws -> String {
        if access(path(name), X_OK) != 0 { try must(["install", "-m", "755", original, path(name)]) }
        return path(name)
    }

    /// A script, to be run here.
    @discardableResult
    func script(_ name: String, _ text: String) throws -> String {
        try program(name, copyOf: write(name + ".text", text))
    }

    /// A number that no other call gets, for the names of files.
    func number() -> Int {
        count += 1
        return count
    }

    /// Starts a program, which ends with the house.
    func start(
        _ arguments: [String], environment: [String: String] = [:], directory: String? = nil, descriptors: [Int32] = []
    )
        throws -> Child
    {
        let number = number()
        let child = try Child(
            arguments, directory: directory ?? folder, environment: environment, output: path("\(number).out"),
            errors: path("\(number).err"), descriptors: descriptors)
        children.append(child)
        return child
    }

    /// Runs a program to its end.
    func run(
        _ arguments: [String], environment: [String: String] = [:], input: String = "/dev/null",
        directory: String? = nil,
        seconds: Double = 30
    ) throws -> Finished {
        let number = number()
        let child = try Child(
            arguments, directory: directory ?? folder, environment: environment, input: input,
            output: path("\(number).out"),
            errors: path("\(number).err"))
        guard let ending = child.wait(seconds: seconds) else {
            child.end()
            throw HarnessError("\(arguments.joined(separator: " ")): still running after \(seconds) s")
        }
        return Finished(ending: ending, output: child.output, errors: child.errors)
    }

    /// Runs a program that has to succeed.
    @discardableResult
    func must(_ arguments: [String], environment: [String: String] = [:]) throws -> String {
        let finished = try run(arguments, environment: environment)
        guard finished.ending == .exit(0) else {
            throw HarnessError(
                "\(arguments.joined(separator: " ")): \(finished.ending) \(finished.errors)\(finished.output)")
        }
        return finished.output
    }

    func atEnd(_ body: @escaping () -> Void) { endings.append(body) }

    fileprivate func tearDown(failed: Bool) {
        for child in children.reversed() { child.end() }
        if failed { for child in children { report(child) } }
        for ending in endings.reversed() { ending() }
        if ProcessInfo.processInfo.environment["DNS64D_KEEP"] == nil {
            try? FileManager.default.removeItem(atPath: folder)
        }
        Reaper.shared.removed(folder: folder)
    }

    private func report(_ child: Child) {
        let tail = (child.output + child.errors).split(separator: "\n").suffix(12).joined(separator: "\n    ")
        print("  \(child.name) (\(child.pid)) ended \(child.ending.map { "\($0)" } ?? "not"); it said:\n    \(tail)")
    }
}

struct Finished {
    let ending: Ending
    let output: String
    let errors: String
    var status: Int32 { if case .exit(let status) = ending { status } else { -1 } }
}

/// Gives the body a house, and ends all that is in it, whatever happens.
func withHouse<T>(_ body: (House) throws -> T) throws -> T {
    let house = try House()
    do {
        let value = try body(house)
        house.tearDown(failed: false)
        return value
    } catch {
        house.tearDown(failed: true)
        throw error
    }
}
