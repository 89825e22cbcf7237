// RFC 6146 section 3.4, fragments: only the first one has ports, checksums of ICMPv6 and absent ones of UDP cover all of
// them, and they come in any order. So they wait until the datagram is whole, go through the steps as one packet, and
// leave cut as they came.

internal import NetAddress
internal import Packet

extension TranslationCore {
    /// RFC 7915 section 5.1.1: "If the Next Header field of the Fragment Header is an extension header (except ESP, but
    /// including the Authentication Header), then the packet SHOULD be dropped and logged."
    func hidesExtension(_ header: IPv6View) -> Bool {
        switch header.start.uint8(at: header.fragmentHeader) {
        case ProtocolNumber.hopByHop, ProtocolNumber.routing, ProtocolNumber.fragment, ProtocolNumber.authentication,
            ProtocolNumber.destinationOptions, ProtocolNumber.mobility, ProtocolNumber.hostIdentity,
            ProtocolNumber.shim6:
            true
        default: false
        }
    }

    mutating func keepFragment6(_ packet: inout PacketBuffer, _ header: IPv6View) -> Verdict {
        counters.add(.fragmentsReceived)
        let headerCount = header.fragmentHeader + 8
        let key = FragmentKey(header)
        guard let handle = keep(packet, key, header.fragmentOffset, header.moreFragments, headerCount) else {
            return .none
        }
        let cuts = self.cuts(of: handle)
        let firstNext = nextHeaderOfFirst(handle)
        let count = gather(handle, headerCount: IPv6View.minimumCount)
        guard var whole = scratchPacket(IPv6View.minimumCount + count) else { return drop(.dropTooLong) }
        let start = whole.memory + whole.start
        start.set(UInt16(truncatingIfNeeded: count), at: 4)
        // RFC 8200 section 4.5: "The Next Header field of the last header of the Per-Fragment headers of the reassembled
        // packet is obtained from the Next Header field of the first fragment's Fragment header."
        start.set(firstNext, at: 6)
        guard let view = try? IPv6View(start, count: whole.count),
            let (remote, prefix) = prefixes.extract(view.destination)
        else { return drop(.dropMalformed) }
        let peer = Peer(remote: remote, prefix: prefix)
        defer { quotedCount = 0 }
        let verdict: Verdict
        switch view.proto {
        case ProtocolNumber.tcp: verdict = tcp6(&whole, view, peer)
        case ProtocolNumber.udp: verdict = udp6(&whole, view, peer)
        case ProtocolNumber.icmpv6: verdict = icmp6(&whole, view, peer)
        default: verdict = refuseProtocol6(&whole, view)
        }
        return verdict == .emit ? cut(&whole, cuts, header.identification, dontFragment: true) : .none
    }

    mutating func keepFragment4(_ packet: inout PacketBuffer, _ header: IPv4View) -> Verdict {
        counters.add(.fragmentsReceived)
        let key = FragmentKey(header)
        let (identification, dontFragment) = (header.identification, header.dontFragment)
        guard let handle = keep(packet, key, header.fragmentOffset, header.moreFragments, header.headerCount) else {
            return .none
        }
        let cuts = self.cuts(of: handle)
        let count = gather(handle, headerCount: IPv4View.minimumCount)
        guard IPv4View.minimumCount + count <= 65_535, var whole = scratchPacket(IPv4View.minimumCount + count) else {
            return drop(.dropTooLong)
        }
        let start = whole.memory + whole.start
        start.set(UInt8(0x45), at: 0)
        start.set(UInt16(truncatingIfNeeded: whole.count), at: 2)
        // Whole now, and not to be cut before it is cut as it came.
        start.set(Header4.dontFragment, at: 6)
        start.set(UInt16(0), at: 10)
        start.set(~Checksum.fold(Checksum.sum(start, count: IPv4View.minimumCount)), at: 10)
        guard let view = try? IPv4View(start, count: whole.count) else { return drop(.dropMalformed) }
        if handOver(whole, view) {
            quotedCount = 0
            return .none
        }
        defer { quotedCount = 0 }
        let verdict: Verdict
        switch view.proto {
        case ProtocolNumber.tcp: verdict = tcp4(&whole, view)
        case ProtocolNumber.udp: verdict = udp4(&whole, view)
        case ProtocolNumber.icmp: verdict = icmp4(&whole, view)
        default: verdict = refuseProtocol4(&whole, view)
        }
        return verdict == .emit
            ? cut(&whole, cuts, UInt32(identification), dontFragment: dontFragment) : .none
    }

