// The daemon under load: its start, its control program, what the kernel says of it, its end.

internal import ControlProtocol
internal import Foundation
internal import Glibc

final class Daemon {
    /// What the kernel says of the process.
    struct Sample {
        var residentKiB = 0
        var descriptors = 0
        var threads = 0
    }

    let port: UInt16
    private let folder: URL
    private let control: String
    private let process = Process()
    private let isSanitized: Bool

    init(program: String, control: String, upstreamPort: UInt16, isSanitized: Bool) throws {
        self.isSanitized = isSanitized
        self.control = control
        port = try Loopback.freePort()
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("dns64d-soak-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let configuration = """
            server: { listen: ["127.0.0.1:\(port)"], allow: ["127.0.0.0/8"], workers: 2 }
            control: { socket: "\(folder.path)/control.sock" }
            dns64: { exclude-a: [] }
            upstream: [{ zone: ".", servers: ["127.0.0.1:\(upstreamPort)"] }]
            cache: { size: 4MiB }
            log: { level: warning }

            """
        try configuration.write(to: folder.appendingPathComponent("dns64d.yaml"), atomically: true, encoding: .utf8)
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["--config", folder.appendingPathComponent("dns64d.yaml").path]
    }

    func start() throws {
        if let preload = ProcessInfo.processInfo.environment["SOAK_PRELOAD"], !preload.isEmpty {
            process.environment = ProcessInfo.processInfo.environment.merging(["LD_PRELOAD": preload]) { $1 }
        }
        try process.run()
        for _ in 0..<200 {
            guard process.isRunning else { throw SoakError("the daemon ended at its start") }
            if (try? tell(["status"])) != nil { return }
            usleep(50_000)
        }
        throw SoakError("the daemon is not ready after 10 s")
    }

    var isRunning: Bool { process.isRunning }

    /// Runs dns64ctl.
    ///
    /// - Returns: what it prints.
    @discardableResult
    func tell(_ words: [String]) throws -> Data {
        let client = Process()
        let output = Pipe()
        client.executableURL = URL(fileURLWithPath: control)
        client.arguments = ["--socket", folder.appendingPathComponent("control.sock").path] + words
        client.standardOutput = output
        client.standardError = FileHandle.nullDevice
        try client.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        client.waitUntilExit()
        guard client.terminationStatus == 0 else {
            throw SoakError("dns64ctl \(words.joined(separator: " ")) ended with \(client.terminationStatus)")
        }
        return text
    }

    func hangUp() { kill(process.processIdentifier, SIGHUP) }

    /// Every counter's sum over the workers.
    func counters() throws -> [String: Int] {
        let report = try ControlMessage.value(StatisticsReport.self, from: try tell(["stats", "--json"]))
        return Dictionary(report.total.map { ($0.name, Int($0.value)) }) { $0 + $1 }
    }

    func sample() throws -> Sample {
        let root = "/proc/\(process.processIdentifier)"
        var sample = Sample()
        for line in try String(contentsOfFile: root + "/status", encoding: .utf8).split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == "\t" }
            if words.count >= 2, words[0] == "VmRSS:" { sample.residentKiB = Int(words[1]) ?? 0 }
            if words.count >= 2, words[0] == "Threads:" { sample.threads = Int(words[1]) ?? 0 }
        }
        sample.descriptors = try FileManager.default.contentsOfDirectory(atPath: root + "/fd").count
        return sample
    }

    /// SIGTERM, and no more than two seconds.
    func stop() throws {
        kill(process.processIdentifier, SIGTERM)
        for _ in 0..<(isSanitized ? 600 : 40) where process.isRunning { usleep(50_000) }
        defer { try? FileManager.default.removeItem(at: folder) }
        guard !process.isRunning else {
            kill(process.processIdentifier, SIGKILL)
            throw SoakError("the daemon did not end in time after SIGTERM")
        }
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw SoakError("the daemon ended with \(process.terminationStatus)")
        }
    }

    /// For when something else has failed already.
    func abandon() {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }
}
