// Who holds how much of the store, so that one source cannot have it all.

/// What one source holds.
struct FragmentShare {
    var holder: UInt64
    var octets = 0
    var datagramCount = 0
    var oldest: UInt32?
    var newest: UInt32?
}

/// The sources that hold something.
struct FragmentShares: ~Copyable {
    private var shares: [FragmentShare] = []
    private var unused: [UInt32] = []
    private var index = RecordIndex()
    private let hash: KeyedHash

    init(hash: KeyedHash) { self.hash = hash }

    subscript(share: UInt32) -> FragmentShare {
        get { shares[Int(share)] }
        set { shares[Int(share)] = newValue }
    }

    func find(_ holder: UInt64) -> UInt32? {
        index.find(hash(holder, 2)) { shares[Int($0)].holder == holder }
    }

    /// Notes a new datagram. Returns the share and the holder's next older datagram.
    mutating func join(_ holder: UInt64, _ datagram: UInt32) -> (share: UInt32, older: UInt32?) {
        let share = find(holder) ?? make(holder)
        let older = shares[Int(share)].newest
        shares[Int(share)].newest = datagram
        shares[Int(share)].datagramCount += 1
        if older == nil { shares[Int(share)].oldest = datagram }
        return (share, older)
    }

    /// Notes that a datagram went which had these neighbours.
    mutating func leave(_ share: UInt32, older: UInt32?, newer: UInt32?) {
        if older == nil { shares[Int(share)].oldest = newer }
        if newer == nil { shares[Int(share)].newest = older }
        shares[Int(share)].datagramCount -= 1
        guard shares[Int(share)].datagramCount == 0 else { return }
        index.remove(hash(shares[Int(share)].holder, 2), share)
        unused.append(share)
    }

    private mutating func make(_ holder: UInt64) -> UInt32 {
        let share = unused.popLast() ?? UInt32(shares.count)
        let new = FragmentShare(holder: holder)
        if Int(share) == shares.count { shares.append(new) } else { shares[Int(share)] = new }
        index.insert(hash(holder, 2), share)
        return share
    }
}
