// The daemon itself, started with a configuration of the test's.

import Foundation
import Testing

final class Daemon {
    let house: House
    let child: Child
    let v4: Endpoint
    let v6: Endpoint
    let configuration: String
    let socket: String

    /// - Parameters:
    ///   - server: more keys of the server section, in YAML's flow form: `workers: 1, udp-size: 512`.
    ///   - rest: the other sections; `upstream: []` if there is none.
    init(
        _ house: House, server: String = "workers: 2", _ rest: String = "", environment: [String: String] = [:],
        prefix: [String] = [], listen: String? = nil, descriptors: [Int32] = []
    ) throws {
        self.house = house
        let port = try Ports.free()
        (v4, v6) = (Endpoint("127.0.0.1", port), Endpoint("::1", port))
        let number = house.number()
        socket = house.path("control\(number).sock")
        configuration = house.path("dns64d\(number).yaml")
        self.server = server
        self.listen = listen ?? "\(v4.text), \(v6.text)"
        try Self.text(self.listen, server, socket, rest).write(toFile: configuration, atomically: true, encoding: .utf8)
        child = try house.start(
            prefix + [Programs.daemon, "--config", configuration], environment: environment, descriptors: descriptors)
        try waitUntilReady()
        let child = child
        house.atEnd {
            if case .signal(let signal) = child.ending, !self.wasKilled {
                Issue.record("dns64d was ended by signal \(signal): \(child.errors.suffix(2000))")
            }
        }
    }

    private let server: String
    private let listen: String
    /// Set by a test that kills it.
    var wasKilled = false

    private static func text(_ listen: String, _ server: String, _ socket: String, _ rest: String) -> String {
        """
        server: { listen: [\(listen)], \(server) }
        control: { socket: "\(socket)" }
        \(rest.contains("upstream:") ? "" : "upstream: []\n")\(rest)
        """
    }

    /// Changes the file's other sections; the daemon knows nothing of it yet.
    func rewrite(_ rest: String, server: String? = nil) throws {
        try Self.text(listen, server ?? self.server, socket, rest).write(
            toFile: configuration, atomically: true, encoding: .utf8)
    }

    private func waitUntilReady() throws {
        let isReady = eventually(within: 20, every: 10) {
            guard child.isRunning, access(socket, F_OK) == 0 else { return !child.isRunning }
            return (try? control(["status": [String: String]()]))?["status"] != nil
        }
        guard isReady, child.isRunning else { throw HarnessError("dns64d did not start: \(child.errors)") }
    }

    // MARK: control

    /// One request over the control socket.
    func control(_ request: [String: Any]) throws -> [String: Any] {
        let connection = try Socket(SOCK_STREAM, AF_UNIX)
        try connection.connect(path: socket)
        let body = Array(try JSONSerialization.data(withJSONObject: request))
        connection.send(Wire.number(UInt32(body.count)) + body)
        guard let head = connection.receive(exactly: 4, within: 5),
            let reply = connection.receive(exactly: head.reduce(0) { $0 << 8 | Int($1) }, within: 5)
        else { throw HarnessError("no answer on \(socket)") }
        return try JSONSerialization.jsonObject(with: Data(reply)) as? [String: Any] ?? [:]
    }

    /// The counters that are not zero.
    func counters() throws -> [String: Int] {
        let stats = try control(["stats": [String: String]()])["stats"] as? [String: Any]
        let total = stats?["total"] as? [[String: Any]] ?? []
        return Dictionary(uniqueKeysWithValues: total.map { ($0["name"] as? String ?? "", $0["value"] as? Int ?? 0) })
    }

    func counter(_ name: String) throws -> Int { try counters()[name] ?? 0 }

    /// Runs dns64ctl.
    func ctl(_ arguments: String...) throws -> Finished { try ctl(arguments) }

    func ctl(_ arguments: [String]) throws -> Finished {
        try house.run([Programs.control, "--socket", socket] + Self.patience + arguments)
    }

    /// In an emulated machine a reload that changes the translator takes longer than dns64ctl waits by itself.
    private static let patience =
        ProcessInfo.processInfo.environment["DNS64D_GUEST"] == nil ? [] : ["--timeout", "60"]

    /// Runs dns64ctl with `--json`.
    func json(_ arguments: String...) throws -> [String: Any] {
        let finished = try house.run([Programs.control, "--socket", socket, "--json"] + Self.patience + arguments)
        try #require(finished.ending == .exit(0), "\(arguments): \(finished.errors)")
        return try JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any] ?? [:]
    }

    /// One question over UDP, in this process.
    func ask(_ name: String, _ type: UInt16 = Kind.aaaa, edns: UInt16? = 1232, within seconds: Double = 6) throws
        -> DNS?
    {
        try Ask.udp(v4, DNS.query(name, type, edns: edns), within: seconds)
    }

    /// The addresses of one AAAA answer, sorted.
    func aaaa(_ name: String) throws -> [String] { try ask(name)?.addresses.sorted() ?? ["no answer"] }
}

extension House {
    /// A daemon with these servers for all names. `keys` are more keys of that upstream entry.
    func forwarder(to servers: [Endpoint], _ keys: String = "", _ rest: String = "") throws -> Daemon {
        let list = servers.map(\.text).joined(separator: ", ")
        let more = keys.isEmpty ? "" : ", " + keys
        return try Daemon(self, "upstream: [{ zone: ., servers: [\(list)]\(more) }]\n" + rest)
    }
}
