// Every number of the translator. Nothing is dropped without a case here.

internal import Telemetry

public enum TranslatorCounter: Int, CaseIterable, Sendable {
    // Packets that came.
    case received6
    case received4
    case octets6
    case octets4
    // Packets that left.
    case sixToFour
    case fourToSix
    case hairpinned
    case errorsSixToFour
    case errorsFourToSix
    case fragmentsReceived
    case datagramsReassembled
    case fragmentsSent
    case echoAnswered
    case maximumSegmentSizeClamped
    // State.
    case sessionsCreated
    case sessionsExpired
    case sessionsDropped
    case bindingsCreated
    case bindingsRemoved
    case portBlocksOpened
    case portBlocksClosed
    case synStored
    case synAnsweredInTime
    case probesSent
    // Errors that the translator sent itself.
    case sentTimeExceeded
    case sentUnreachable
    case sentParameterProblem
    case sendErrorsSuppressed
    // Drops.
    case dropMalformed
    case dropBadChecksum
    case dropNotForUs
    case dropIllegalSource
    case dropIllegalDestination
    case dropNonGlobal
    case dropSourceRoute
    case dropHopLimit
    case dropUnknownProtocol
    case dropUnknownICMP
    case dropNoBinding
    case dropNoSession
    case dropFiltered
    case dropPoolExhausted
    case dropQuotaSessions
    case dropQuotaPorts
    case dropTableFull
    case dropSynUnanswered
    case dropSynStoreFull
    case dropSynRepeated
    case dropInnerMismatch
    case dropInnerTruncated
    case dropInnerUnknown
    case dropTooLong
    case dropFragmentOverlap
    case dropFragmentNoRoom
    case dropFragmentTooMany
    case dropFragmentBadLength
    case dropFragmentTimeout
    case dropFragmentExtension
    case dropZeroChecksum
    case dropBadOffload
    case dropOutboxFull
}

extension TranslatorCounter {
    /// As shown: words and hyphens, stable.
    public var name: String { names.0 }
    /// What it counts, a few words.
    public var meaning: String { names.1 }

    private var names: (String, String) {
        switch self {
        case .received6: ("received-6", "IPv6 packets that came in")
        case .received4: ("received-4", "IPv4 packets that came in")
        case .octets6: ("octets-6", "octets of IPv6 packets that came in")
        case .octets4: ("octets-4", "octets of IPv4 packets that came in")
        case .sixToFour: ("packets-6to4", "packets translated from IPv6 to IPv4")
        case .fourToSix: ("packets-4to6", "packets translated from IPv4 to IPv6")
        case .hairpinned: ("hairpinned", "packets from one client of ours to another")
        case .errorsSixToFour: ("icmp-errors-6to4", "ICMP errors translated to IPv4")
        case .errorsFourToSix: ("icmp-errors-4to6", "ICMP errors translated to IPv6")
        case .fragmentsReceived: ("fragments-received", "fragments that came in")
        case .datagramsReassembled: ("datagrams-reassembled", "datagrams whose fragments all came")
        case .fragmentsSent: ("fragments-sent", "fragments that went out")
        case .echoAnswered: ("echo-answered", "pings of the translator's own address")
        case .maximumSegmentSizeClamped: ("mss-clamped", "SYNs whose MSS option was lowered")
        case .sessionsCreated: ("sessions-created", "sessions created")
        case .sessionsExpired: ("sessions-expired", "sessions whose time was up")
        case .sessionsDropped: ("sessions-removed", "sessions ended by command, or with their binding")
        case .bindingsCreated: ("bindings-created", "bindings created")
        case .bindingsRemoved: ("bindings-removed", "bindings that went with their last session")
        case .portBlocksOpened: ("port-blocks-opened", "port blocks given to subscribers")
        case .portBlocksClosed: ("port-blocks-closed", "port blocks given back")
        case .synStored: ("syn-stored", "SYNs from outside kept for a simultaneous open")
        case .synAnsweredInTime: ("syn-answered", "kept SYNs whose client sent one too")
        case .probesSent: ("probes-sent", "idle TCP connections that were asked whether they live")
        case .sentTimeExceeded: ("sent-time-exceeded", "time exceeded errors sent")
        case .sentUnreachable: ("sent-unreachable", "destination unreachable errors sent")
        case .sentParameterProblem: ("sent-parameter-problem", "parameter problem errors sent")
        case .sendErrorsSuppressed: ("errors-suppressed", "errors not sent, for their rate or their cause")
        default: dropNames
        }
    }

