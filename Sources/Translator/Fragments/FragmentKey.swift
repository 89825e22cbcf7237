// What fragments and their datagrams are called.

/// Which datagram a fragment belongs to: RFC 791 section 3.2 for IPv4, RFC 8200 section 4.5 for IPv6 (which does not
/// look at the protocol; there it is 0).
struct FragmentKey: Hashable {
    /// The address's high and low half; an IPv4 address is the low half alone.
    var source: (high: UInt64, low: UInt64)
    var destination: (high: UInt64, low: UInt64)
    var identification: UInt32
    var transport: UInt8
    var isIPv6: Bool

    static func == (one: FragmentKey, other: FragmentKey) -> Bool {
        one.source == other.source && one.destination == other.destination
            && one.identification == other.identification && one.transport == other.transport
            && one.isIPv6 == other.isIPv6
    }

    func hash(into hasher: inout Hasher) {
        for word in [source.high, source.low, destination.high, destination.low] { hasher.combine(word) }
        hasher.combine(identification)
        hasher.combine(transport)
        hasher.combine(isIPv6)
    }

    func hash(_ hash: KeyedHash) -> UInt64 {
        let rest = UInt64(identification) << 16 | UInt64(transport) << 8 | (isIPv6 ? 1 : 0)
        return hash(hash(source.high, source.low, rest), destination.high, destination.low)
    }

    /// Whose share of the memory the fragment takes: of the IPv4 address, or of the IPv6 /64, since a host may send from
    /// as many addresses of that as it likes.
    var holder: UInt64 { isIPv6 ? source.high : source.low }
}

/// A datagram of the store that is whole. Valid until it is removed, expires or is evicted.
struct FragmentHandle: Hashable {
    let slot: UInt32
    let generation: UInt32
}

/// What became of a fragment.
enum FragmentOutcome: Hashable {
    /// It is kept, or is a copy of one that is.
    case waiting
    /// With it the datagram is whole.
    case complete(FragmentHandle)
    case dropped(FragmentDropReason)
}

enum FragmentDropReason: Hashable, CaseIterable {
    /// RFC 8200 section 4.5: "If any of the fragments being reassembled overlap with any other fragments being
    /// reassembled for the same packet, reassembly of that packet must be abandoned and all the fragments that have
    /// been received for that packet must be discarded". Fragments that come later are dropped, too.
    case overlap
    /// The datagram came in too many pieces. It is given up as with `overlap`.
    case tooMany
    /// It reaches beyond 65,535 octets of payload; the others stay.
    case tooLong
    /// It is not the last, and its payload is no positive multiple of 8 octets; or it has none, or is not a fragment. The
    /// others stay.
    case badLength
    /// It does not fit into the memory, or into its source's share.
    case noRoom
}

/// A fragment as it was added.
struct FragmentView {
    /// The whole packet.
    let packet: UnsafeRawBufferPointer
    /// Octets before the fragment's payload.
    let headerCount: Int
    /// Of the payload in the datagram's payload, octets.
    let offset: Int
    let moreFragments: Bool

    var payload: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: packet[headerCount...]) }
}
