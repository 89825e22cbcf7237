// dns64d as the NAT64 of a world, and what it says of itself.

import Foundation
import Testing

extension NAT64World {
    /// The configuration but for what the daemon's own helper writes. `nat64` holds more keys of that section,
    /// `upstream` the server of all names.
    static func configuration(
        _ nat64: String = "", dns64: String = "", upstream: String = serverAddress, backend: String = "tun",
        _ rest: String = ""
    ) -> String {
        """
        upstream: [{ zone: ., servers: ["\(upstream)"], timeout: 2s }]
        dns64: { \(dns64) }
        nat64: { backend: \(backend)\(nat64.isEmpty ? "" : ", " + nat64) }
        \(rest)
        """
    }

    /// What stands before dns64d: the box, with a /run of its own. Machines share no state files.
    var daemonPrefix: [String] {
        let run = house.path("run")
        mkdir(run, 0o755)
        mkdir(run + "/dns64d", 0o755)
        return box.prefix + ["sh", "-c", "mount --bind \(run) /run && exec \"$@\"", "sh"]
    }

    static let listen = "\"[\(boxAddress6)]:53\", \"[::1]:53\""

    /// Starts dns64d on the box, and waits until its translator says that it works.
    func daemon(
        _ nat64: String = "", dns64: String = "", upstream: String = serverAddress, server: String = "workers: 1",
        backend: String = "tun", _ rest: String = ""
    ) throws -> Daemon {
        let listen = second == nil ? Self.listen : Self.listen + ", \"[2001:db8:65::1]:53\""
        let daemon = try Daemon(
            house, server: server,
            Self.configuration(nat64, dns64: dns64, upstream: upstream, backend: backend, rest),
            prefix: daemonPrefix, listen: listen)
        try awaitTranslator(daemon)
        return daemon
    }

    /// Starts dns64d again with the configuration of a daemon that has ended, whose control commands then reach this one.
    func again(_ daemon: Daemon) throws -> Child {
        let child = try house.start(daemonPrefix + [Programs.daemon, "--config", daemon.configuration])
        try awaitTranslator(daemon, child)
        return child
    }

    func awaitTranslator(_ daemon: Daemon, _ again: Child? = nil) throws {
        let child = again ?? daemon.child
        let isGood = eventually(within: 60, every: 50) {
            !child.isRunning || (try? daemon.health().health) == "good"
        }
        guard isGood, child.isRunning else {
            throw HarnessError("the translator: \(daemon.nat64Text)\n\(child.errors)")
        }
    }

    /// Runs dns64d with a configuration of this kind and more arguments, to its end.
    func runDaemon(
        _ arguments: [String], _ nat64: String = "", dns64: String = "", backend: String = "tun", prefix: [String] = []
    ) throws -> Finished {
        let text = """
            server: { listen: [\(Self.listen)], workers: 1 }
            control: { socket: "\(house.path("run.sock"))" }
            \(Self.configuration(nat64, dns64: dns64, backend: backend))
            """
        let file = try house.write("run.yaml", text)
        return try house.run(daemonPrefix + prefix + [Programs.daemon, "--config", file] + arguments)
    }
}

extension Daemon {
    func nat64Health() throws -> String {
        let finished = try ctl("--json", "nat64", "status")
        guard finished.status == 0 else { return "" }
        let value = try JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any]
        return value?["health"] as? String ?? ""
    }

    /// What `dns64ctl nat64 status` tells, without starting it.
    func health() throws -> (health: String, reasons: [[String: Any]]) {
        let report = try control(["nat64-status": [String: String]()])["nat64-status"] as? [String: Any] ?? [:]
        return (report["health"] as? String ?? "", report["reasons"] as? [[String: Any]] ?? [])
    }

    /// The reasons' codes.
    func nat64Reasons() throws -> [String] {
        (try json("nat64", "status")["reasons"] as? [[String: Any]] ?? []).compactMap { $0["code"] as? String }
    }

    func sessions(_ options: String...) throws -> [[String: Any]] {
        let finished = try house.run(
            [Programs.control, "--socket", socket, "--json", "nat64", "sessions", "--limit", "0"] + options)
        try #require(finished.status == 0, "\(finished.errors)")
        let value = try JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any]
        return value?["sessions"] as? [[String: Any]] ?? []
    }

    func bindings() throws -> [[String: Any]] { try json("nat64", "bindings")["bindings"] as? [[String: Any]] ?? [] }

    /// The translator's counters.
    func translated() throws -> [String: Int] {
        let counters = try json("nat64", "stats", "--all")["counters"] as? [[String: Any]] ?? []
        return Dictionary(
            counters.map { ($0["name"] as? String ?? "", $0["value"] as? Int ?? 0) }, uniquingKeysWith: +)
    }

    /// A counter that has to have a name.
    func translated(_ name: String) throws -> Int {
        try #require(try translated()[name], "there is no counter \(name)")
    }

    /// Resident memory, octets.
    func memory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(child.pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return (Int(line.split(whereSeparator: \.isWhitespace)[1]) ?? 0) * 1024
    }

    /// Which counters have grown since, for what a failed test says.
    func grown(since before: [String: Int] = [:]) -> String {
        ((try? translated()) ?? [:]).filter { $0.value != before[$0.key] ?? 0 }.sorted { $0.key < $1.key }
            .map { "\($0.key) +\($0.value - (before[$0.key] ?? 0))" }.joined(separator: ", ")
    }

    /// `dns64ctl nat64 status`, for what a failed test says.
    var nat64Text: String { (try? ctl("nat64", "status").output) ?? "" }
}
