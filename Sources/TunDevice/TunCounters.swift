// What passed through a queue, and why packets did not. No packet is dropped here without a case of its own.

internal import Telemetry

/// What is counted, once a queue.
public enum TunCounter: Int, CaseIterable, Sendable {
    case packetsRead
    case octetsRead
    case segmentsRead
    case packetsWritten
    case octetsWritten
    case segmentsWritten
    case dropTooShort
    case dropTooLong
    case dropNoIPVersion
    case dropChecksumPlace
    case dropSegmentationKind
    case dropSegmentHeader
    case dropSegmentSize
    case dropSegmentUnchecked
    case dropNoHeaderRoom
    case dropWriteFull
    case dropWriteRefused

    /// The name that people see, stable.
    public var name: String { description.name }
    /// What it counts, a few words.
    public var meaning: String { description.meaning }

    private var description: (name: String, meaning: String) {
        switch self {
        case .packetsRead: ("tun-packets-read", "packets taken from the device, large ones once")
        case .octetsRead: ("tun-octets-read", "octets of the packets taken")
        case .segmentsRead: ("tun-segments-read", "packets that the large ones among them stand for")
        case .packetsWritten: ("tun-packets-written", "packets given to the device, large ones once")
        case .octetsWritten: ("tun-octets-written", "octets of the packets given")
        case .segmentsWritten: ("tun-segments-written", "packets that the large ones among them stand for")
        case .dropTooShort: ("drop-tun-too-short", "read: shorter than any IP header")
        case .dropTooLong: ("drop-tun-too-long", "read: longer than any IP packet")
        case .dropNoIPVersion: ("drop-tun-no-ip-version", "read: neither IPv4 nor IPv6")
        case .dropChecksumPlace: ("drop-tun-checksum-place", "read: a checksum to complete outside the packet")
        case .dropSegmentationKind: ("drop-tun-segmentation-kind", "read: an unknown kind of large packet")
        case .dropSegmentHeader: ("drop-tun-segment-header", "read: a large packet without the headers of its kind")
        case .dropSegmentSize: ("drop-tun-segment-size", "read: a large packet with segments of no octets")
        case .dropSegmentUnchecked: ("drop-tun-segment-unchecked", "read: a large packet that nobody has verified")
        case .dropNoHeaderRoom:
            ("drop-tun-no-header-room", "write: no room before the packet for what the kernel reads")
        case .dropWriteFull: ("drop-tun-write-full", "write: the kernel takes no more for now")
        case .dropWriteRefused: ("drop-tun-write-refused", "write: the kernel refused the packet")
        }
    }
}

/// The counters of one queue: its thread alone adds, any thread may read.
public final class TunCounters: Sendable {
    private let cells = CounterCells(count: TunCounter.allCases.count)

    init() {}

    @inline(__always)
    func add(_ counter: TunCounter, _ amount: Int = 1) {
        cells.add(counter.rawValue, UInt64(truncatingIfNeeded: amount))
    }

    public func value(of counter: TunCounter) -> UInt64 { cells.value(counter.rawValue) }
}
