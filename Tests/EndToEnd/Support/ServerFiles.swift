// What an nsd and an nginx need, for every test that runs one; and the wait for a server.

import Foundation

extension House {
    /// Writes the zones and the configuration of an nsd into `folder`, which is one of the house's own. The configuration's path.
    ///
    /// - Parameters:
    ///   - addresses: as in nsd.conf(5): an address, or address@port.
    ///   - options: more of the section `server`, a line each.
    ///   - isControlled: by nsd-control, over a socket in that folder.
    func nsdFiles(
        in folder: String, _ addresses: [String], _ zones: [(name: String, text: String)], options: [String] = [],
        isControlled: Bool = false
    ) throws -> String {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var lines = ["server:"] + addresses.map { "  ip-address: \($0)" }
        lines += [
            "  username: \"\"", "  chroot: \"\"", "  zonesdir: \"\(folder)\"", "  pidfile: \"\(folder)/pid\"",
            "  database: \"\"", "  xfrdfile: \"\(folder)/xfrd.state\"", "  zonelistfile: \"\(folder)/zone.list\"",
            "  xfrdir: \"\(folder)\"", "  logfile: \"\(folder)/log\"", "  server-count: 1", "  rrl-ratelimit: 0",
        ]
        lines += options.map { "  \($0)" } + ["remote-control:", "  control-enable: \(isControlled ? "yes" : "no")"]
        if isControlled { lines.append("  control-interface: \(folder)/control") }
        for (index, zone) in zones.enumerated() {
            try zone.text.write(toFile: "\(folder)/\(index).zone", atomically: true, encoding: .utf8)
            lines += ["zone:", "  name: \"\(zone.name)\"", "  zonefile: \(index).zone"]
        }
        let file = "\(folder)/nsd.conf"
        try (lines.joined(separator: "\n") + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        return file
    }

    /// Writes the configuration of an nginx, which keeps what it has in `folder`, one of the house's own that is there: also who
    /// came, for `visitors(in:)`. How it is started.
    ///
    /// - Parameter server: the section `server`, as nginx has it.
    func nginx(in folder: String, server: String) throws -> [String] {
        let file = "\(folder)/nginx.conf"
        let own = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \(folder)/\($0);" }
        let text = """
            daemon off;
            master_process off;
            user root;
            pid \(folder)/nginx.pid;
            error_log \(folder)/error.log;
            events { worker_connections 512; }
            http {
              access_log \(folder)/access.log combined;
              \(own.joined(separator: "\n  "))
              server { \(server) }
            }

            """
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        return ["nginx", "-c", file, "-e", "\(folder)/error.log"]
    }

    /// The addresses that came to an nginx for pages, in order.
    static func visitors(in folder: String) -> [String] {
        let text = (try? String(contentsOfFile: "\(folder)/access.log", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map { String($0.prefix { $0 != " " }) }
    }
}

extension Child {
    /// Waits for a server that was started; throws with what it said if it ended, or does not answer in time.
    func waitUntil(within seconds: Double = 20, _ answers: () throws -> Bool) throws {
        let isThere = try eventually(within: seconds, every: 50) {
            guard isRunning else { throw HarnessError("\(name) did not start: \(errors)\(output)") }
            return try answers()
        }
        guard isThere else { throw HarnessError("\(name) does not answer: \(errors)\(output)") }
    }
}
