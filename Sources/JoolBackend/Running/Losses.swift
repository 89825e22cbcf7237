// Sessions that go when an instance has to be made anew: counted, and said.

internal import NAT64Backend

struct Losses: Hashable, Sendable {
    var sessions: UInt64 = 0
    var remadeInstances: UInt64 = 0

    var statistics: [Statistic] {
        [
            Statistic(
                name: "jool-instances-remade", value: remadeInstances,
                meaning: "instances made anew, for a prefix that changed"),
            Statistic(
                name: "jool-sessions-lost", value: sessions,
                meaning: "sessions that ended when an instance was made anew"),
        ]
    }
}

extension Supervisor {
    /// How many sessions a change ends; nil: it makes no instance anew.
    func loss(_ change: Change) async -> UInt64? {
        guard let name = change.losesSessionsOf else { return nil }
        return (try? await tally(name))?.sessions ?? 0
    }

    /// Once they are gone.
    func count(_ lost: UInt64, _ change: Change) {
        losses.remadeInstances += 1
        losses.sessions += lost
        options.report(
            "the instance \(change.losesSessionsOf ?? "") of Jool is made anew: \(change.reason); "
                + "sessions that are lost with it: \(lost)")
    }

    /// How many sessions and bindings an instance has.
    func tally(_ name: String, limit: Duration = Client.timeLimit) async throws(JoolFailure) -> (
        sessions: UInt64, bindings: UInt64
    ) {
        let rows = try await client.read(
            ["-i", name, "stats", "display", "--csv", "--all"], limit: limit, JoolOutput.statistics)
        let statistics = JoolStatistics(rows)
        return (statistics.sessions ?? 0, statistics.bindings ?? 0)
    }
}
