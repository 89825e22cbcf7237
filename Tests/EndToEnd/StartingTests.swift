// What a newcomer does: start it as the README says, check a configuration, make a mistake.

import Foundation
import Testing

@Suite(.ownThread) struct StartingTests {
    /// `dns64d --config conf/dev.yaml` in the clone, and the line that it prints. The ports and the socket are the
    /// file's own but for the numbers, so that a daemon that somebody runs beside the tests is not in the way.
    @Test func theDevelopmentConfiguration() throws {
        try withHouse { house throws in
            let port = try Ports.free()
            let text = try String(contentsOfFile: "\(Programs.root)/conf/dev.yaml", encoding: .utf8)
            let configuration = try house.write(
                "dev.yaml",
                text.replacingOccurrences(of: "5364", with: "\(port)")
                    .replacingOccurrences(of: ".build/dns64d-dev.sock", with: house.path("dev.sock")))
            #expect(text.contains("\"127.0.0.1:5364\", \"[::1]:5364\""))
            let child = try house.start([Programs.daemon, "--config", configuration], directory: Programs.root)
            let isReady = eventually(within: 15) { child.output.contains("Try: dig") || !child.isRunning }
            #expect(isReady && child.isRunning, "\(child.errors)")
            let line = try #require(child.output.split(separator: "\n").first { $0.hasPrefix("Try: ") })
            #expect(line == "Try: dig @::1 -p \(port) v4only.demo.home.arpa AAAA")
            let words = line.dropFirst(5).split(separator: " ").map(String.init)
            let answer = Answer(text: try house.must(words))
            #expect(answer.data("AAAA") == ["64:ff9b::c000:201"] && answer.status == "NOERROR")
            try demonstrationZone(house, Endpoint("127.0.0.1", port))
            child.signal(SIGINT)
            #expect(child.wait(seconds: 3) == .exit(0), "Ctrl-C")
        }
    }

    /// Every kind of name in zones/demo.zone, with no network at all.
    private func demonstrationZone(_ house: House, _ server: Endpoint) throws {
        func aaaa(_ name: String) throws -> [String] {
            let answer = try house.dig(server, "\(name).demo.home.arpa AAAA")
            #expect(answer.status == "NOERROR", "\(name)")
            return answer.data("AAAA").sorted()
        }
        #expect(try aaaa("v6only") == ["2001:db8::2"])
        #expect(try aaaa("dual") == ["2001:db8::3"])
        #expect(try aaaa("two") == ["64:ff9b::c000:204", "64:ff9b::c633:6404"])
        #expect(try aaaa("alias2") == ["64:ff9b::c000:201"])
        #expect(try aaaa("dualalias") == ["2001:db8::3"])
        #expect(try aaaa("outside") == ["64:ff9b::c000:aa", "64:ff9b::c000:ab"])
        #expect(try aaaa("v4only.tree") == ["64:ff9b::c000:205"])
        #expect(try aaaa("loopback") == [])
        #expect(try aaaa("mapped") == ["64:ff9b::c000:206"])
        #expect(try aaaa("text") == [])
        #expect(try aaaa("any.thing.wild") == ["64:ff9b::c000:208"])
        let web = try house.dig(server, "web.demo.home.arpa TYPE65")
        #expect(web.data("HTTPS").first?.contains("192.0.2.7") == true)
        #expect(web.additional.contains { $0.suffix(2) == ["AAAA", "64:ff9b::c000:207"] })
    }

    private func daemon(_ house: House, _ text: String, _ options: String...) throws -> Finished {
        try house.run([Programs.daemon, "--config", try house.write("test.yaml", text)] + options)
    }

    @Test func checkSaysEveryError() throws {
        try withHouse { house throws in
            let good = try daemon(house, "dns64: { mode: synthall }\n", "--check")
            #expect(good.status == 0 && good.output.contains("no errors"))
            let bad = try daemon(
                house,
                """
                dns64:
                  mdoe: standard
                  prefixes: ["64:ff9b::/95", "2001:db8:0:0:100::/96"]
                cache: { size: lots }
                upstream: [{ zone: ., servers: ["not an address"] }]
                """, "--check")
            #expect(bad.status == 1)
            let lines = bad.errors.split(separator: "\n").filter { $0.contains("test.yaml:") }
            #expect(lines.count == 5, "all errors, not the first alone: \(bad.errors)")
            #expect(bad.errors.contains("test.yaml:2:3") && bad.errors.contains("did you mean mode?"))
            #expect(bad.errors.contains("test.yaml:3:14") && bad.errors.contains("64:ff9b::/95"))
            let missing = try house.run([Programs.daemon, "--config", house.path("nothing.yaml"), "--check"])
            #expect(missing.status == 1 && missing.errors.contains("nothing.yaml"))
            let zone = try daemon(house, "zones: [{ name: a.example, file: /nowhere/a.zone }]\n", "--check")
            #expect(zone.status == 1 && zone.errors.contains("/nowhere/a.zone") && zone.errors.contains("test.yaml:1:"))
        }
    }

