import NAT64Backend
import Testing

@testable import JoolBackend

@Suite struct JoolStatisticsTests {
    private func recorded() throws -> JoolStatistics {
        JoolStatistics(try JoolOutput.statistics(Array(Recorded.statistics.utf8)))
    }

    @Test func namesAreTheProtocols() throws {
        let all = try recorded()
        #expect(all.sessions == 6)
        #expect(all.bindings == 6)
        let values = Dictionary(uniqueKeysWithValues: all.statistics.map { ($0.name, $0.value) })
        #expect(values["received-6"] == 12021)
        #expect(values["received-4"] == 7702)
        #expect(values["drop-unknown-icmp"] == 6)
        #expect(values["jool-success"] == 19716)
        #expect(values["jool-xlator-disabled"] == 1)
        #expect(values["jool-6056-f"] == 0)
        #expect(values["jool-64-src"] == 0)
        #expect(values["jool-sessions"] == 6)
        for statistic in all.statistics {
            #expect(statistic.name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") })
            #expect(!statistic.meaning.isEmpty)
            // Every counter of 4.1.9 has a meaning of its own.
            #expect(!statistic.meaning.hasPrefix("counted by Jool"), "\(statistic.name)")
        }
    }

    @Test func numbersOfOneMeaningAreAddedUp() {
        let rows = [
            StatisticRow(name: "JSTAT64_TTL", value: 2), StatisticRow(name: "JSTAT_NEW_ONE", value: 5),
            StatisticRow(name: "JSTAT46_TTL", value: 3), StatisticRow(name: "JSTAT_TYPE1PKT", value: .max),
            StatisticRow(name: "JSTAT_TYPE2PKT", value: 1),
        ]
        let all = JoolStatistics(rows)
        #expect(all.statistics.map(\.name) == ["drop-hop-limit", "jool-new-one", "syn-stored"])
        #expect(all.statistics.map(\.value) == [5, 5, .max])
        #expect(all.statistics[1].meaning == "counted by Jool as JSTAT_NEW_ONE")
        #expect(all.sessions == nil)
    }

    @Test func unknownNamesAndTheirExplanations() {
        let all = JoolStatistics([
            StatisticRow(name: "JSTAT_JOOLD_ACKS", value: 1, explanation: "Joold: Total ACKs\n  received."),
            StatisticRow(name: "????", value: 2, explanation: nil),
            StatisticRow(name: "????", value: 3, explanation: nil),
            StatisticRow(name: "JSTAT_", value: 4, explanation: ""),
        ])
        #expect(all.statistics.map(\.name) == ["jool-joold-acks", "jool-unnamed"])
        #expect(all.statistics[0].meaning == "Joold: Total ACKs received.")
        #expect(all.statistics[1].value == 9)
    }
}

extension StatisticRow {
    init(name: String, value: UInt64) { self.init(name: name, value: value, explanation: nil) }
}
