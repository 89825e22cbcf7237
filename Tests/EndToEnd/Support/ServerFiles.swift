// What an nsd needs, for every test that runs one; and the wait for a server.

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
