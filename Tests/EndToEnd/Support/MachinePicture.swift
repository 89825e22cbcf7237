// What a machine's network looks like, so that a test can see whether it was left as it was found.

import Foundation
import Testing

/// Every part by the command that shows it.
struct MachinePicture: Equatable {
    private var parts: [String: [String]] = [:]

    private static let commands = [
        "ip -o link", "ip -o addr", "ip -4 route show table all", "ip -6 route show table all", "ip rule", "ip -6 rule",
        "ip neigh show proxy", "ip -6 neigh show proxy", "nft list ruleset",
        "sysctl -a -r ^net\\.ipv[46]\\.(ip_forward|ip_local_|conf\\..*\\.(.*forwarding|proxy_|.*rp_filter|accept_|send_))",
    ]

    init(_ world: NAT64World, _ place: Namespace) throws {
        for command in Self.commands {
            let text = try world.house.must(place.prefix + command.split(separator: " ").map(String.init))
            parts[command] = text.split(separator: "\n").map(Self.withoutNumbers).filter(Self.isComparable).sorted()
        }
    }

    /// What the kernel numbers by itself: interfaces' indices.
    private static func withoutNumbers(_ line: Substring) -> String {
        var words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        if let first = words.first, first.hasSuffix(":"), Int(first.dropLast()) != nil { words.removeFirst() }
        return words.joined(separator: " ")
    }

    /// Link-local addresses of devices without hardware are random.
    private static func isComparable(_ line: String) -> Bool {
        !line.contains("fe80::") || line.contains("fe80::/64")
    }

    /// What is in one and not in the other.
    func difference(from before: MachinePicture) -> String {
        var lines: [String] = []
        for command in Self.commands {
            let (old, new) = (before.parts[command] ?? [], parts[command] ?? [])
            for line in old where !new.contains(line) { lines.append("\(command): - \(line)") }
            for line in new where !old.contains(line) { lines.append("\(command): + \(line)") }
            if old != new, Set(old) == Set(new) { lines.append("\(command): lines are there more often or less often") }
        }
        return lines.joined(separator: "\n")
    }

    /// The lines of one command that hold a text.
    func lines(_ command: String, holding text: String) -> [String] {
        (parts[command] ?? []).filter { $0.contains(text) }
    }
}

extension NAT64World {
    /// What the box looks like now.
    func picture() throws -> MachinePicture { try MachinePicture(self, box) }

    /// Whether the box comes to look as it did.
    func expectUnchanged(
        since before: MachinePicture, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var difference = ""
        _ = try eventually(within: 5, every: 100) {
            difference = try picture().difference(from: before)
            return difference.isEmpty
        }
        #expect(difference.isEmpty, "\(what):\n\(difference)", sourceLocation: sourceLocation)
    }
}
