// What happens to packets between a queue and its translator.

internal import NAT64Backend
internal import Telemetry
internal import Translator
internal import TunDevice

enum LaneCounter: Int, CaseIterable {
    case handedOver
    case takenOver
    case dropHandoverFull

    var name: String {
        switch self {
        case .handedOver: "handed-over"
        case .takenOver: "taken-over"
        case .dropHandoverFull: "drop-handover-full"
        }
    }

    var meaning: String {
        switch self {
        case .handedOver: "packets of another thread's slice, given to it"
        case .takenOver: "packets that other threads gave"
        case .dropHandoverFull: "packets that another thread had no room for"
        }
    }
}

/// Written by one lane's thread, read by any.
final class LaneCounters: Sendable {
    private let cells = CounterCells(count: LaneCounter.allCases.count)

    @inline(__always)
    func add(_ counter: LaneCounter) { cells.add(counter.rawValue, 1) }

    func value(of counter: LaneCounter) -> UInt64 { cells.value(counter.rawValue) }
}

extension Statistic {
    /// The numbers of all lanes, added up.
    static func sum(
        translators: [TranslatorCounters], queues: [TunCounters], lanes: [LaneCounters], lostLogLines: UInt64
    ) -> [Statistic] {
        var statistics = TranslatorCounter.allCases.map { counter in
            Statistic(
                name: counter.name, value: translators.reduce(0) { $0 &+ $1.value(of: counter) },
                meaning: counter.meaning)
        }
        statistics += TunCounter.allCases.map { counter in
            Statistic(
                name: counter.name, value: queues.reduce(0) { $0 &+ $1.value(of: counter) }, meaning: counter.meaning)
        }
        statistics += LaneCounter.allCases.map { counter in
            Statistic(
                name: counter.name, value: lanes.reduce(0) { $0 &+ $1.value(of: counter) }, meaning: counter.meaning)
        }
        statistics.append(
            Statistic(name: "lost-log-lines", value: lostLogLines, meaning: "lines of the binding log never written"))
        return statistics
    }
}
