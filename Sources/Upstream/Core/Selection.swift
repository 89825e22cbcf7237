// Which server is asked next. Never "none" while one is left that might know: where all are set aside, the one whose
// back-off ends first is asked all the same.

internal import NetAddress
internal import Telemetry

/// One transmission about to be made.
struct Choice: Equatable {
    /// Index into the zone's servers.
    var server: Int
    var hasEDNS = true
    /// A server worth a probe, because it might be nearer than we think; index into the zone's servers.
    var probe: Int?
}

/// Picks among the servers of one zone for one question.
struct Selection {
    let outstanding: OutstandingQuestion
    /// Servers, as places in the zone's list, whose answer we still rely on: not to be asked twice at once.
    let awaited: Set<Int>
    let now: MonotonicTime
    let health: (SocketAddress) -> ServerHealth

    /// Datagrams and streams a question and a server.
    static let transmissionsPerServer = 5
    /// One question in so many goes to, or probes, a server that is not the nearest.
    static let explorationInterval: UInt64 = 20
    /// Real questions explore servers that are at most this much farther, in nanoseconds. Others are probed.
    static let explorationBand = 100 * ServerHealth.millisecond

    private struct Rank: Comparable {
        /// 1 where DO was asked and this server would have to be asked without EDNS, which loses DO.
        var withoutDNSSEC: Int
        /// 1 if set aside.
        var setAside: Int
        var transmissions: Int
        /// Set aside: end of the back-off. `ordered`: place in the list. Else: expected cost.
        var preference: UInt64
        var place: Int

        static func < (one: Rank, other: Rank) -> Bool {
            (one.withoutDNSSEC, one.setAside, one.transmissions, one.preference, one.place)
                < (other.withoutDNSSEC, other.setAside, other.transmissions, other.preference, other.place)
        }
    }

    /// nil if there is nobody left to ask. `onlyUntried`: nor a server that was asked already, nor one set aside.
    func next(onlyUntried: Bool = false, random: RandomBits) -> Choice? {
        let ranks = ranked(onlyUntried: onlyUntried)
        guard let best = ranks.first else { return nil }
        var choice = Choice(server: best.place)
        if best.transmissions == 0, best.setAside == 0, outstanding.zone.policy == .fastest, ranks.count > 1,
            !onlyUntried
        {
            choice = explored(choice, ranks, random)
        }
        let server = outstanding.zone.servers[choice.server]
        choice.hasEDNS = !outstanding.progress[choice.server].refusedEDNS && !health(server).lacksEDNS(now)
        return choice
    }

    private func ranked(onlyUntried: Bool) -> [Rank] {
        outstanding.progress.indices.compactMap { place -> Rank? in
            let progress = outstanding.progress[place]
            guard !progress.isSettled, !awaited.contains(place),
                progress.transmissions < Self.transmissionsPerServer
            else { return nil }
            let health = health(outstanding.zone.servers[place])
            if onlyUntried, progress.transmissions > 0 || health.setAsideUntil != nil { return nil }
            let losesDNSSEC = outstanding.question.dnssecOK && (progress.refusedEDNS || health.lacksEDNS(now))
            let preference =
                health.setAsideUntil?.nanoseconds
                ?? (outstanding.zone.policy == .ordered ? UInt64(place) : health.expectedCost)
            return Rank(
                withoutDNSSEC: losesDNSSEC ? 1 : 0, setAside: health.setAsideUntil == nil ? 0 : 1,
                transmissions: progress.transmissions, preference: preference, place: place)
        }.sorted()
    }

    /// Now and then another than the nearest, so that a server that became better is noticed.
    private func explored(_ choice: Choice, _ ranks: [Rank], _ random: RandomBits) -> Choice {
        let draw = random()
        guard draw % Self.explorationInterval == 0 else { return choice }
        let others = ranks.dropFirst().filter { $0.setAside == 0 && $0.withoutDNSSEC == ranks[0].withoutDNSSEC }
        guard !others.isEmpty else { return choice }
        let other = others[others.startIndex + Int((draw / Self.explorationInterval) % UInt64(others.count))]
        return other.preference <= ranks[0].preference + Self.explorationBand
            ? Choice(server: other.place) : Choice(server: choice.server, probe: other.place)
    }
}
