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
        let nginx = try world.house.nginx(
            in: folder, server: "listen \(WholeBox.serverAddress):80; root \(folder)/www;")
        let webServer = try world.house.start(world.server.prefix + nginx)
        // Behind three routers, so the box's way to it is good as well.
        try nameServer.waitUntil {
            try world.server.dig("@\(WholeBox.serverAddress) +time=1 any.example A").status == "NOERROR"
        }
        try webServer.waitUntil {
            try world.server.inside("ss", "-Hltn", "sport = :80").contains("LISTEN")
        }
    }

    /// The addresses that came for pages, in order.
    var visitors: [String] { House.visitors(in: folder) }
}
