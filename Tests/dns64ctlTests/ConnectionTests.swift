import ControlProtocol
import Foundation
import Glibc
import Testing

@testable import dns64ctl

@Suite struct ConnectionTests {
    private func run(_ daemon: FakeDaemon, _ arguments: String...) -> Run {
        Run(arguments + ["--timeout", "5"], environment: Environment(socket: daemon.path))
    }

    @Test func noSocket() {
        let run = Run(["--socket", "/nonexistent/control.sock", "status"])
        #expect(run.status == .noDaemon)
        #expect(run.errors.contains("/nonexistent/control.sock (--socket): the socket does not exist"))
        #expect(run.errors.contains("systemctl start dns64d"))
        #expect(run.errors.contains("--socket PATH"))
        #expect(run.output.isEmpty)
    }

    @Test func nobodyListens() throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let path = folder + "/control.sock"
        close(try UnixSocket.bound(to: path))
        let run = Run(["--socket", path, "status"])
        #expect(run.status == .noDaemon)
        #expect(run.errors.contains("connection refused"))
        #expect(run.errors.contains("systemctl restart dns64d"))
    }

    @Test func noSocketButAFile() throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        try "".write(toFile: folder + "/file", atomically: false, encoding: .utf8)
        let run = Run(["--socket", folder + "/file", "status"])
        #expect(run.status == .noDaemon)
        #expect(run.errors.contains("that is no socket"))
    }

    /// Root is denied nothing, so that the message itself is looked at.
    @Test func permissionDenied() throws {
        let socket = try SocketPath(option: "/run/dns64d/control.sock", environment: Environment())
        let failure = ConnectionFailure(socket: socket, cause: .connect(EACCES))
        #expect(failure.message.contains("permission denied"))
        #expect(failure.advice.contains { $0.contains("sudo dns64ctl") })
        #expect(failure.advice.contains { $0.contains("group") })
    }

    @Test func refusal() throws {
        let daemon = try FakeDaemon { _ in .answer(DocumentedDaemon.refusal) }
        for command in ["reload", "status", "flush", "dump", "top"] {
            let run = run(daemon, command, command == "dump" ? "-" : "--timeout=4")
            #expect(run.status == .refused)
            #expect(run.errors.contains("has 2 errors"))
            #expect(run.errors.contains("did you mean"))
            #expect(run.output.isEmpty)
        }
    }

    @Test func refusalAsJSON() throws {
        let daemon = try FakeDaemon { _ in .answer(DocumentedDaemon.refusal) }
        let run = run(daemon, "reload", "--json")
        #expect(run.status == .refused)
        let payload = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
        #expect(payload?["code"] as? String == "configuration")
        #expect((payload?["errors"] as? [String])?.count == 2)
    }

    @Test func closedBeforeAnAnswer() throws {
        let daemon = try FakeDaemon { _ in .closes }
        let run = run(daemon, "status")
        #expect(run.status == .noDaemon)
        #expect(run.errors.contains("closed the connection before it had answered"))
    }

    @Test func strangeAnswers() throws {
        let halfFrame = try ControlMessage.frame(DocumentedDaemon.answer(.status)).dropLast(10)
        for (bytes, words) in [
            ([UInt8]("HTTP/1.1 400 Bad Request\r\n".utf8), "does not answer as dns64d does"), ([0, 0, 0, 0], "empty"),
            ([0, 0, 0, 2, 0x7B, 0x7D], "malformed"), ([0, 0, 0, 3, 1, 2, 3], "malformed"),
            (try ControlMessage.frame(.flush(FlushReport(removed: 1))), "something else than was asked"),
            (Array(halfFrame), "no answer within 0.3 seconds"),
        ] {
            let daemon = try FakeDaemon { _ in .bytes(bytes) }
            let run = Run(["status", "--timeout", "0.3"], environment: Environment(socket: daemon.path))
            #expect(run.status == .noDaemon)
            #expect(run.errors.contains(words), "\(run.errors)")
            #expect(run.output.isEmpty)
        }
    }

    @Test func hungDaemon() throws {
        let daemon = try FakeDaemon { _ in .hangs }
        let start = ContinuousClock.now
        let run = Run(["status", "--timeout", "0.2"], environment: Environment(socket: daemon.path))
        #expect(run.status == .noDaemon)
        #expect(run.errors.contains("no answer within 0.2 seconds"))
        #expect(start.duration(to: .now) >= .milliseconds(200))
    }

    /// Everything that came is shown, keys of a newer daemon and all digits of its numbers too.
    @Test func jsonIsShownAsItCame() throws {
        let json = [UInt8](#"{"flush":{"removed":3,"newer":[1.10,{}],"text":"a\"b, {c}: \\"}}"#.utf8)
        let daemon = try FakeDaemon { _ in .bytes((try? Frame.encode(json, limit: 1000)) ?? []) }
        let run = run(daemon, "flush", "--json")
        #expect(
            run.output == """
                {
                  "removed": 3,
                  "newer": [
                    1.10,
                    {}
                  ],
                  "text": "a\\"b, {c}: \\\\"
                }

                """)
    }

    @Test func aLargeAnswerComesWhole() throws {
        let entry = DumpEntry(
            name: "big.example.", type: "TXT", rcode: "NOERROR", ttlSeconds: 60,
            answer: [String](repeating: String(repeating: "x", count: 1000), count: 3000))
        let daemon = try FakeDaemon { _ in .answer(.dump(DumpPage(entries: [entry]))) }
        #expect(run(daemon, "dump", "-").output.utf8.count > 3_000_000)
    }

    @Test func aReaderThatWentAwayIsNoError() throws {
        let daemon = try FakeDaemon { .answer(DocumentedDaemon.answer($0)) }
        let run = Run(["status"], environment: Environment(socket: daemon.path), closedAfter: 1)
        #expect(run.status == .done)
        #expect(run.errors.isEmpty)
    }

    @Test func topEndsAfterItsCount() throws {
        let snapshot = DocumentedDaemon.answer(.top(TopRequest(rows: 1)))
        let daemon = try FakeDaemon { _ in .answers([snapshot, snapshot, snapshot]) }
        #expect(run(daemon, "top", "--count", "2").output.components(separatedBy: "queries a second").count == 3)
        let lines = run(daemon, "top", "--count", "3", "--json").output.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
    }

    @Test func nothingFromTheNetworkSteersTheTerminal() throws {
        let daemon = try FakeDaemon { _ in
            .answer(
                .top(
                    TopSnapshot(
                        periodSeconds: 1, queriesPerSecond: 1, names: [TopCount(name: "\u{1B}]0;x\u{7}", count: 1)],
                        clients: [], reasons: [])))
        }
        let output = run(daemon, "top", "--once").output
        #expect(output.contains("\\027]0;x\\007"))
        #expect(!output.contains("\u{1B}"))
    }
}
