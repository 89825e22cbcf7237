// dns64ctl against the running daemon: each subcommand, its exit status, and what it changes.

import Foundation
import Testing

@Suite(.ownThread) struct ControlTests {
    private func withDaemon(_ rest: String = "", _ body: (House, Daemon, FakeUpstream) throws -> Void) throws {
        try withHouse { house in
            let upstream = try FakeUpstream(house, FakeUpstream.ipv4Only())
            let servers = "upstream: [{ zone: ., servers: [\(upstream.endpoint.text)] }]\n"
            try body(house, try Daemon(house, servers + rest), upstream)
        }
    }

    @Test func exitStatuses() throws {
        try withDaemon { (house, daemon, upstream) throws in
            #expect(try daemon.ctl("status").status == 0)
            #expect(try daemon.ctl("lookup", "bad..name").status == 2)
            #expect(try daemon.ctl("nonsense").status == 2)
            #expect(try daemon.ctl("lookup").status == 2)
            #expect(try daemon.ctl("log-level", "loud").status == 2)
            #expect(try daemon.ctl("explain", "a.example", "--client", "not-an-address").status != 0)
            let none = try house.run([Programs.control, "status", "--socket", house.path("none.sock")])
            #expect(
                none.status == 3 && none.errors.contains("no daemon") && none.errors.contains("systemctl start dns64d"))
            #expect(
                try house.run([Programs.control, "status", "--socket", daemon.socket]).status == 0,
                "after the subcommand")
            #expect(
                try house.run([Programs.control, "status"], environment: ["DNS64CTL_SOCKET": daemon.socket]).status == 0
            )
        }
    }

    @Test func statusAndStatistics() throws {
        try withDaemon { (house, daemon, upstream) throws in
            _ = try daemon.aaaa("a.example.")
            let status = try daemon.json("status")
            #expect(status["ready"] as? Bool == true && status["pid"] as? Int == Int(daemon.child.pid))
            #expect(status["workers"] as? Int == 2 && status["configurationFile"] as? String == daemon.configuration)
            let text = try daemon.ctl("status").output
            #expect(
                text.contains("127.0.0.1:\(daemon.v4.port)") && text.contains("[::1]:\(daemon.v6.port)")
                    && text.contains("is ready"))
            let stats = try daemon.ctl("stats").output
            #expect(stats.contains("synthesized") && stats.contains("queries-udp"))
            let cache = try daemon.json("stats")["cache"] as? [String: Any]
            #expect(cache?["entries"] as? Int == 2)
            #expect(try daemon.ctl("stats", "--all", "--workers", "--histogram").status == 0)
        }
    }

    @Test func flushForgetsWhatItSays() throws {
        try withDaemon { (house, daemon, upstream) throws in
            let names = ["a.corp.example.", "b.corp.example.", "c.example."]
            /// The questions that are asked upstream when all names are asked for again.
            func asked(after arguments: [String]) throws -> Set<String> {
                for name in names { _ = try daemon.aaaa(name) }
                let flush = try house.run([Programs.control, "--socket", daemon.socket, "flush"] + arguments)
                #expect(flush.status == 0 && flush.output.hasPrefix("removed "), "\(arguments): \(flush.errors)")
                upstream.forget()
                for name in names { _ = try daemon.aaaa(name) }
                return Set(upstream.asked.map { "\($0.name.prefix(1))\($0.type == Kind.a ? "4" : "6")" })
            }
            #expect(try asked(after: ["c.example"]) == ["c4", "c6"])
            #expect(try asked(after: ["C.EXAMPLE", "--type", "AAAA"]) == ["c6"])
            #expect(try asked(after: ["--zone", "corp.example"]) == ["a4", "a6", "b4", "b6"])
            #expect(try asked(after: ["--negative"]) == ["a6", "b6", "c6"])
            #expect(try asked(after: []) == ["a4", "a6", "b4", "b6", "c4", "c6"])
            #expect(try asked(after: ["nobody.example"]) == [])
        }
    }

    @Test func lookupShowsWhatUpstreamSaid() throws {
        try withDaemon { (house, daemon, upstream) throws in
            _ = try daemon.aaaa("a.example.")
            let lookup = try daemon.ctl("lookup", "a.example").output
            #expect(lookup.contains("a.example. IN A: NOERROR") && lookup.contains("IN A 192.0.2.1"))
            #expect(lookup.contains("IN AAAA: NOERROR, negative") && !lookup.contains("64:ff9b"))
            let entries = try daemon.json("lookup", "a.example", "A")["entries"] as? [[String: Any]] ?? []
            #expect(entries.count == 1 && (entries.first?["ttlSeconds"] as? Int ?? 0) > 290)
            #expect(try daemon.ctl("lookup", "b.example").output.contains("holds nothing"))
            #expect(upstream.count("b.example.") == 0, "nothing is asked upstream")
        }
    }

    @Test func explainNamesTheRuleAndTheLine() throws {
        let rest = """
            dns64:
              prefixes: ["2001:db8:64::/96"]
              exclude-names: [secret.example]
            clients:
              - { match: [192.0.2.0/24], name: lab, dns64: { mode: off } }
            """
        try withDaemon(rest) { (house, daemon, upstream) throws in
            let text = try daemon.ctl("explain", "a.example").output
            #expect(text.contains("2001:db8:64::c000:201") && text.contains("RFC 6147 5.1"))
            #expect(text.contains("\(daemon.configuration):5"), "the line of prefixes: \(text)")
            #expect(text.contains("NOERROR from upstream"))
            #expect(try daemon.ctl("explain", "a.example").output.contains("NOERROR from cache"))
            let excluded = try daemon.ctl("explain", "x.secret.example").output
            #expect(excluded.contains("\(daemon.configuration):6"), "the line of exclude-names: \(excluded)")
            let lab = try daemon.json("explain", "a.example", "--client", "192.0.2.9")
            #expect(lab["policy"] as? String == "lab")
            #expect("\(lab["steps"] ?? "")".contains("\(daemon.configuration):8"))
            let plain = try daemon.ctl("explain", "a.example", "--type", "A")
            #expect(plain.status == 0 && plain.output.contains("192.0.2.1"))
            let refused = try daemon.ctl("explain", "a.example", "--client", "203.0.113.9").output
            #expect(refused.contains("refused"))
        }
    }

    @Test func upstreamsAndPolicies() throws {
        try withDaemon("clients: [{ match: [192.0.2.0/24], name: lab, dns64: { mode: synthall } }]") {
            (house, daemon, upstream) throws in
            _ = try daemon.aaaa("a.example.")
            let text = try daemon.ctl("upstreams").output
            #expect(text.contains("127.0.0.1:\(upstream.endpoint.port)") && text.contains("good"))
            let zones = try daemon.json("upstreams")["zones"] as? [[String: Any]] ?? []
            let server = (zones.first?["servers"] as? [[String: Any]])?.first
            #expect(server?["queries"] as? Int == 2 && server?["answers"] as? Int == 2)
            let policies = try daemon.ctl("policies").output
            #expect(
                policies.contains("policy lab") && policies.contains("policy default") && policies.contains("synthall"))
            #expect(policies.contains("10.0.0.0/8"), "the list special can be read")
        }
    }

    @Test func dumpAndLoad() throws {
        try withDaemon { (house, daemon, upstream) throws in
            for index in 0..<30 { _ = try daemon.aaaa("n\(index).example.") }
            let file = house.path("cache.dump")
            let dump = try daemon.ctl("dump", file)
            #expect(dump.status == 0 && dump.output.contains("wrote 60 answers"), "\(dump.output)\(dump.errors)")
            #expect(try daemon.ctl("flush").output.contains("removed 60"))
            let load = try daemon.ctl("load", file)
            #expect(load.status == 0 && load.output.contains("loaded 60 answers"), "\(load.output)\(load.errors)")
            upstream.forget()
            for index in 0..<30 { #expect(try daemon.aaaa("n\(index).example.") == ["64:ff9b::c000:201"]) }
            #expect(upstream.asked.isEmpty, "all come from what was loaded")
            #expect(try daemon.ctl("dump", "/nowhere/at/all").status != 0)
            #expect(try daemon.ctl("dump", "/dev/full").status == 1, "a full disk")
            #expect(try daemon.ctl("load", daemon.configuration).status == 2, "no dump")
            #expect(try daemon.ctl("dump", "-").output.split(separator: "\n").count == 62)
        }
    }

    @Test func logLevelAndTop() throws {
        try withDaemon { (house, daemon, upstream) throws in
            #expect(try daemon.ctl("log-level", "debug").output.contains("log level debug, was info"))
            #expect(try daemon.json("status")["logLevel"] as? String == "debug")
            let top = try house.start([Programs.control, "--socket", daemon.socket, "top", "--count", "3"])
            while top.isRunning {
                _ = try daemon.aaaa("busy.example.")
                usleep(20_000)
            }
            #expect(top.wait(seconds: 1) == .exit(0))
            #expect(top.output.contains("busy.example.") && top.output.contains("127.0.0.1"), "\(top.output)")
            #expect(top.output.contains("answered-from-cache"))
            #expect(try daemon.ctl("top", "--once").status == 0)
            #expect(try daemon.ctl("top", "--once", "--json").output.split(separator: "\n").count == 1)
            #expect(try daemon.ctl("completions", "bash").output.contains("dns64ctl"))
        }
    }

    @Test func theSocketBelongsToOwnerAndGroup() throws {
        try withHouse { house throws in
            let group = getuid() == 0 ? "daemon" : ""
            let daemon = try Daemon(house)
            var info = stat()
            #expect(stat(daemon.socket, &info) == 0)
            #expect(info.st_mode & 0o777 == 0o660 && info.st_uid == getuid())
            guard !group.isEmpty else { return }
            let text = try String(contentsOfFile: daemon.configuration, encoding: .utf8)
            let port = try Ports.free()
            let other = try house.write(
                "group.yaml",
                text.replacingOccurrences(of: "\(daemon.v4.port)", with: "\(port)")
                    .replacingOccurrences(
                        of: "socket: \"\(daemon.socket)\"", with: "socket: \"\(house.path("g.sock"))\", group: \(group)"
                    ))
            let child = try house.start([Programs.daemon, "--config", other])
            let groupID = getgrnam(group)?.pointee.gr_gid
            let isTheirs = eventually(within: 10) { stat(house.path("g.sock"), &info) == 0 && info.st_gid == groupID }
            #expect(isTheirs && info.st_mode & 0o777 == 0o660, "\(child.errors)")
        }
    }

    /// "a malformed message ends that connection alone"
    @Test func malformedMessages() throws {
        try withDaemon { (house, daemon, upstream) throws in
            let bystander = try Socket(SOCK_STREAM, AF_UNIX)
            try bystander.connect(path: daemon.socket)
            let bodies: [[UInt8]] = [
                Wire.number(UInt32(5)) + Array("hello".utf8), Wire.number(UInt32(2)) + Array("{}".utf8),
                Wire.number(UInt32(0)), Wire.number(UInt32.max), Wire.number(UInt32(12)) + Array("{\"bogus\":{}}".utf8),
                Wire.number(UInt32(8)) + [0xff, 0xfe, 0, 1, 2, 3, 4, 5],
                Wire.number(UInt32(30_000)) + [UInt8](repeating: 0x5b, count: 30_000),
            ]
            for body in bodies {
                let connection = try Socket(SOCK_STREAM, AF_UNIX)
                try connection.connect(path: daemon.socket)
                connection.send(body)
                let ended = eventually(within: 5) { connection.receive(within: 0.5)?.isEmpty ?? false }
                #expect(ended, "\(body.prefix(12))")
            }
            #expect(try daemon.counter("control-malformed") == bodies.count)
            let request = Array("{\"status\":{}}".utf8)
            bystander.send(Wire.number(UInt32(request.count)) + request)
            #expect((bystander.receive(within: 3)?.count ?? 0) > 4, "another connection goes on")
            #expect(try daemon.aaaa("a.example.") == ["64:ff9b::c000:201"])
        }
    }
}
