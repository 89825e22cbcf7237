import ControlProtocol
import Foundation
import Testing

@testable import dns64ctl

@Suite struct UsageTests {
    @Test(arguments: [
        [], ["bogus"], ["--bogus"], ["status", "--bogus"], ["status", "extra"], ["lookup"], ["lookup", "a..b"],
        ["lookup", "example.org", "BOGUS"], ["lookup", "example.org", "A", "extra"], ["flush", "a", "--negative"],
        ["flush", "a", "--zone", "b"], ["flush", "--zone", "b", "--negative"], ["flush", "--type", "A"],
        ["flush", "a", "--type", "TYPE65536"], ["explain"], ["explain", "a", "--client", "1.2.3"],
        ["explain", "a", "--type", "x"], ["dump"], ["load"], ["log-level"], ["log-level", "loud"], ["top", "-n", "0"],
        ["top", "--count", "0"], ["top", "--once", "--count", "2"], ["status", "--socket"], ["status", "--socket", ""],
        ["--socket", String(repeating: "x", count: 108), "status"], ["status", "--timeout", "0"],
        ["status", "--timeout", "nan"], ["completions", "tcsh"], ["load", "/nonexistent/file"],
    ])
    func wrongUsageIsTwo(_ arguments: [String]) {
        let run = Run(arguments, environment: Environment(socket: "/nonexistent/socket"))
        #expect(run.status == .usage)
        #expect(run.output.isEmpty)
        #expect(!run.errors.isEmpty)
    }

    @Test(arguments: [
        ["--help"], ["-h"], ["--version"], ["help"], ["help", "flush"], ["status", "--help"], ["status", "--version"],
        ["completions", "bash"], ["completions", "zsh"], ["completions", "fish"],
    ])
    func askingForHelpIsZero(_ arguments: [String]) {
        let run = Run(arguments)
        #expect(run.status == .done)
        #expect(run.errors.isEmpty)
        #expect(!run.output.isEmpty)
    }

    @Test func anUnknownLevelIsToldAllLevels() {
        let errors = Run(["log-level", "loud"]).errors
        for level in LogLevel.allCases { #expect(errors.contains(level.rawValue)) }
    }

    @Test(arguments: [
        (["flush"], ControlRequest.flush(.everything)), (["flush", "a.b"], .flush(.name("a.b", type: nil))),
        (["flush", "a.b", "--type", "aaaa"], .flush(.name("a.b", type: "AAAA"))),
        (["flush", "--type", "AAAA", "a.b"], .flush(.name("a.b", type: "AAAA"))),
        (["flush", "--zone", "a.b"], .flush(.zone("a.b"))), (["flush", "--negative"], .flush(.negative)),
        (["lookup", "a.b"], .lookup(LookupRequest(name: "a.b"))),
        (["lookup", "a.b", "mx"], .lookup(LookupRequest(name: "a.b", type: "MX"))),
        (["explain", "a.b"], .explain(ExplainRequest(name: "a.b", type: "AAAA"))),
        (
            ["explain", "a.b", "--type", "a", "--client", "2001:db8::1"],
            .explain(ExplainRequest(name: "a.b", type: "A", client: "2001:db8::1"))
        ),
        (["log-level", "debug"], .logLevel(LogLevelRequest(level: .debug))),
        (["top", "--once", "-n", "3"], .top(TopRequest(rows: 3))), (["reload"], .reload), (["status"], .status),
        (["stats"], .stats), (["upstreams"], .upstreams), (["policies"], .policies),
    ])
    func argumentsBecomeARequest(_ arguments: [String], _ request: ControlRequest) throws {
        let daemon = try FakeDaemon { .answer(DocumentedDaemon.answer($0)) }
        let run = Run(arguments, environment: Environment(socket: daemon.path))
        #expect(run.status == .done, "\(run.errors)")
        #expect(daemon.requests == [request])
    }

    /// Before or after the subcommand; the option before the environment.
    @Test func theSocketIsChosen() throws {
        let daemon = try FakeDaemon { .answer(DocumentedDaemon.answer($0)) }
        let elsewhere = Environment(socket: "/nonexistent/socket")
        for arguments in [
            ["--socket", daemon.path, "status"], ["status", "--socket", daemon.path],
            ["--socket=\(daemon.path)", "status"], ["status", "--socket=\(daemon.path)"],
            ["--json", "--socket", daemon.path, "status"], ["status", "--socket", daemon.path, "--json"],
            ["--socket", daemon.path, "lookup", "example.org", "--json", "AAAA"],
        ] {
            let run = Run(arguments, environment: elsewhere)
            #expect(run.status == .done, "\(arguments): \(run.errors)")
            #expect(run.output.hasPrefix("{") == arguments.contains("--json"), "\(arguments)")
        }
        #expect(Run(["status"], environment: Environment(socket: daemon.path)).status == .done)
        #expect(Run(["status"], environment: elsewhere).errors.contains("/nonexistent/socket (DNS64CTL_SOCKET)"))
    }

    @Test func theBuiltInSocketIsTheLastChoice() throws {
        #expect(SocketPath.builtIn == "/run/dns64d/control.sock")
        for environment in [Environment(), Environment(socket: "")] {
            let path = try SocketPath(option: nil, environment: environment)
            #expect(path.path == SocketPath.builtIn)
            #expect(path.origin == .builtIn)
        }
    }
}
