// What dig, kdig and drill say.

import Foundation

/// An answer as dig prints it.
struct Answer {
    let text: String

    /// `NOERROR`; empty if there was no answer.
    var status: String { between("status: ", ",") }
    var flags: [String] { between(";; flags: ", ";").split(separator: " ").map(String.init) }
    var answer: [[String]] { section("ANSWER") }
    var authority: [[String]] { section("AUTHORITY") }
    var additional: [[String]] { section("ADDITIONAL") }
    /// The data of the answer section's records of one type.
    func data(_ type: String) -> [String] {
        answer.filter { $0.count > 4 && $0[3] == type }.map { $0[4...].joined(separator: " ") }
    }
    var ttls: [Int] { answer.compactMap { $0.count > 1 ? Int($0[1]) : nil } }

    private func between(_ start: String, _ end: String) -> String {
        guard let from = text.range(of: start), let to = text.range(of: end, range: from.upperBound..<text.endIndex)
        else {
            return ""
        }
        return String(text[from.upperBound..<to.lowerBound])
    }

    /// The records of a section, each split at its white space.
    private func section(_ name: String) -> [[String]] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard
            let start = lines.firstIndex(where: {
                $0.hasPrefix(";; \(name) SECTION") || $0.hasPrefix(";; \(name) PSEUDO")
            })
        else {
            return []
        }
        return lines[(start + 1)...].prefix { !$0.isEmpty }.filter { !$0.hasPrefix(";") }
            .map { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
    }
}

extension House {
    /// Runs dig. No retry and a short wait, unless `options` say otherwise.
    func dig(_ server: Endpoint, _ options: String...) throws -> Answer {
        let words = options.flatMap { $0.split(separator: " ").map(String.init) }
        return Answer(
            text: try run(["dig", "+tries=1", "+time=8", "@\(server.address)", "-p", "\(server.port)"] + words).output)
    }

    func kdig(_ server: Endpoint, _ options: String...) throws -> Answer {
        let words = options.flatMap { $0.split(separator: " ").map(String.init) }
        return Answer(
            text: try run(["kdig", "+retry=0", "+time=8", "@\(server.address)", "-p", "\(server.port)"] + words).output)
    }

    func drill(_ server: Endpoint, _ options: String...) throws -> Answer {
        let words = options.flatMap { $0.split(separator: " ").map(String.init) }
        return Answer(text: try run(["drill", "-p", "\(server.port)", "@\(server.address)"] + words).output)
    }
}

/// Asks without a client program.
enum Ask {
    static func udp(_ server: Endpoint, _ bytes: [UInt8], within seconds: Double = 5) throws -> [UInt8]? {
        let socket = try Socket(SOCK_DGRAM, server.family)
        try socket.connect(server)
        socket.send(bytes)
        return socket.receive(within: seconds)
    }

    static func udp(_ server: Endpoint, _ query: DNS, within seconds: Double = 5) throws -> DNS? {
        try udp(server, query.bytes, within: seconds).flatMap { DNS($0) }
    }
}

/// A TCP connection that carries messages.
final class StreamClient {
    let socket: Socket

    init(_ server: Endpoint) throws {
        socket = try Socket(SOCK_STREAM, server.family)
        try socket.connect(server)
    }

    func send(_ query: DNS) { socket.send(Wire.framed(query.bytes)) }

    func receive(within seconds: Double = 5) -> DNS? {
        guard let head = socket.receive(exactly: 2, within: seconds) else { return nil }
        return socket.receive(exactly: Int(head[0]) << 8 | Int(head[1]), within: seconds).flatMap { DNS($0) }
    }

    /// Whether the other side closes within the time.
    func isClosed(within seconds: Double) -> Bool {
        socket.receive(within: seconds).map(\.isEmpty) ?? (errno == ECONNRESET)
    }
}
