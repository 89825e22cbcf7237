// What a running translator shows.

internal import HostNetwork
internal import LinuxIO
internal import NAT64Backend
internal import Telemetry
internal import Translator
internal import TunDevice

extension Supervisor {
    /// Places of a table that a lane looks at between two batches of packets.
    static let visits = 4096
    /// Entries that a page has at most.
    private static let pageLimit = 10_000

    func status() async -> BackendStatus {
        await look()
        guard let running else { return BackendStatus(backend: "tun", health: board.health) }
        var status = BackendStatus(backend: "tun", health: board.health)
        status.appliedSecondsAgo = MonotonicTime.read().since(running.appliedAt) / 1_000_000_000
        status.sessionLimit = UInt64(options.sessionLimit)
        for lane in running.lanes {
            // A lane that does not answer is the health's to tell.
            let counts = try? await lane.ask { loop in
                (loop.translator.sessionCount, loop.translator.bindingCount)
            }
            status.sessions += UInt64(counts?.0 ?? 0)
            status.bindings += UInt64(counts?.1 ?? 0)
        }
        status.details = details(running)
        return status
    }

    private func details(_ running: Running) -> [BackendStatus.Detail] {
        let request = running.derivation.request
        var details: [BackendStatus.Detail] = [
            .init("device", running.device.name), .init("offload", "\(running.device.offload)"),
            .init("threads", "\(running.lanes.count)"), .init("mtu", "\(request.mtu)"),
            .init("mss-clamp", running.derivation.settings.maximumSegmentSize6.map { "\($0)" } ?? "off"),
        ]
        if let inner = request.inner {
            details.append(.init("pool4", "this host's own address, by way of \(inner)"))
        } else {
            details.append(.init("pool4", running.plan.pool4.map(\.description).joined(separator: ", ")))
        }
        details += running.warnings.map { .init("warning", $0) }
        return details
    }

    func statistics() throws(BackendFailure) -> [Statistic] {
        guard let running else { throw .notStarted }
        return Statistic.sum(
            translators: running.lanes.map(\.translatorCounters), queues: running.lanes.map(\.queue.counters),
            lanes: running.lanes.map(\.shared.counters),
            lostLogLines: running.lostLogLines &+ (running.log?.lostLines ?? 0))
    }

    /// A page of entries: lane after lane, `visits` places at a time.
    ///
    /// - Parameter fetch: entries of a lane from a place on, as many as there is room for, and the next place.
    func page<Entry: Hashable & Sendable>(
        after cursor: String?, limit: Int,
        _ fetch:
            @Sendable (TranslatorLane, OutsideNames, UInt32, Int) async throws(BackendFailure) -> ([Entry], UInt32?)
    ) async throws(BackendFailure) -> EntryPage<Entry> {
        guard let running else { throw .notStarted }
        let (lanes, names) = (running.lanes, running.derivation.names)
        var place = try PageCursor(cursor)
        let limit = min(max(limit, 1), Self.pageLimit)
        var entries: [Entry] = []
        while place.lane < lanes.count {
            let (found, next) = try await fetch(lanes[place.lane], names, place.number, limit - entries.count)
            entries += found
            place = next.map { PageCursor(lane: place.lane, number: $0) } ?? PageCursor(lane: place.lane + 1, number: 0)
            if entries.count >= limit { break }
        }
        return EntryPage(entries: entries, next: place.lane < lanes.count ? place.description : nil)
    }
}

/// Where a page ended: `1.4096`, a lane and a place in its table.
struct PageCursor: Hashable, CustomStringConvertible {
    var lane: Int
    var number: UInt32

    init(lane: Int, number: UInt32) {
        self.lane = lane
        self.number = number
    }

    /// nil is the beginning.
    init(_ text: String?) throws(BackendFailure) {
        guard let text else {
            self.init(lane: 0, number: 0)
            return
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let lane = Int(parts[0]), lane >= 0, let number = UInt32(parts[1]) else {
            throw BackendFailure(.invalid, "\"\(text)\" is not where a page ended")
        }
        self.init(lane: lane, number: number)
    }

    var description: String { "\(lane).\(number)" }
}