    /// The datagram's handle, if it is whole now.
    private mutating func keep(
        _ packet: borrowing PacketBuffer, _ key: FragmentKey, _ offset: Int, _ more: Bool, _ headerCount: Int
    ) -> FragmentHandle? {
        let outcome = fragments.add(
            key, offset: offset, moreFragments: more, packet: UnsafeRawBufferPointer(packet.bytes),
            headerCount: headerCount, now: now)
        if fragments.evictedCount != evictedFragments {
            counters.add(.dropFragmentNoRoom, fragments.evictedCount &- evictedFragments)
            evictedFragments = fragments.evictedCount
        }
        switch outcome {
        case .complete(let handle):
            counters.add(.datagramsReassembled)
            return handle
        case .waiting: return nil
        case .dropped(let reason):
            counters.add(TranslatorCounter(reason))
            return nil
        }
    }

    private func nextHeaderOfFirst(_ handle: FragmentHandle) -> UInt8 {
        var next: UInt8 = 0
        fragments.forEachFragment(handle) { fragment in
            if fragment.offset == 0, fragment.headerCount >= 8 { next = fragment.packet[fragment.headerCount - 8] }
        }
        return next
    }

    private func cuts(of handle: FragmentHandle) -> Cuts {
        var cuts = Cuts()
        fragments.forEachFragment(handle) { fragment in
            let count = fragment.packet.count - fragment.headerCount
            cuts.add(end: fragment.offset + count, pieceCount: count)
        }
        return cuts
    }

    /// Puts the payload into the scratch memory, with the first `headerCount` octets of the first fragment before it, and
    /// forgets the fragments; the payload's octets.
    private mutating func gather(_ handle: FragmentHandle, headerCount: Int) -> Int {
        let start = scratch + PacketBuffer.headroom
        var total = 0
        fragments.forEachFragment(handle) { fragment in
            guard let base = fragment.packet.baseAddress else { return }
            if fragment.offset == 0 {
                start.copyMemory(from: base, byteCount: headerCount)
                quotedCount = min(fragment.packet.count, Self.quotedLimit)
                quoted.copyMemory(from: base, byteCount: quotedCount)
            }
            let count = fragment.packet.count - fragment.headerCount
            (start + headerCount + fragment.offset).copyMemory(from: base + fragment.headerCount, byteCount: count)
            total = max(total, fragment.offset + count)
        }
        fragments.remove(handle)
        return total
    }

    private func scratchPacket(_ count: Int) -> PacketBuffer? {
        PacketBuffer(
            memory: scratch, capacity: Self.scratchCount, start: PacketBuffer.headroom, count: count)
    }

    /// Cuts a translated datagram as it was cut when it came. 5.1.1: "Identification: Copied from the low-order 16 bits
    /// in the Identification field of the Fragment Header"; 4.1: "the low-order 16 bits [are] copied from the
    /// Identification field in the IPv4 header. The high-order 16 bits set to zero."
    private mutating func cut(
        _ whole: inout PacketBuffer, _ cuts: Cuts, _ identification: UInt32, dontFragment: Bool
    ) -> Verdict {
        if whole.bytes[0] >> 4 == 4 {
            return fragment4(
                &whole, identification: UInt16(truncatingIfNeeded: identification), cuts: cuts, limit: cuts.longest)
        }
        let lowest = settings.lowestIPv6MTU - IPv6View.minimumCount - 8
        return fragment6(
            &whole, identification: identification, cuts: cuts,
            limit: dontFragment ? cuts.longest : min(cuts.longest, lowest))
    }

    mutating func expireFragments() {
        let expired = fragments.expire(now, limit: 256) { _, _ in }
        if expired > 0 { counters.add(.dropFragmentTimeout, UInt64(expired)) }
    }
}

extension FragmentKey {
    init(_ header: IPv6View) {
        self.init(
            source: (header.source.high, header.source.low),
            destination: (header.destination.high, header.destination.low),
            identification: header.identification, transport: 0, isIPv6: true)
    }

    init(_ header: IPv4View) {
        self.init(
            source: (0, UInt64(header.source.rawValue)), destination: (0, UInt64(header.destination.rawValue)),
            identification: UInt32(header.identification), transport: header.proto, isIPv6: false)
    }
}

extension TranslatorCounter {
    init(_ reason: FragmentDropReason) {
        self =
            switch reason {
            case .overlap: .dropFragmentOverlap
            case .tooMany: .dropFragmentTooMany
            case .tooLong: .dropTooLong
            case .badLength: .dropFragmentBadLength
            case .noRoom: .dropFragmentNoRoom
            }
    }
}
