// `dns64ctl nat64 test`: what it asks, what it prints, how it ends.

import ControlProtocol
import Testing

@testable import dns64ctl

@Suite struct NAT64TestTests {
    private func daemon() throws -> FakeDaemon {
        try FakeDaemon { request in
            guard case .nat64(.test(let what)) = request else { return .closes }
            return .answer(.nat64(.test(NAT64TestSamples.report(what))))
        }
    }

    private func run(_ daemon: FakeDaemon, _ arguments: String...) -> Run {
        Run(["nat64", "test"] + arguments, environment: Environment(socket: daemon.path))
    }

    @Test func itWorks() throws {
        let daemon = try daemon()
        let run = run(daemon, "www.example")
        #expect(run.status == .done)
        #expect(daemon.requests == [.nat64(.test(NAT64TestRequest(host: "www.example", port: 443, trace: true)))])
        #expect(
            run.output == """
                ok     resolve: www.example. AAAA 64:ff9b::c633:6450, from [::1]:53, 410.0 µs
                ok     synthesize: 64:ff9b::c633:6450 is the IPv4 address 198.51.100.80 behind
                       64:ff9b::/96
                ok     route: packets to 64:ff9b::c633:6450 leave by nat64
                ok     translator: tun says that it works, and has 1874 sessions
                ok     connect: connected to port 443 from the client [2001:db8:1::b7c2]:50312,
                       played on this box, 12.4 ms
                ok     session: the translator sent it out from 203.0.113.9:50312, now trans

                  hop  router              as an IPv4 address  answered in
                    1  2001:db8:1::1                               50.0 µs
                    2  64:ff9b::c000:201   192.0.2.1              120.0 µs
                    3  no answer
                    4  64:ff9b::c633:6450  198.51.100.80           12.3 ms

                it works: www.example. is reached through the translator

                """)
    }

    @Test func itDoesNotWork() throws {
        let daemon = try daemon()
        let run = run(daemon, "www.example", "--port", "81", "--no-trace")
        #expect(run.status == .refused)
        #expect(run.errors.isEmpty)
        #expect(daemon.requests == [.nat64(.test(NAT64TestRequest(host: "www.example", port: 81, trace: false)))])
        #expect(
            run.output.hasSuffix(
                """
                FAILED connect: 4 SYNs to port 81 from the client [2001:db8:1::b7c2]:50312,
                       played on this box, and no answer in 4000 ms. The translator has no
                       session for it: the packets never got there, or it dropped them, 4.0 s
                        -> sysctl net.ipv6.conf.all.forwarding has to say 1
                        -> nft list ruleset: does a forward chain drop what comes in from
                           dns64probe?

                it does not work: www.example. is not reached through the translator

                """))
    }

    @Test func asJSON() throws {
        let run = run(try daemon(), "www.example", "--port", "81", "--json")
        #expect(run.status == .refused)
        #expect(run.output.contains(#""works": false"#))
        #expect(run.output.contains(#""step": "connect""#))
    }

    @Test(arguments: [["a..b"], ["www.example", "--port", "0"], ["www.example", "--port", "65536"], []])
    func whatCannotBeMeant(_ arguments: [String]) {
        let run = Run(["nat64", "test"] + arguments, environment: Environment(socket: "/nonexistent/control.sock"))
        #expect(run.status == .usage)
    }

    @Test func noNameSteersTheTerminal() throws {
        var report = NAT64TestSamples.works
        report.steps[0].finding = "\u{1B}[2J"
        report.steps[0].remedy = "\u{1B}[3J"
        report.hops[0].address = "\u{1B}[4J"
        let answer = ControlResponse.nat64(.test(report))
        let run = run(try FakeDaemon { _ in .answer(answer) }, "www.example")
        #expect(!run.output.contains("\u{1B}"))
    }
}
