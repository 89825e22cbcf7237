// Who answers on the internet of a picture: nsd for its names, nginx for its pages.

import Foundation
import Testing

extension ConfigurationNetwork {
    /// nsd at all of `names`, nginx at all of `web`, which answers with the address that it sees.
    func serve(
        _ place: Namespace, _ tag: String, names: [String], web: [String], zone: (name: String, text: String)
    )
        throws
    {
        let own = picture.provider.map(Self.bare)
        for address in names + web where !own.contains(address) {
            try place.ip("addr add \(address)/\(address.contains(":") ? "128" : "32") dev lo")
        }
        let folder = house.path("servers-\(tag)")
        let nsd = try house.nsdFiles(in: folder, names, [zone])
        let nameServer = try house.start(place.prefix + ["nsd", "-d", "-c", nsd])
        let listen = web.map { $0.contains(":") ? "listen [\($0)]:80;" : "listen \($0):80;" }.joined(separator: " ")
        let nginx = try house.nginx(
            in: folder, server: "\(listen) location / { return 200 \"$remote_addr\\n\"; }")
        let webServer = try house.start(place.prefix + nginx)
        try nameServer.waitUntil { try place.dig("@\(names[0]) +time=1 \(zone.name) SOA").status == "NOERROR" }
        try webServer.waitUntil { try place.inside("ss", "-Hltn", "sport = :80").contains("LISTEN") }
    }
}
