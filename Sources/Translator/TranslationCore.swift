// The state of a translator, and what all steps share.

internal import NetAddress
internal import Packet
internal import Telemetry

struct TranslationCore: ~Copyable {
    var settings: TranslatorSettings
    var prefixes: PrefixTable
    var tables: SessionTables
    var fragments: FragmentStore
    /// Of the store's count, what the counters know.
    var evictedFragments: UInt64 = 0
    var stored: StoredSYNs
    var outbox: Outbox
    var errorBudget: ErrorBudget
    let counters: TranslatorCounters
    var lifetimes: Lifetimes
    var now: MonotonicTime
    var ticks: UInt32
    /// For IPv4 packets that may be fragmented on their way (RFC 7915 section 5.1).
    var nextIdentification: UInt32
    /// Where reassembled datagrams and errors are made.
    let scratch: UnsafeMutableRawPointer
    /// Translated errors are written here: what they are made from may lie in `scratch`.
    let errorScratch: UnsafeMutableRawPointer
    /// The first fragment of the datagram under way, which errors about it quote: "the IP header ... MUST be identical to
    /// that which was received" (RFC 1812 section 4.3.2.3). 0 octets: the packet came whole.
    let quoted: UnsafeMutableRawPointer
    var quotedCount = 0
    static let quotedLimit = 1_280
    static let scratchCount = PacketBuffer.headroom + 65_536 + 256

    init(_ settings: TranslatorSettings, seed: UInt64, now: MonotonicTime, counters: TranslatorCounters) {
        self.settings = settings
        self.counters = counters
        prefixes = PrefixTable(settings)
        tables = SessionTables(settings, seed: seed, now: Ticks.at(now), counters: counters)
        fragments = FragmentStore(memory: settings.fragmentMemory, lifetime: settings.timers.fragment)
        stored = StoredSYNs()
        outbox = Outbox()
        errorBudget = ErrorBudget(now: now)
        lifetimes = Lifetimes(settings.timers)
        self.now = now
        ticks = Ticks.at(now)
        nextIdentification = UInt32(truncatingIfNeeded: (seed ^ 0x9e37_79b9_7f4a_7c15) >> 16)
        scratch = .allocate(byteCount: Self.scratchCount, alignment: 64)
        errorScratch = .allocate(byteCount: Self.scratchCount, alignment: 64)
        quoted = .allocate(byteCount: Self.quotedLimit, alignment: 64)
        for binding in settings.staticBindings { _ = bind(binding) }
    }

    deinit {
        scratch.deallocate()
        errorScratch.deallocate()
        quoted.deallocate()
    }

    @inline(__always)
    mutating func setTime(_ now: MonotonicTime) {
        self.now = now
        ticks = Ticks.at(now)
    }

    /// Counts a drop.
    @inline(__always)
    func drop(_ reason: TranslatorCounter) -> Verdict {
        counters.add(reason)
        return .none
    }

    mutating func identification() -> UInt16 {
        nextIdentification = nextIdentification &* 1_664_525 &+ 1_013_904_223
        return UInt16(truncatingIfNeeded: nextIdentification >> 16)
    }
}

/// Lifetimes in ticks.
struct Lifetimes {
    let established: UInt32
    let transitory: UInt32
    let incomingSYN: UInt32
    let udp: UInt32
    let icmp: UInt32

    init(_ timers: TranslatorSettings.Timers) {
        established = Ticks.count(seconds: timers.tcpEstablished)
        transitory = Ticks.count(seconds: timers.tcpTransitory)
        incomingSYN = Ticks.count(seconds: timers.tcpIncomingSYN)
        udp = Ticks.count(seconds: timers.udp)
        icmp = Ticks.count(seconds: timers.icmp)
    }
}

/// "an IPv6 node MUST limit the rate of ICMPv6 error messages it originates" (RFC 4443 section 2.4 (f)): a token bucket.
struct ErrorBudget {
    static let perSecond = 1_000
    static let burst = 250
    private var tokens = burst
    private var filled: MonotonicTime

    init(now: MonotonicTime) { filled = now }

    mutating func take(_ now: MonotonicTime) -> Bool {
        let due = now.since(filled) / (1_000_000_000 / UInt64(Self.perSecond))
        if due > 0 {
            tokens = min(Self.burst, tokens + Int(min(due, UInt64(Self.burst))))
            filled = now
        }
        guard tokens > 0 else { return false }
        tokens -= 1
        return true
    }
}
