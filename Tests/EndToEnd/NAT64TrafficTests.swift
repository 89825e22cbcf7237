// Much at once: iperf3 both ways, large files, and links behind the box that are narrower than the client's.

import Foundation
import Testing

@Suite(.nat64Turns, .ownThread, .needsNamespaces) struct NAT64TrafficTests {
    private func end(_ world: NAT64World, _ options: String) throws -> [String: Any] {
        let finished = try world.run(world.client, "iperf3 -J -c \(NAT64World.server6) \(options)")
        let report = try JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any]
        try #require(report?["error"] == nil && finished.status == 0, "\(finished.output.suffix(1000))")
        return report?["end"] as? [String: Any] ?? [:]
    }

    /// The slowest that anybody would call working, on a machine that does other things too.
    private let leastBitsPerSecond = 20e6

    @Test(arguments: ["", "pool4: [192.0.2.16/28]"])
    func streamsAndDatagramsBothWays(_ pool: String) throws {
        try withNAT64World { world throws in
            try world.router.ip("route add 192.0.2.0/24 via \(NAT64World.boxAddress4)")
            try world.iperfServer()
            let daemon = try world.daemon(pool)
            let before = try daemon.translated()
            for way in ["", "-R", "-P 4"] {
                let sum = try end(world, "-t 1 \(way)")["sum_received"] as? [String: Any]
                let rate = sum?["bits_per_second"] as? Double ?? 0
                #expect(rate > leastBitsPerSecond, "TCP \(way): \(rate); \(daemon.grown(since: before))")
            }
            for way in ["", "-R"] {
                // The size of a QUIC packet.
                let sum = try end(world, "-u -l 1200 -b 10M -t 1 \(way)")["sum"] as? [String: Any]
                let (sent, lost) = (sum?["packets"] as? Int ?? 0, sum?["lost_percent"] as? Double ?? 100)
                #expect(sent > 500 && lost < 10, "UDP \(way): \(lost) % of \(sent); \(daemon.grown(since: before))")
            }
        }
    }

    private func expectFilesPass(_ world: NAT64World, _ web: WebServer, octets: Int, _ what: String) throws {
        let original = try web.makeFile("original", octets: octets)
        let copy = world.house.path("copy\(world.house.number())")
        let url = "http://[\(NAT64World.server6)]"
        let download = try world.run(world.client, "curl -sS --max-time 60 -o \(copy) \(url)/original")
        #expect(download.status == 0, "\(what): \(download.errors)")
        let isWhole = FileManager.default.contents(atPath: copy) == original
        #expect(isWhole, "\(what): what came is what was there")
        let upload = try world.run(world.client, "curl -sS --max-time 60 -T \(copy) \(url)/uploaded")
        #expect(upload.status == 0, "\(what): \(upload.errors)")
        let hasArrived = web.content("uploaded") == original
        #expect(hasArrived, "\(what): what arrived is what was sent")
    }

    /// A link behind the box that is narrower than the client's: files pass, and who sends a packet that is too large
    /// is told how large it may be: 20 octets more than the link takes, for that is what IPv6's header is longer. Links
    /// below 1260 are hidden behind IPv6's least MTU (RFC 7915 section 5.2: "If the resulting MTU would be less
    /// than 1280, the translator MUST set the MTU to 1280"), and the IPv4 packets may be cut.
    @Test(arguments: [(1400, 1420, "pool4: []"), (1280, 1300, "tun: { mss-clamp: off }"), (1000, 1280, "")])
    func pathMTU(_ link: Int, _ told: Int, _ nat64: String) throws {
        try withNAT64World(narrow: link) { world throws in
            let web = try world.webServer()
            let daemon = try world.daemon(nat64)
            let before = try daemon.translated()
            let ping = "ping -n -i 0.3 -W 10 -M do"
            let large = try world.run(world.client, "\(ping) -c 3 -s 1440 \(NAT64World.server6)")
            let says = "mtu[=:] ?\(told)"
            #expect(
                (large.output + large.errors).range(of: says, options: .regularExpression) != nil,
                "\(large.output)\(large.errors)\n\(daemon.grown(since: before))")
            // 48: the headers of IPv6 and of ICMPv6.
            let fits = try world.run(world.client, "\(ping) -c 2 -s \(told - 48) \(NAT64World.server6)")
            #expect(fits.status == 0, "\(fits.output)\(fits.errors)\n\(daemon.grown(since: before))")
            try expectFilesPass(world, web, octets: 3_000_000, "link of \(link)")
            let name = try world.run(world.client, "ip -6 route get \(NAT64World.server6)")
            #expect(name.output.contains("mtu \(told)"), "the client has learned it: \(name.output)")
        }
    }

    /// The same with a public address, where no connection tracking helps.
    @Test func pathMTUWithPublicAddresses() throws {
        try withNAT64World(narrow: 1280) { world throws in
            try world.router.ip("route add 192.0.2.0/24 via \(NAT64World.boxAddress4)")
            let web = try world.webServer()
            _ = try world.daemon("pool4: [192.0.2.16/28], tun: { mss-clamp: off }")
            try expectFilesPass(world, web, octets: 3_000_000, "public pool4")
            #expect(web.visitors.allSatisfy { $0.hasPrefix("192.0.2.") })
        }
    }

    /// The narrow link is on the client's side: the server is told, 20 octets less than IPv6 can carry.
    @Test func pathMTUInside() throws {
        try withNAT64World { world throws in
            try world.router.ip("route add 192.0.2.0/24 via \(NAT64World.boxAddress4)")
            let web = try world.webServer()
            let original = try web.makeFile("original", octets: 3_000_000)
            let daemon = try world.daemon("pool4: [192.0.2.16/28], tun: { mss-clamp: off }")
            let before = try daemon.translated()
            // Only this end: the client's still announces segments for 1500.
            try world.box.ip("link set lan0 mtu 1400")
            let copy = world.house.path("copy")
            let download = try world.run(
                world.client, "curl -sS --max-time 60 -o \(copy) http://[\(NAT64World.server6)]/original")
            let isWhole = FileManager.default.contents(atPath: copy) == original
            #expect(download.status == 0 && isWhole, "\(download.errors)\(daemon.grown(since: before))")
            let visitor = try #require(web.visitors.first)
            let route = try world.run(world.server, "ip route get \(visitor)").output
            #expect(route.contains("mtu 1380"), "\(route)")
        }
    }
}
