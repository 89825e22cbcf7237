// Real servers upstream: nsd with zones of ours, unbound that asks it.

import Foundation

/// nsd, authoritative.
struct NSD {
    let child: Child
    let v4: Endpoint
    let v6: Endpoint
    private let configuration: String
    private let house: House

    /// - Parameter zones: names and contents of their master files.
    init(
        _ house: House, _ zones: [(name: String, text: String)], prefix: [String] = [],
        address: (String, String)? = nil,
        port: UInt16? = nil
    ) throws {
        self.house = house
        let port = try port ?? Ports.free()
        (v4, v6) = (Endpoint(address?.0 ?? "127.0.0.1", port), Endpoint(address?.1 ?? "::1", port))
        configuration = try house.nsdFiles(
            in: house.path("nsd\(house.number())"), ["\(v4.address)@\(port)", "\(v6.address)@\(port)"], zones,
            options: ["minimal-responses: no"], isControlled: true)
        child = try house.start(prefix + ["nsd", "-d", "-c", configuration])
        if prefix.isEmpty { try Self.waitFor(v4, zones[0].name, child) }
    }

    static func waitFor(_ server: Endpoint, _ zone: String, _ child: Child) throws {
        try child.waitUntil(within: 15) {
            try Ask.udp(server, .query(zone, Kind.soa), within: 0.2)?.responseCode == 0
        }
    }

    /// Queries since the start.
    func queryCount() throws -> Int {
        let text = try house.must(["nsd-control", "-c", configuration, "stats_noreset"])
        let line = text.split(separator: "\n").first { $0.hasPrefix("num.queries=") }
        return Int(line?.split(separator: "=").last ?? "") ?? -1
    }
}

/// unbound, resolving.
struct Unbound {
    let child: Child
    let v4: Endpoint
    let v6: Endpoint

    /// - Parameters:
    ///   - stubs: zones and the server that has them.
    ///   - anchors: a file with trust anchors, for validation.
    ///   - saysWhy: sends extended errors.
    init(_ house: House, stubs: [(zone: String, server: Endpoint)], anchors: String? = nil, saysWhy: Bool = true) throws
    {
        let port = try Ports.free()
        (v4, v6) = (Endpoint("127.0.0.1", port), Endpoint("::1", port))
        var text = """
            server:
              interface: 127.0.0.1@\(port)
              interface: ::1@\(port)
              do-daemonize: no
              use-syslog: no
              chroot: ""
              username: ""
              pidfile: ""
              directory: "\(house.folder)"
              do-not-query-localhost: no
              num-threads: 1
              access-control: 127.0.0.0/8 allow
              access-control: ::1 allow
              module-config: "\(anchors == nil ? "iterator" : "validator iterator")"
              ede: \(saysWhy ? "yes" : "no")
              local-zone: "home.arpa." nodefault

            """
        if let anchors { text += "  trust-anchor-file: \"\(anchors)\"\n" }
        for stub in stubs {
            text += "stub-zone:\n  name: \(stub.zone)\n  stub-addr: \(stub.server.address)@\(stub.server.port)\n"
        }
        let configuration = try house.write("unbound\(house.number()).conf", text)
        child = try house.start(["unbound", "-d", "-c", configuration])
        try NSD.waitFor(v4, stubs[0].zone, child)
    }
}

enum Zones {
    static func head(_ name: String, minimum: Int = 300) -> String {
        """
        $ORIGIN \(name).
        $TTL 300
        @ SOA ns admin 1 3600 900 604800 \(minimum)
        @ NS ns
        ns A 127.0.0.1

        """
    }

    /// The zone that most tests ask for.
    static let main = (
        name: "main.example",
        text: head("main.example", minimum: 200) + """
            v4only A 192.0.2.1
            two A 192.0.2.2
            two A 198.51.100.2
            dual A 192.0.2.3
            dual AAAA 2001:db8::3
            v6only AAAA 2001:db8::4
            text TXT "no address"
            alias CNAME v4only
            across CNAME v4only.other.example.
            chain CNAME across
            toDual CNAME dual
            toNowhere CNAME nothing.other.example.
            loop1 CNAME loop2
            loop2 CNAME loop1
            tree DNAME branch
            v4only.branch A 192.0.2.5
            far DNAME far.other.example.
            mapped AAAA ::ffff:192.0.2.6
            mapped A 192.0.2.6
            half AAAA ::ffff:192.0.2.6
            half AAAA 2001:db8::7
            half A 192.0.2.7
            private A 10.1.2.3
            loopback A 127.0.0.1
            short 60 A 192.0.2.8
            long 3600 A 192.0.2.9
            web A 192.0.2.10
            web TYPE65 \\# 11 0001000004 0004 C000020A
            bank.secret A 192.0.2.11
            pub A 203.0.113.1

            """ + (0..<120).map { "big A 198.51.100.\($0 + 1)\n" }.joined()
    )

    static let other = (
        name: "other.example",
        text: head("other.example", minimum: 100) + """
            v4only A 198.51.100.1
            v4only.far A 198.51.100.5

            """
    )

    static let reverse = (
        name: "2.0.192.in-addr.arpa",
        text: head("2.0.192.in-addr.arpa") + "1 PTR v4only.main.example.\n"
    )
}
