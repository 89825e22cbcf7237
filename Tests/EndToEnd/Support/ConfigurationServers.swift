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
        let webServer = try startWeb(place, folder, web)
        try nameServer.waitUntil { try place.dig("@\(names[0]) +time=1 \(zone.name) SOA").status == "NOERROR" }
        try webServer.waitUntil { try place.inside("ss", "-Hltn", "sport = :80").contains("LISTEN") }
    }

    private func startWeb(_ place: Namespace, _ folder: String, _ addresses: [String]) throws -> Child {
        let listen = addresses.map { $0.contains(":") ? "listen [\($0)]:80;" : "listen \($0):80;" }
        let file = try house.write(
            folder.split(separator: "/").last.map { "\($0)/nginx.conf" } ?? "",
            """
            daemon off;
            master_process off;
            user root;
            pid \(folder)/nginx.pid;
            error_log \(folder)/error.log;
            events { worker_connections 64; }
            http {
              access_log off;
              client_body_temp_path \(folder)/body;
              proxy_temp_path \(folder)/proxy;
              fastcgi_temp_path \(folder)/fastcgi;
              uwsgi_temp_path \(folder)/uwsgi;
              scgi_temp_path \(folder)/scgi;
              server { \(listen.joined(separator: " ")) location / { return 200 "$remote_addr\\n"; } }
            }

            """)
        return try house.start(place.prefix + ["nginx", "-c", file, "-e", "\(folder)/error.log"])
    }
}
