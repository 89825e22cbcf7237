import NetAddress
import Testing

@testable import JoolBackend

@Suite struct RuleTests {
    private let listing = """
        -P PREROUTING ACCEPT
        -A PREROUTING -d 64:ff9b::/96 -j JOOL --instance dns64d
        -A PREROUTING -d 192.0.2.1/32 -p tcp -m tcp --dport 1000:2000 -j JOOL --instance "other"
        -A PREROUTING -i lan0 -j JOOL --instance dns64d-2
        -A PREROUTING -d 192.0.2.7/32 -j DROP
        -A POSTROUTING -j JOOL --instance dns64d
        -A PREROUTING -j JOOL_SIIT --instance dns64d

        """

    @Test("only rules that lead to the instances asked for are read")
    func reading() {
        let found = Rule.read(Array(listing.utf8), family: 6, instances: ["dns64d", "other"])
        #expect(
            found == [
                Rule(family: 6, match: ["-d", "64:ff9b::/96"], instance: "dns64d"),
                Rule(
                    family: 6, match: ["-d", "192.0.2.1/32", "-p", "tcp", "-m", "tcp", "--dport", "1000:2000"],
                    instance: "other"),
            ])
        #expect(
            Rule.read(Array("garbage\n-A\n-A PREROUTING -j JOOL --instance".utf8), family: 4, instances: [""]).isEmpty)
    }

    @Test("what is added is read back as it was")
    func sameWords() throws {
        let pool = try [#require(IPPrefix("192.0.2.1/32")), #require(IPPrefix("198.51.100.0/24"))]
        let rules = Rule.all("x", pool6: try #require(IPPrefix("64:ff9b::/96")), pool4: pool)
        for rule in rules {
            let line = "-A " + rule.words.joined(separator: " ") + "\n"
            #expect(Rule.read(Array(line.utf8), family: rule.family, instances: ["x"]) == [rule])
        }
        #expect(rules.count == 3)
    }
}
