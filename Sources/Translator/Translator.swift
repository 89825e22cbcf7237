// The translator as its edge sees it: RFC 6146, RFC 7915 and RFC 6052, for one thread.

internal import NetAddress
public import Packet
public import Telemetry

/// A stateful NAT64 without sockets: packets in, packets out, time handed in. Not safe for several threads; its counters
/// may be read from any.
public final class Translator {
    public let counters: TranslatorCounters
    var core: TranslationCore

    /// - Parameter seed: makes ports, identifiers and hashes unpredictable; from a secure source.
    public init(settings: TranslatorSettings, seed: UInt64, now: MonotonicTime) {
        let counters = TranslatorCounters()
        self.counters = counters
        core = TranslationCore(settings, seed: seed, now: now, counters: counters)
    }

    /// Translates a packet in its buffer, which should have `PacketBuffer.headroom` octets free before it. After each
    /// call the outbox may hold packets of the translator's own.
    public func handle(_ packet: inout PacketBuffer, now: MonotonicTime) -> Verdict {
        core.setTime(now)
        guard packet.count >= IPv4View.minimumCount else {
            core.counters.add(.dropMalformed)
            return .none
        }
        switch packet.bytes[0] >> 4 {
        case 6: return core.handle6(&packet)
        case 4: return core.handle4(&packet)
        default:
            core.counters.add(.dropMalformed)
            return .none
        }
    }

    /// Handles an IPv4 packet that another slice's outbox named this one for.
    public func handleHandedOver(_ packet: inout PacketBuffer, now: MonotonicTime) -> Verdict {
        core.setTime(now)
        guard packet.count >= IPv4View.minimumCount else { return core.drop(.dropMalformed) }
        return core.handle4(&packet, isHairpin: true)
    }

    /// Starts loading what `handle` will need for this packet, while others are read.
    public func prefetch(_ packet: borrowing PacketBuffer) { core.prefetch(packet) }

    /// Gives, in order, what the translator has to say itself: errors, fragments, probes. With several slices the second
    /// value names the one that is to handle a packet; nil: it goes out.
    @inline(__always)
    public func drainOutbox(_ emit: (inout PacketBuffer, Int?) -> Void) {
        if !core.outbox.isEmpty { core.outbox.drain(emit) }
    }

    /// Ends what is due. To be called some times a second; does a bounded piece of work.
    public func tick(now: MonotonicTime) {
        core.setTime(now)
        core.expire()
    }

    /// What the log of bindings is written from, since the last call.
    public func takeBindingEvents() -> [BindingEvent] { core.tables.log.take() }

    public var sessionCount: Int { core.tables.sessions.count }
    public var bindingCount: Int { core.tables.bindings.count }
}
