// What a person on an IPv6-only network does first: ping, traceroute, a web page by its name, a name server, a
// file. The box shares its own IPv4 address.

import Foundation
import Testing

@Suite(.nat64Turns, .ownThread, .needsNamespaces) struct NAT64BasicTests {
    @Test func pingAndTraceroute() throws {
        try withNAT64World { world throws in
            _ = try world.daemon()
            let ping = try world.run(world.client, "ping -n -c 4 -i 0.2 -W 10 \(NAT64World.server6)")
            #expect(ping.status == 0 && ping.output.contains(" 0% packet loss"), "\(ping.output)\(ping.errors)")
            #expect(ping.output.contains("from \(NAT64World.server6)"))
            let large = try world.run(world.client, "ping -n -c 3 -i 0.2 -W 10 -s 4000 \(NAT64World.server6)")
            #expect(large.status == 0 && large.output.contains("4008 bytes"), "in fragments: \(large.output)")
            for way in ["", "-I"] {
                let trace = try world.run(
                    world.client, "traceroute -6 -n -q 2 -w 5 -m 10 \(way) \(NAT64World.server6)")
                let hops = trace.output.split(separator: "\n").dropFirst()
                #expect(hops.first?.contains(NAT64World.boxAddress6) == true, "the box is first: \(trace.output)")
                let router = NAT64World.through(NAT64World.routerAddress)
                #expect(hops.dropLast().contains { $0.contains(router) }, "the router's IPv4 address: \(trace.output)")
                #expect(hops.last?.contains(NAT64World.server6) == true, "the server: \(trace.output)")
                #expect(!trace.output.contains("!"), "no hop says that it can't: \(trace.output)")
            }
        }
    }

    /// The whole way: the client's resolver is dns64d, the web server has IPv4 alone.
    @Test func aWebPageByName() throws {
        try withNAT64World { world throws in
            try world.nameServer()
            let web = try world.webServer()
            _ = try world.daemon()
            let page = try world.run(world.client, "curl -sS --max-time 30 http://v4only.example/")
            #expect(page.output == NAT64World.page, "\(page.errors)")
            #expect(web.visitors == [NAT64World.boxAddress4], "the box's own IPv4 address is what the server sees")
            let verbose = try world.run(world.client, "curl -sSv --max-time 30 http://v4only.example/")
            #expect(verbose.errors.contains(NAT64World.server6))
        }
    }

    /// "The box's own programs can use the NAT64 too."
    @Test func theBoxItself() throws {
        try withNAT64World { world throws in
            try world.nameServer()
            let web = try world.webServer()
            _ = try world.daemon()
            let ping = try world.run(world.box, "ping -n -c 3 -i 0.2 -W 10 \(NAT64World.server6)")
            #expect(ping.status == 0, "\(ping.output)\(ping.errors)")
            let page = try world.run(world.box, "curl -6 -sS --max-time 30 http://v4only.example/")
            #expect(page.output == NAT64World.page, "\(page.errors)")
            let plain = try world.run(world.box, "curl -4 -sS --max-time 30 http://v4only.example/")
            #expect(plain.output == NAT64World.page, "its IPv4 is as it was: \(plain.errors)")
            #expect(web.visitors == [NAT64World.boxAddress4, NAT64World.boxAddress4])
        }
    }

    @Test func linesOverTCPAndUDP() throws {
        try withNAT64World { world throws in
            _ = try world.daemon()
            let question = try world.house.write("question", "a question\n")
            let reply = try world.house.write("reply", "a reply\n")
            let listener = try world.house.start(
                world.server.prefix + ["sh", "-c", "nc -l -N \(NAT64World.serverAddress) 7000 < \(reply)"])
            let listens = try eventually(within: 20) {
                try world.server.inside("ss", "-Hltn", "sport = :7000").contains("LISTEN")
            }
            #expect(listens)
            let caller = try world.house.run(
                world.client.prefix + ["nc", "-N", "-w", "20", NAT64World.server6, "7000"], input: question)
            #expect(caller.output == "a reply\n", "\(caller.errors)")
            #expect(listener.wait(seconds: 20) != nil && listener.output == "a question\n")
            let udp = try world.house.start(
                world.server.prefix + ["nc", "-u", "-l", "-W", "1", NAT64World.serverAddress, "7001"])
            let bound = try eventually(within: 20) { try !world.server.inside("ss", "-Hlun", "sport = :7001").isEmpty }
            #expect(bound)
            _ = try world.house.run(
                world.client.prefix + ["nc", "-u", "-q", "0", "-w", "2", NAT64World.server6, "7001"], input: question)
            #expect(eventually(within: 20) { udp.output == "a question\n" }, "\(udp.output)\(udp.errors)")
        }
    }

    /// dig to the server's own name server, through the translator: with 4000 octets over UDP, in fragments.
    @Test(arguments: ["", "pool4: [192.0.2.16/28]"])
    func namesThroughTheTranslator(_ pool: String) throws {
        try withNAT64World { world throws in
            try world.router.ip("route add 192.0.2.0/24 via \(NAT64World.boxAddress4)")
            try world.nameServer()
            let daemon = try world.daemon(pool)
            let before = try daemon.translated()
            let server = "@\(NAT64World.server6) +time=10"
            #expect(try world.client.dig("\(server) v4only.example A").data("A") == [NAT64World.serverAddress])
            #expect(try world.client.dig("\(server) +tcp v4only.example A").data("A") == [NAT64World.serverAddress])
            let large = try world.client.dig("\(server) +bufsize=4096 +notcp +ignore big.example TXT")
            #expect(large.data("TXT").first?.count ?? 0 > 3900, "\(large.text)\n\(daemon.grown(since: before))")
            #expect(!large.flags.contains("tc"))
            let stream = try world.client.dig("\(server) +tcp big.example TXT")
            #expect(stream.data("TXT").first?.count ?? 0 > 3900, "\(stream.text)")
        }
    }

    @Test func filesByFTP() throws {
        try withNAT64World { world throws in
            let text = (0..<4000).map { "line \($0)\n" }.joined()
            try world.fileServer(file: "file.txt", text)
            _ = try world.daemon()
            let file = try world.run(
                world.client, "curl -sSv --max-time 30 ftp://[\(NAT64World.server6)]/file.txt")
            let isWhole = file.output == text
            #expect(isWhole, "\(file.errors)")
            #expect(file.errors.contains("EPSV"), "extended passive mode")
        }
    }
}
