// What the box looks like, so that a test can see whether it was left as it was found. Unlike MachinePicture it bears
// with DHCP: the address of the day is OURS, and lifetimes that run are not compared.

import Foundation
import Testing

struct BoxPicture {
    private let lines: [String: [String]]

    private static let commands = [
        "ip -o link", "ip -o addr", "ip -4 route show table all", "ip -6 route show table all", "ip rule", "ip -6 rule",
        "ip neigh show proxy", "ip -6 neigh show proxy", "nft list ruleset",
        "sysctl -a -r ^net\\.ipv[46]\\.(ip_forward|ip_local_)",
        "sysctl -a -r ^net\\.ipv[46]\\.conf\\..*\\.(.*forwarding|proxy_|.*rp_filter|accept_|send_)",
    ]

    fileprivate init(_ world: WholeBox) throws {
        var lines: [String: [String]] = [:]
        var commands = Self.commands
        if world.backend == "jool" { commands.append("jool instance display --csv --no-headers") }
        for command in commands {
            let text = try world.house.must(world.box.prefix + command.split(separator: " ").map(String.init))
            lines[command] = text.split(separator: "\n").map(Self.comparable).filter(Self.isComparable).sorted()
        }
        lines["/run/dns64d"] = try FileManager.default.contentsOfDirectory(atPath: world.runFolder + "/dns64d").sorted()
        self.lines = lines
    }

    private static func comparable(_ line: Substring) -> String {
        var words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        // Interfaces' indices are numbers of the kernel's own.
        if let first = words.first, first.hasSuffix(":"), Int(first.dropLast()) != nil { words.removeFirst() }
        words = words.map { $0.hasSuffix("sec") && Int($0.dropLast(3)) != nil ? "SECONDS" : $0 }
        var text = words.joined(separator: " ")
        for address in WholeBox.boxAddresses { text = text.replacingOccurrences(of: address, with: "OURS") }
        return text
    }

    /// Link-local addresses of devices without hardware are random.
    private static func isComparable(_ line: String) -> Bool {
        !line.contains("fe80::") || line.contains("fe80::/64")
    }

    /// What is in one and not in the other, or more often.
    func difference(from before: BoxPicture) -> String {
        var found: [String] = []
        for (command, new) in lines {
            let old = before.lines[command] ?? []
            for change in new.difference(from: old) {
                switch change {
                case .insert(_, let line, _): found.append("\(command): + \(line)")
                case .remove(_, let line, _): found.append("\(command): - \(line)")
                }
            }
        }
        return found.sorted().joined(separator: "\n")
    }
}

extension WholeBox {
    func picture() throws -> BoxPicture { try BoxPicture(self) }

    /// Whether the box comes to look as it did.
    func expectBox(
        _ before: BoxPicture, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var difference = ""
        _ = try eventually(within: 5, every: 100) {
            difference = try picture().difference(from: before)
            return difference.isEmpty
        }
        #expect(difference.isEmpty, "\(what):\n\(difference)", sourceLocation: sourceLocation)
    }
}
