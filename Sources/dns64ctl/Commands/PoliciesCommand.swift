// `dns64ctl policies`

import ArgumentParser
import ControlProtocol

struct PoliciesCommand: ControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "policies", abstract: "What each class of clients gets, in the order in which they are matched.")

    @OptionGroup var common: CommonOptions

    func perform(_ session: Session) throws(CommandFailure) {
        try session.ask(.policies) { response in
            guard case .policies(let report) = response else { return nil }
            return Self.lines(report)
        }
    }

    static func lines(_ report: PoliciesReport) -> [Line] {
        report.policies.enumerated().flatMap { index, policy in
            (index == 0 ? [] : [""]) + [Line("policy \(policy.label)", .heading)] + fields(policy).lines()
        }
    }

    private static func fields(_ policy: PolicyReport) -> FieldList {
        let places = Dictionary(policy.configLines.map { ($0.key, $0.line) }) { first, _ in first }
        var fields = FieldList()
        // The place stands behind the first value: where a list begins.
        func add(_ key: String, _ values: [String]) {
            var values = values.isEmpty ? ["-"] : values
            if let place = places[key] { values[0] += "   (\(place))" }
            fields.add(key, list: values)
        }
        add("match", policy.match.isEmpty ? ["everybody else"] : policy.match)
        add("mode", [policy.mode])
        add("prefixes", policy.prefixes)
        add("suffix", [policy.suffix])
        add("exclude-aaaa", policy.excludeAAAA)
        add("exclude-a", policy.excludeA.map { "\($0.prefix): \($0.reason)" })
        add("exclude-names", policy.excludeNames)
        add("ignore-aaaa", policy.ignoreAAAA)
        add("break-dnssec", [policy.breakDNSSEC ? "true" : "false"])
        add("reverse", [policy.reverse])
        return fields
    }
}
