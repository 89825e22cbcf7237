// What `dns64ctl nat64` does beside what its examples show: pages, no translator, what is empty, a bad translator.

import ControlProtocol
import Foundation
import Testing

@testable import dns64ctl

@Suite struct NAT64Tests {
    private func run(_ daemon: FakeDaemon, _ arguments: String...) -> Run {
        Run(["nat64"] + arguments, environment: Environment(socket: daemon.path))
    }

    private static func session(_ number: Int) -> NAT64Session {
        NAT64Session(
            proto: "udp", client: "2001:db8::\(String(number, radix: 16))", clientPort: 1, remote6: "64:ff9b::1",
            public: "192.0.2.1", publicPort: 1, remote: "198.51.100.1", remotePort: 53, remainingSeconds: 300)
    }

    /// A daemon with `count` sessions that gives `most` at a time.
    private static func daemon(sessions count: Int, atMost most: Int = 700) throws -> FakeDaemon {
        try FakeDaemon { request in
            guard case .nat64(.sessions(let page)) = request else { return .closes }
            let first = page.after.flatMap { Int($0) } ?? 0
            let end = min(count, first + min(page.limit, most))
            return .answer(
                .nat64(
                    .sessions(
                        NAT64SessionPage(
                            sessions: (first..<end).map(session), total: UInt64(count),
                            next: end < count ? "\(end)" : nil))))
        }
    }

    @Test(arguments: [(1500, [], 1000, 500), (1500, ["--limit", "0"], 1500, 0), (900, [], 900, 0), (0, [], 0, 0)])
    func pagesAreShownUpToTheLimit(sessions: Int, options: [String], shown: Int, left: Int) throws {
        let daemon = try Self.daemon(sessions: sessions)
        let run = Run(["nat64", "sessions"] + options, environment: Environment(socket: daemon.path))
        #expect(run.status == .done)
        #expect(run.output.components(separatedBy: "[2001:db8::").count - 1 == shown)
        #expect(run.output.contains("more sessions: --limit)") == (left > 0))
        if left > 0 { #expect(run.output.hasSuffix("  (\(left) more sessions: --limit)\n")) }
        if shown == 0 { #expect(run.output == "no sessions\n") }
    }

    @Test func withFiltersItIsNotKnownHowManyMoreThereAre() throws {
        let daemon = try Self.daemon(sessions: 5)
        #expect(
            run(daemon, "sessions", "--proto", "udp", "--limit", "2").output.hasSuffix("(there are more: --limit)\n"))
        let none = try Self.daemon(sessions: 0)
        #expect(run(none, "sessions", "--proto", "udp").output == "no such sessions\n")
    }

    @Test func jsonHoldsAllPages() throws {
        let daemon = try Self.daemon(sessions: 1200)
        let run = run(daemon, "sessions", "--json")
        let payload = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
        #expect((payload?["sessions"] as? [Any])?.count == 1000)
        #expect(payload?["total"] as? Int == 1200)
        #expect(payload?["next"] as? String == "1000")
    }

    @Test func pagesWithoutAnEnd() throws {
        let page = ControlResponse.nat64(.sessions(NAT64SessionPage(sessions: [], next: "again")))
        let run = run(try FakeDaemon { _ in .answer(page) }, "sessions")
        #expect(run.status == .noDaemon)
        #expect(run.errors.contains("its pages have no end"))
    }

    @Test(arguments: [
        ["sessions"], ["bindings"], ["stats"], ["bind", "tcp", "[2001:db8::2]:80", ":80"], ["unbind", "tcp", ":80"],
        ["drop", "--all"],
    ])
    func withoutATranslator(_ arguments: [String]) throws {
        let daemon = try FakeDaemon { _ in .answer(.refused(.noTranslator)) }
        let run = Run(["nat64"] + arguments, environment: Environment(socket: daemon.path))
        #expect(run.status == .refused)
        #expect(run.output.isEmpty)
        #expect(run.errors == "dns64ctl: nat64.backend is none: there is no translator here to ask\n")
        let json = Run(["nat64", "--json"] + arguments, environment: Environment(socket: daemon.path))
        #expect(json.status == .refused)
        #expect(json.output.contains(#""code": "unsupported""#))
    }

    @Test func withoutADaemon() {
        let run = Run(["nat64", "status"], environment: Environment(socket: "/nonexistent/control.sock"))
        #expect(run.status == .noDaemon)
        #expect(run.errors.contains("systemctl start dns64d"))
    }

    @Test(arguments: [["sessions"], ["bindings"], ["stats"], ["status"]])
    func anAnswerOfAnotherKind(_ arguments: [String]) throws {
        let daemon = try FakeDaemon { _ in .answer(.flush(FlushReport(removed: 1))) }
        let run = Run(["nat64"] + arguments, environment: Environment(socket: daemon.path))
        #expect(run.status == .noDaemon)
        #expect(run.errors.contains("something else than was asked"))
    }

    @Test(arguments: [
        ("synthesize", false, "when down  synthesize\n"), ("servfail", false, "when down  servfail\n"),
        ("servfail", true, "when down  servfail, in force: SERVFAIL for what would be synthesized\n"),
        ("native-only", true, "when down  native-only, in force: no AAAA is synthesized\n"),
    ])
    func whatIsAnsweredMeanwhile(policy: String, affected: Bool, expected: String) throws {
        var status = DocumentedTranslator.down
        status.whenDown = policy
        status.answersAffected = affected
        status.details = []
        let report = status
        let daemon = try FakeDaemon { _ in .answer(.nat64(.status(report))) }
        #expect(run(daemon, "status").output.contains(expected))
    }

    @Test func theLineInStatus() throws {
        for (status, expected) in [
            (NAT64Status(backend: "none", health: "unknown"), "nat64          none, unknown\n"),
            (
                NAT64Status(
                    backend: "tun", health: "bad", reason: "nat64 is down", sessions: 1,
                    whenDownInForce: "native-only"),
                "nat64          tun, bad: nat64 is down; native-only is in force; 1 session\n"
            ),
        ] {
            guard case .status(var report) = DocumentedDaemon.answer(.status) else { return }
            report.nat64 = status
            let answer = ControlResponse.status(report)
            let daemon = try FakeDaemon { _ in .answer(answer) }
            #expect(Run(["status"], environment: Environment(socket: daemon.path)).output.contains(expected))
        }
    }

    @Test func noNameSteersTheTerminal() throws {
        var session = Self.session(1)
        session.name = "\u{1B}[2J"
        let page = ControlResponse.nat64(.sessions(NAT64SessionPage(sessions: [session])))
        let output = run(try FakeDaemon { _ in .answer(page) }, "sessions").output
        #expect(output.contains("\\027[2J:53"))
        #expect(!output.contains("\u{1B}"))
    }
}
