// Keeps fragments until their datagram is whole (RFC 6146 section 3.4: the translator "MUST handle fragments", also when
// they arrive out of order). RFC 6146 section 5.2: the memory is bounded, and the time; when there is no room the oldest
// datagram goes, so that a flood of fragments stops no newer datagram for longer than the flood takes to fill the store.

internal import Telemetry

/// Datagrams of which not all fragments came yet, of both families.
struct FragmentStore: ~Copyable, @unchecked Sendable {
    private(set) var datagrams: [StoredDatagram] = []
    private var unused: [UInt32] = []
    private var index = RecordIndex()
    private var shares: FragmentShares
    private let hash = KeyedHash()
    private(set) var oldest: UInt32?
    private var newest: UInt32?
    /// Octets held, with what each fragment costs beside its own.
    private(set) var octets = 0
    /// Datagrams given up to make room for others, since the start.
    private(set) var evictedCount: UInt64 = 0
    /// Datagrams that were not whole when their time was over, since the start, shown by `expire` or not.
    var expiredCount: UInt64 = 0

    let memory: Int
    let mostDatagrams: Int
    let mostFragments: Int
    private let lifetime: UInt64

    /// - Parameters:
    ///   - memory: octets for packets, each with 64 more. One source holds at most a quarter, and at most a quarter of
    ///     the datagrams.
    ///   - lifetime: seconds from a datagram's first fragment to come.
    init(memory: Int, lifetime: UInt32, mostDatagrams: Int = 1024, mostFragments: Int = 64) {
        self.memory = memory
        self.mostDatagrams = max(mostDatagrams, 4)
        self.mostFragments = max(mostFragments, 2)
        self.lifetime = UInt64(lifetime) * 1_000_000_000
        shares = FragmentShares(hash: hash)
    }

    deinit {
        for datagram in datagrams { for fragment in datagram.fragments { fragment.packet.deallocate() } }
    }

    /// Datagrams held, those given up included.
    var count: Int { index.count }
    /// When `expire` will next have something to do.
    var nextExpiry: MonotonicTime? { oldest.map { MonotonicTime(nanoseconds: datagrams[Int($0)].deadline) } }

    /// Keeps a copy of a fragment. Not for a packet that is no fragment (RFC 6946: "processed in isolation").
    ///
    /// - Parameters:
    ///   - offset: of its payload in the datagram's, octets.
    ///   - packet: all of it, with its headers, without padding behind the payload.
    ///   - headerCount: octets before the payload.
    mutating func add(
        _ key: FragmentKey, offset: Int, moreFragments: Bool, packet: UnsafeRawBufferPointer, headerCount: Int,
        now: MonotonicTime
    ) -> FragmentOutcome {
        let new = FragmentView(packet: packet, headerCount: headerCount, offset: offset, moreFragments: moreFragments)
        if let reason = Self.fault(of: new) { return .dropped(reason) }
        let current = findCurrent(key, now)
        var position = 0
        if let current {
            if let failure = datagrams[Int(current)].failure { return .dropped(failure) }
            switch datagrams[Int(current)].placement(of: new) {
            case .copy: return .waiting
            case .overlap: return fail(current, .overlap)
            case .at(let place): position = place
            }
            if datagrams[Int(current)].fragments.count == mostFragments { return fail(current, .tooMany) }
        }
        guard
            makeRoom(for: StoredFragment.charge(packet.count), of: key.holder, isNew: current == nil, keeping: current)
        else { return .dropped(.noRoom) }
        let slot = current ?? makeDatagram(key, now)
        insert(new, into: slot, at: position)
        guard datagrams[Int(slot)].isWhole else { return .waiting }
        return .complete(FragmentHandle(slot: slot, generation: datagrams[Int(slot)].generation))
    }

    private static func fault(of fragment: FragmentView) -> FragmentDropReason? {
        let (offset, headerCount, count) = (fragment.offset, fragment.headerCount, fragment.packet.count)
        guard headerCount >= 0, headerCount < count, offset >= 0, offset % 8 == 0 else { return .badLength }
        let payloadCount = count - headerCount
        // RFC 8200 section 4.5: "If the length of a fragment ... is not a multiple of 8 octets and the M flag of that
        // fragment is 1, then that fragment must be discarded".
        guard fragment.moreFragments ? payloadCount % 8 == 0 : offset > 0 else { return .badLength }
        return payloadCount > 65535 || offset > 65535 - payloadCount ? .tooLong : nil
    }

    /// The key's datagram, unless its time is over: then it is forgotten.
    private mutating func findCurrent(_ key: FragmentKey, _ now: MonotonicTime) -> UInt32? {
        guard let slot = index.find(key.hash(hash), where: { datagrams[Int($0)].key == key }) else { return nil }
        guard datagrams[Int(slot)].deadline <= now.nanoseconds else { return slot }
        if datagrams[Int(slot)].failure == nil { expiredCount += 1 }
        discard(slot)
        return nil
    }

