// What the box looks like, so that a test can see whether it was left as it was found. Unlike MachinePicture it bears
// with DHCP: the address of the day is OURS, and lifetimes that run are not compared.

import Foundation
import Testing

struct BoxPicture {
    private let lines: [String]

    /// Few programs, for each that is started takes its time in an emulated machine.
    private static let script = """
        set -e
        cd "$0"
        ip -4 -o -batch pictures
        ip -6 -o -batch pictures
        nft list ruleset
        cd /proc/sys/net
        grep . ipv4/ip_forward ipv4/ip_local_* ipv[46]/conf/*/*forwarding ipv[46]/conf/*/proxy_* \\
            ipv[46]/conf/*/accept_* ipv4/conf/*/*rp_filter ipv4/conf/*/send_*
        """

    fileprivate init(_ world: WholeBox) throws {
        try world.house.write("pictures", "link\naddr\nroute show table all\nrule\nneigh show proxy\n")
        let jool = world.backend == "jool" ? "\njool instance display --csv --no-headers" : ""
        let text = try world.house.must(world.box.prefix + ["sh", "-c", Self.script + jool, world.house.folder])
        let left = try FileManager.default.contentsOfDirectory(atPath: world.runFolder + "/dns64d")
        lines = text.split(separator: "\n").map(Self.comparable).filter(Self.isComparable).sorted() + left.sorted()
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
        lines.difference(from: before.lines).map { change in
            switch change {
            case .insert(_, let line, _): "+ \(line)"
            case .remove(_, let line, _): "- \(line)"
            }
        }.joined(separator: "\n")
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
