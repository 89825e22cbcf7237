// One datagram's fragments, and the rules by which they are put together: RFC 8200 section 4.5, RFC 5722 for both
// families (IPv4 may be stricter than RFC 791 asks: RFC 1858 and RFC 3128 show what overlaps are good for).

/// A fragment in memory of its own.
struct StoredFragment {
    var packet: UnsafeMutableRawPointer
    /// Octets of the packet.
    var count: Int
    var headerCount: Int
    var offset: Int
    var moreFragments: Bool

    var end: Int { offset + count - headerCount }
    /// What it costs: its octets and the memory around them.
    var charge: Int { Self.charge(count) }
    static func charge(_ count: Int) -> Int { count + 64 }

    var view: FragmentView {
        FragmentView(
            packet: UnsafeRawBufferPointer(start: packet, count: count), headerCount: headerCount, offset: offset,
            moreFragments: moreFragments)
    }
}

struct StoredDatagram {
    var key: FragmentKey
    var deadline: UInt64
    var holder: UInt32
    /// Of the slot, so that old handles are known.
    var generation: UInt32 = 0
    /// By offset, without overlaps.
    var fragments: [StoredFragment] = []
    var charge = 0
    /// Octets of payload that are there, and that there must be once the last fragment came.
    var payloadCount = 0
    var wholeCount: Int?
    /// Why it was given up: it stays, without fragments, to have later ones dropped.
    var failure: FragmentDropReason?
    /// Neighbours in age, of all datagrams and of the holder's.
    var byAge = Neighbours()
    var ofHolder = Neighbours()

    struct Neighbours {
        var older: UInt32?
        var newer: UInt32?
    }

    var isWhole: Bool { failure == nil && payloadCount == wholeCount }

    /// Makes it another datagram, in the same memory. It has no fragments.
    mutating func restart(key: FragmentKey, deadline: UInt64, holder: UInt32) {
        var kept: [StoredFragment] = []
        swap(&kept, &fragments)
        let generation = generation
        self = StoredDatagram(key: key, deadline: deadline, holder: holder, generation: generation, fragments: kept)
    }

    enum Placement {
        case at(Int)
        case copy
        case overlap
    }

    /// Where a fragment goes.
    func placement(of new: FragmentView) -> Placement {
        let end = new.offset + new.packet.count - new.headerCount
        var position = fragments.count
        while position > 0, fragments[position - 1].offset >= new.offset { position -= 1 }
        // "... exact duplicates": RFC 8200 section 4.5 lets them be dropped alone. The octets must be the same ones.
        if position < fragments.count, fragments[position].offset == new.offset {
            return Self.areCopies(fragments[position].view, new) ? .copy : .overlap
        }
        if position > 0, fragments[position - 1].end > new.offset { return .overlap }
        if position < fragments.count, fragments[position].offset < end { return .overlap }
        // Two ends, or something beyond the end, contradict each other as overlaps do.
        if let wholeCount, !new.moreFragments || end > wholeCount { return .overlap }
        if !new.moreFragments, position < fragments.count { return .overlap }
        return .at(position)
    }

    private static func areCopies(_ one: FragmentView, _ other: FragmentView) -> Bool {
        one.moreFragments == other.moreFragments && one.payload.elementsEqual(other.payload)
    }
}