    private var dropNames: (String, String) {
        switch self {
        case .dropMalformed: ("drop-malformed", "headers cut short or lengths that contradict each other")
        case .dropBadChecksum: ("drop-bad-checksum", "wrong checksum")
        case .dropNotForUs: ("drop-not-for-us", "destination neither in a prefix nor in pool4")
        case .dropIllegalSource: ("drop-illegal-source", "a source that nobody can have")
        case .dropIllegalDestination: ("drop-illegal-destination", "an IPv4 destination that can never be a peer")
        case .dropNonGlobal: ("drop-non-global", "non-global IPv4 address behind 64:ff9b::/96")
        case .dropSourceRoute: ("drop-source-route", "unexpired source route or routing header")
        case .dropHopLimit: ("drop-hop-limit", "hop limit or time to live used up")
        case .dropUnknownProtocol: ("drop-unknown-protocol", "neither TCP, UDP nor ICMP")
        case .dropUnknownICMP: ("drop-unknown-icmp", "ICMP types that have no translation")
        case .dropNoBinding: ("drop-no-binding", "from outside to a port that nobody is bound to")
        case .dropNoSession: ("drop-no-session", "of a connection that is not known")
        case .dropFiltered: ("drop-filtered", "from an address that the client has not sent to")
        case .dropPoolExhausted: ("drop-pool-exhausted", "no public port left")
        case .dropQuotaSessions: ("drop-quota-sessions", "the client has as many sessions as it may")
        case .dropQuotaPorts: ("drop-quota-ports", "the client has as many ports as it may")
        case .dropTableFull: ("drop-table-full", "no room for another session")
        case .dropSynUnanswered: ("drop-syn-unanswered", "kept SYNs whose time was up")
        case .dropSynStoreFull: ("drop-syn-store-full", "SYNs from outside that there was no room to keep")
        case .dropSynRepeated: ("drop-syn-repeated", "SYNs from outside that came again while the first is kept")
        case .dropInnerMismatch: ("drop-inner-mismatch", "ICMP errors about packets that are not ours")
        case .dropInnerTruncated: ("drop-inner-truncated", "ICMP errors that don't hold the packet's ports")
        case .dropInnerUnknown: ("drop-inner-unknown", "ICMP errors about what has no sessions")
        case .dropTooLong: ("drop-too-long", "too long for the other family")
        case .dropFragmentOverlap: ("drop-fragment-overlap", "datagrams whose fragments overlap")
        case .dropFragmentNoRoom: ("drop-fragment-no-room", "fragments given up for newer ones")
        case .dropFragmentTooMany: ("drop-fragment-too-many", "datagrams of too many fragments")
        case .dropFragmentBadLength: ("drop-fragment-bad-length", "fragments of an impossible length")
        case .dropFragmentTimeout: ("drop-fragment-timeout", "datagrams whose fragments did not all come in time")
        case .dropFragmentExtension: ("drop-fragment-extension", "extension headers behind a Fragment header")
        case .dropZeroChecksum: ("drop-zero-checksum", "UDP over IPv6 without a checksum")
        case .dropBadOffload: ("drop-bad-offload", "segmentation that does not fit the packet")
        case .dropOutboxFull: ("drop-outbox-full", "packets of our own that there was no room for")
        default: ("", "")
        }
    }

    /// Whether it counts packets that went nowhere.
    public var isDrop: Bool { rawValue >= TranslatorCounter.dropMalformed.rawValue }
}

/// The counters of one translator: written by its thread, read by any.
public final class TranslatorCounters: Sendable {
    private let cells = CounterCells(count: TranslatorCounter.allCases.count)

    public init() {}

    @inline(__always)
    public func add(_ counter: TranslatorCounter, _ amount: UInt64 = 1) { cells.add(counter.rawValue, amount) }

    public func value(of counter: TranslatorCounter) -> UInt64 { cells.value(counter.rawValue) }
}
