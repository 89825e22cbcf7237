// Rules of iptables and ip6tables that lead packets to an instance of the framework `iptables`.

internal import NetAddress

/// A rule of the chain PREROUTING in the table mangle, as `iptables -t mangle -S PREROUTING` shows it.
struct Rule: Hashable, Sendable {
    /// 4 or 6.
    var family: Int
    /// Between the chain and the target: `-d 64:ff9b::/96`.
    var match: [String]
    var instance: String

    var program: String { family == 6 ? "ip6tables" : "iptables" }

    /// What stands after `-A` or `-D`.
    var words: [String] { ["PREROUTING"] + match + ["-j", "JOOL", "--instance", instance] }

    /// All packets of the prefix, and all that pool4 may know: Jool hands back what it can't translate.
    static func all(_ instance: String, pool6: IPPrefix, pool4: [IPPrefix]) -> Set<Rule> {
        var rules: Set = [Rule(family: 6, match: ["-d", "\(pool6)"], instance: instance)]
        if pool4.isEmpty { rules.insert(Rule(family: 4, match: [], instance: instance)) }
        for prefix in pool4 {
            let text = prefix.length == 32 ? "\(prefix.address)/32" : "\(prefix)"
            rules.insert(Rule(family: 4, match: ["-d", text], instance: instance))
        }
        return rules
    }

    /// The rules of a listing that lead to one of `instances`; others are nobody's business here.
    static func read(_ listing: [UInt8], family: Int, instances: Set<String>) -> Set<Rule> {
        var rules: Set<Rule> = []
        for line in listing.split(separator: UInt8(ascii: "\n")) {
            let words = String(decoding: line, as: UTF8.self).split(separator: " ").map {
                $0.count > 1 && $0.hasPrefix("\"") && $0.hasSuffix("\"")
                    ? String($0.dropFirst().dropLast()) : String($0)
            }
            guard words.starts(with: ["-A", "PREROUTING"]), let target = words.firstIndex(of: "-j"),
                Array(words[target...].prefix(3)) == ["-j", "JOOL", "--instance"], words.count == target + 4,
                let name = words.last, instances.contains(name)
            else { continue }
            rules.insert(Rule(family: family, match: Array(words[2..<target]), instance: name))
        }
        return rules
    }
}
