// dns64d with the stand-in for Jool's client, on the box of a NAT64's world.

import Foundation
import Testing

extension NAT64World {
    /// - Parameters:
    ///   - jool: more keys of `nat64.jool`.
    ///   - nat64: more keys of `nat64`.
    static func joolText(_ standIn: JoolStandIn, jool: String = "", _ nat64: String = "") -> String {
        """
        upstream: [{ zone: ., servers: ["127.0.0.1:5354"], timeout: 2s }]
        cache: { min-ttl: 0s }
        nat64:
          backend: jool
          jool: { program: "\(standIn.program)"\(jool.isEmpty ? "" : ", " + jool) }
        \(nat64.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
        """
    }

    /// A name server on the box, a stand-in, and dns64d, which says that its translator works.
    func joolDaemon(_ standIn: JoolStandIn, jool: String = "", _ nat64: String = "") throws -> Daemon {
        try nameServer(box, "127.0.0.1", port: 5354)
        let daemon = try Daemon(
            house, server: "workers: 1", Self.joolText(standIn, jool: jool, nat64), prefix: daemonPrefix,
            listen: Self.listen)
        try awaitTranslator(daemon)
        return daemon
    }

    /// Runs dns64d with such a configuration to its end.
    func runJoolDaemon(_ standIn: JoolStandIn, _ argument: String, jool: String = "", _ nat64: String = "") throws
        -> Finished
    {
        let text = """
            server: { listen: [\(Self.listen)], workers: 1 }
            control: { socket: "\(house.path("run.sock"))" }
            \(Self.joolText(standIn, jool: jool, nat64))
            """
        let file = try house.write("run\(house.number()).yaml", text)
        return try house.run(daemonPrefix + [Programs.daemon, "--config", file, argument])
    }

    /// What the client gets for a name that has only an A record: the status and the addresses.
    func answer() throws -> String {
        let answer = try client.dig("@\(Self.boxAddress6) v4only.example AAAA")
        return ([answer.status] + answer.data("AAAA")).joined(separator: " ")
    }

    static let synthesized = "NOERROR \(server6)"
}

extension Daemon {
    /// The most memory that was ever resident, octets.
    func peakMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(child.pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return (Int(line.split(whereSeparator: \.isWhitespace)[1]) ?? 0) * 1024
    }
}
