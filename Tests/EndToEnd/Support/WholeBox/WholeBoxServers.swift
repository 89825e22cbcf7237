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
        let nsd = try world.house.nsdFiles(
            in: folder + "/names", [WholeBox.serverAddress], [("example", names)])
        let nameServer = try world.start(world.server, "nsd -d -c \(nsd)")
        let webServer = try world.start(
            world.server, "nginx -c \(try nginx(world.house)) -e \(folder)/error.log")
        // Behind three routers, so the box's way to it is good as well.
        try nameServer.waitUntil {
            try world.server.dig("@\(WholeBox.serverAddress) +time=1 any.example A").status == "NOERROR"
        }
        try webServer.waitUntil {
            try world.server.inside("ss", "-Hltn", "sport = :80").contains("LISTEN")
        }
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
