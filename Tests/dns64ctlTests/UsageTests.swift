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
        ["nat64"], ["nat64", "bogus"], ["nat64", "status", "extra"], ["nat64", "sessions", "--proto", "sctp"],
        ["nat64", "sessions", "--client", "192.0.2.1"], ["nat64", "sessions", "--client", "2001:db8::1/64"],
        ["nat64", "sessions", "--client", "2001:db8::/129"], ["nat64", "sessions", "--remote", "2001:db8::"],
        ["nat64", "sessions", "--remote", "192.0.2.0/33"], ["nat64", "sessions", "--remote", "192.0.2.0/"],
        ["nat64", "sessions", "--public", ""], ["nat64", "sessions", "--public", "192.0.2.1:"],
        ["nat64", "sessions", "--public", "192.0.2.1:0"], ["nat64", "sessions", "--public", "192.0.2.1:65536"],
        ["nat64", "sessions", "--limit", "-1"], ["nat64", "bindings", "--remote", "192.0.2.1"],
        ["nat64", "bind"], ["nat64", "bind", "tcp", "[2001:db8::2]:80"],
        ["nat64", "bind", "sctp", "[2001:db8::2]:80", ":80"], ["nat64", "bind", "tcp", "2001:db8::2", ":80"],
        ["nat64", "bind", "tcp", "[2001:db8::2]:0", ":80"], ["nat64", "bind", "tcp", "[192.0.2.1]:80", ":80"],
        ["nat64", "bind", "tcp", "[2001:db8::2]:80", "80"], ["nat64", "bind", "tcp", "[2001:db8::2]:80", "192.0.2:80"],
        ["nat64", "unbind", "tcp"], ["nat64", "unbind", "tcp", "192.0.2.1"], ["nat64", "drop"],
        ["nat64", "drop", "--all", "--proto", "tcp"],
    ])
    func wrongUsageIsTwo(_ arguments: [String]) {
        let run = Run(arguments, environment: Environment(socket: "/nonexistent/socket"))
        #expect(run.status == .usage)
        #expect(run.output.isEmpty)
        #expect(!run.errors.isEmpty)
    }

    @Test(arguments: [
        ["--help"], ["-h"], ["--version"], ["help"], ["help", "flush"], ["help", "nat64", "drop"], ["nat64", "--help"],
        ["status", "--help"], ["status", "--version"],
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
        (["nat64", "status"], .nat64(.status)), (["nat64", "stats"], .nat64(.stats)),
        (["nat64", "sessions"], .nat64(.sessions(NAT64PageRequest(limit: 1000)))),
        (["nat64", "sessions", "--limit", "7"], .nat64(.sessions(NAT64PageRequest(limit: 7)))),
        (
            [
                "nat64", "sessions", "--proto", "tcp", "--client", "2001:db8::/64", "--remote", "198.51.100.1",
                "--public", "192.0.2.0/24:8080",
            ],
            .nat64(
                .sessions(
                    NAT64PageRequest(
                        selection: NAT64Selection(
                            proto: .tcp, client: "2001:db8::/64", remote: "198.51.100.1",
                            publicPrefix: "192.0.2.0/24", publicPort: 8080), limit: 1000)))
        ),
        (
            ["nat64", "bindings", "--public", ":8080"],
            .nat64(.bindings(NAT64PageRequest(selection: NAT64Selection(publicPort: 8080), limit: 1000)))
        ),
        (
            ["nat64", "bind", "tcp", "[2001:db8::2]:80", "192.0.2.1:8080"],
            .nat64(
                .bind(
                    NAT64StaticBinding(
                        proto: .tcp, client: "2001:db8::2", clientPort: 80, public: "192.0.2.1", publicPort: 8080)))
        ),
        (
            ["nat64", "bind", "icmp", "[2001:db8::2]:7", "*:7"],
            .nat64(
                .bind(
                    NAT64StaticBinding(
                        proto: .icmp, client: "2001:db8::2", clientPort: 7, public: nil, publicPort: 7)))
        ),
        (
            ["nat64", "unbind", "udp", ":53"],
            .nat64(.unbind(NAT64PublicAddress(proto: .udp, public: nil, publicPort: 53)))
        ),
        (["nat64", "drop", "--all"], .nat64(.drop(NAT64DropRequest(selection: .all)))),
        (
            ["nat64", "drop", "--client", "2001:db8::1"],
            .nat64(.drop(NAT64DropRequest(selection: NAT64Selection(client: "2001:db8::1"))))
        ),
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
            ["--socket", daemon.path, "nat64", "status"], ["nat64", "--socket", daemon.path, "--json", "status"],
            ["--json", "nat64", "sessions", "--socket", daemon.path],
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
