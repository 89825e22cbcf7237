// The IPv4 side: nsd with names that have no AAAA, nginx with a page and a large file, both at one address.

import Foundation

struct WholeBoxServers {
    private let folder: String

    init(_ world: WholeBox) throws {
        folder = world.house.path("servers")
        try FileManager.default.createDirectory(atPath: folder + "/www", withIntermediateDirectories: true)
        try WholeBox.page.write(toFile: folder + "/www/index.html", atomically: true, encoding: .utf8)
        try Data().write(to: URL(fileURLWithPath: folder + "/www/large"))
        truncate(folder + "/www/large", WholeBox.octets)
        let names = Zones.head("example") + "* A \(WholeBox.serverAddress)\n"
        let nameServer = try world.start(world.server, "nsd -d -c \(try nsd(world.house, names))")
        let webServer = try world.start(
            world.server, "nginx -c \(try nginx(world.house)) -e \(folder)/error.log")
        // Behind three routers, so the box's way to it is good as well.
        try waitFor(nameServer) {
            try world.server.dig("@\(WholeBox.serverAddress) +time=1 any.example A").status == "NOERROR"
        }
        try waitFor(webServer) {
            try world.server.inside("ss", "-Hltn", "sport = :80").contains("LISTEN")
        }
    }

    private func waitFor(_ child: Child, _ isThere: () throws -> Bool) throws {
        let isThere = try eventually(within: 20, every: 50) {
            guard child.isRunning else { throw HarnessError("\(child.name) did not start: \(child.errors)") }
            return try isThere()
        }
        guard isThere else { throw HarnessError("\(child.name) does not answer: \(child.errors)") }
    }

    private func nsd(_ house: House, _ zone: String) throws -> String {
        try house.write("servers/zone", zone)
        return try house.write(
            "servers/nsd.conf",
            """
            server:
              ip-address: \(WholeBox.serverAddress)
              username: ""
              chroot: ""
              zonesdir: "\(folder)"
              pidfile: "\(folder)/pid"
              database: ""
              xfrdfile: "\(folder)/xfrd.state"
              zonelistfile: "\(folder)/zone.list"
              xfrdir: "\(folder)"
              logfile: "\(folder)/log"
              server-count: 1
              rrl-ratelimit: 0
            remote-control:
              control-enable: no
            zone:
              name: example
              zonefile: zone

            """)
    }

    private func nginx(_ house: House) throws -> String {
        try house.write(
            "servers/nginx.conf",
            """
            daemon off;
            master_process off;
            user root;
            pid \(folder)/nginx.pid;
            error_log \(folder)/error.log;
            events { worker_connections 64; }
            http {
              access_log \(folder)/access.log combined;
              client_body_temp_path \(folder)/body;
              proxy_temp_path \(folder)/proxy;
              fastcgi_temp_path \(folder)/fastcgi;
              uwsgi_temp_path \(folder)/uwsgi;
              scgi_temp_path \(folder)/scgi;
              server { listen \(WholeBox.serverAddress):80; root \(folder)/www; }
            }

            """)
    }

    /// The addresses that came for pages, in order.
    var visitors: [String] {
        let text = (try? String(contentsOfFile: folder + "/access.log", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map { String($0.prefix { $0 != " " }) }
    }
}