    @Test func printedConfigurationReadsBackTheSame() throws {
        try withHouse { house throws in
            let text = """
                server: { listen: ["127.0.0.1:5300"], allow: ["192.0.2.0/24"], tcp: { idle-timeout: 3s } }
                dns64: { prefixes: ["2001:db8:64::/96"], exclude-a: [special, 192.0.2.0/24], reverse: direct }
                clients: [{ match: ["2001:db8:1::/64"], name: lab, dns64: { mode: synthall } }]
                upstream: [{ zone: corp.example, servers: ["10.0.0.53"], policy: race }]
                cache: { size: 8MiB, serve-stale: { enabled: true } }
                """
            let first = try daemon(house, text, "--print-config")
            #expect(first.status == 0)
            for key in ["prefetch: true", "max-ttl: 1d", "2001:db8:64::/96", "mode: synthall", "policy: race", "8MiB"] {
                #expect(first.output.contains(key), "\(key)")
            }
            let second = try daemon(house, first.output, "--print-config")
            #expect(second.status == 0 && second.output == first.output)
            #expect(try daemon(house, "dns64: { mode: maybe }", "--print-config").status == 1)
        }
    }

    @Test func usage() throws {
        try withHouse { house throws in
            #expect(try house.run([Programs.daemon, "--help"]).status == 0)
            #expect(try house.run([Programs.daemon, "--version"]).output.hasPrefix("dns64d "))
            #expect(try house.run([Programs.daemon, "--nonsense"]).status != 0)
        }
    }

    @Test func aSecondDaemonOnTheSameAddress() throws {
        try withHouse { house throws in
            let daemon = try Daemon(house)
            let text = "server: { listen: [\(daemon.v4.text)] }\ncontrol: { socket: null }\nupstream: []\n"
            let second = try self.daemon(house, text)
            #expect(second.status == 1)
            #expect(second.errors.contains("127.0.0.1:\(daemon.v4.port)") && second.errors.contains("another program"))
            let port = try Ports.free()
            let socket =
                "server: { listen: [\"127.0.0.1:\(port)\"] }\ncontrol: { socket: \(daemon.socket) }\nupstream: []\n"
            let third = try self.daemon(house, socket)
            #expect(third.status == 1 && third.errors.contains(daemon.socket))
            #expect(try daemon.ctl("status").status == 0, "the first goes on")
            #expect(try daemon.ask("ipv4only.arpa.")?.addresses.count == 2)
        }
    }

    @Test func aMissingZoneFileAtTheStart() throws {
        try withHouse { house throws in
            let text = """
                server: { listen: ["127.0.0.1:\(try Ports.free())"] }
                control: { socket: null }
                zones: [{ name: a.example, file: /nowhere/a.zone }]
                """
            let finished = try daemon(house, text)
            #expect(finished.status == 1)
            #expect(finished.errors.contains("/nowhere/a.zone") && finished.errors.contains("No such file"))
            try house.write(
                "broken.zone", "$ORIGIN a.example.\n@ 300 SOA ns admin 1 2 3 4 5\nhost 300 A not.an.address\n")
            let broken = try daemon(
                house, text.replacingOccurrences(of: "/nowhere/a.zone", with: house.path("broken.zone")))
            #expect(broken.status == 1 && broken.errors.contains("broken.zone"))
        }
    }

    @Test func aSocketLeftBehindByAKilledDaemon() throws {
        try withHouse { house throws in
            let daemon = try Daemon(house)
            daemon.wasKilled = true
            daemon.child.signal(SIGKILL)
            #expect(daemon.child.wait(seconds: 3) == .signal(SIGKILL))
            let dead = try daemon.ctl("status")
            #expect(dead.status == 3)
            let again = try house.start([Programs.daemon, "--config", daemon.configuration])
            let answers = try eventually(within: 10) { try daemon.ctl("status").status == 0 }
            #expect(answers, "\(again.errors)")
        }
    }
}