    // MARK: - Room

    /// Evicts the oldest datagrams, of the holder while it is above its share, then of all.
    private mutating func makeRoom(for charge: Int, of holder: UInt64, isNew: Bool, keeping: UInt32?) -> Bool {
        guard charge <= memory / 4 else { return false }
        while let share = shares.find(holder),
            shares[share].octets + charge > memory / 4 || isNew && shares[share].datagramCount >= mostDatagrams / 4
        {
            guard let first = shares[share].oldest else { return false }
            guard evict(first == keeping ? datagrams[Int(first)].ofHolder.newer : first) else { return false }
        }
        while octets + charge > memory || isNew && count >= mostDatagrams {
            guard let first = oldest else { return false }
            guard evict(first == keeping ? datagrams[Int(first)].byAge.newer : first) else { return false }
        }
        return true
    }

    private mutating func evict(_ slot: UInt32?) -> Bool {
        guard let slot else { return false }
        if datagrams[Int(slot)].failure == nil { evictedCount += 1 }
        discard(slot)
        return true
    }

    // MARK: - Datagrams

    private mutating func makeDatagram(_ key: FragmentKey, _ now: MonotonicTime) -> UInt32 {
        let slot = unused.popLast() ?? UInt32(datagrams.count)
        let deadline = now.nanoseconds &+ lifetime
        let (share, previous) = shares.join(key.holder, slot)
        if Int(slot) == datagrams.count {
            datagrams.append(StoredDatagram(key: key, deadline: deadline, holder: share))
        } else {
            datagrams[Int(slot)].restart(key: key, deadline: deadline, holder: share)
        }
        datagrams[Int(slot)].byAge.older = newest
        datagrams[Int(slot)].ofHolder.older = previous
        if let newest { datagrams[Int(newest)].byAge.newer = slot } else { oldest = slot }
        if let previous { datagrams[Int(previous)].ofHolder.newer = slot }
        newest = slot
        index.insert(key.hash(hash), slot)
        return slot
    }

    private mutating func insert(_ fragment: FragmentView, into slot: UInt32, at position: Int) {
        let copy = UnsafeMutableRawPointer.allocate(byteCount: fragment.packet.count, alignment: 8)
        UnsafeMutableRawBufferPointer(start: copy, count: fragment.packet.count).copyMemory(from: fragment.packet)
        let stored = StoredFragment(
            packet: copy, count: fragment.packet.count, headerCount: fragment.headerCount, offset: fragment.offset,
            moreFragments: fragment.moreFragments)
        datagrams[Int(slot)].fragments.insert(stored, at: position)
        datagrams[Int(slot)].payloadCount += stored.end - stored.offset
        if !stored.moreFragments { datagrams[Int(slot)].wholeCount = stored.end }
        charge(slot, stored.charge)
    }

    private mutating func charge(_ slot: UInt32, _ charge: Int) {
        octets += charge
        datagrams[Int(slot)].charge += charge
        shares[datagrams[Int(slot)].holder].octets += charge
    }

    /// RFC 5722 section 4: "... silently discard the datagram and all of its constituent fragments, including those not
    /// yet received": it stays known until its time is over.
    private mutating func fail(_ slot: UInt32, _ reason: FragmentDropReason) -> FragmentOutcome {
        freeFragments(slot)
        datagrams[Int(slot)].failure = reason
        return .dropped(reason)
    }

    private mutating func freeFragments(_ slot: UInt32) {
        for fragment in datagrams[Int(slot)].fragments { fragment.packet.deallocate() }
        // A flood of many pieces must not leave its lists behind.
        datagrams[Int(slot)].fragments.removeAll(keepingCapacity: datagrams[Int(slot)].fragments.capacity <= 8)
        charge(slot, -datagrams[Int(slot)].charge)
    }

    /// Forgets a datagram.
    mutating func discard(_ slot: UInt32) {
        freeFragments(slot)
        let (byAge, ofHolder) = (datagrams[Int(slot)].byAge, datagrams[Int(slot)].ofHolder)
        if let older = byAge.older { datagrams[Int(older)].byAge.newer = byAge.newer } else { oldest = byAge.newer }
        if let newer = byAge.newer { datagrams[Int(newer)].byAge.older = byAge.older } else { newest = byAge.older }
        if let older = ofHolder.older { datagrams[Int(older)].ofHolder.newer = ofHolder.newer }
        if let newer = ofHolder.newer { datagrams[Int(newer)].ofHolder.older = ofHolder.older }
        shares.leave(datagrams[Int(slot)].holder, older: ofHolder.older, newer: ofHolder.newer)
        index.remove(datagrams[Int(slot)].key.hash(hash), slot)
        datagrams[Int(slot)].generation &+= 1
        unused.append(slot)
    }
}
