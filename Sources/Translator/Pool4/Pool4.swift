// Who holds which public address and port: RFC 6146 sections 3.5.1.1 and 3.5.2.3 choose the address and the port,
// RFC 4787 REQ-2 (paired pooling), REQ-3 (ranges) and section 4.2.2 (parity) say what a choice has to keep, RFC 6056
// asks that it cannot be foreseen. Every operation takes constant time, however full the pool is.

internal import NetAddress

/// One translator's part of the pool.
struct Pool4: ~Copyable, @unchecked Sendable {
    var addresses: AddressTable
    var blocks: BlockTable
    private var random: PortRandom
    private var used = InlineArray<3, Int>(repeating: 0)
    private let lowest: UInt32
    /// From the lowest address of the pool to the highest.
    private let extent: UInt32
    private let spans: [(first: UInt32, last: UInt32)]
    let portBlockSize: Int

    /// So many addresses are tried for a subscriber before any that has room.
    static let candidateCount = 16

    /// - Parameters:
    ///   - ranges: may overlap, and repeat an address. Empty ones count as not there.
    ///   - portBlockSize: 0, or a power of two from 2 to 32768; anything else is made the next one.
    ///   - seed: decides the ports; from the system's random numbers, except in tests.
    init(ranges: [PoolRange], portBlockSize: Int, slice: Int, slices: Int, seed: UInt64) {
        let blockSize = portBlockSize > 0 ? 1 << Self.blockShift(portBlockSize) : 0
        let portSlices = PortSlices(slice: slice, slices: slices, portBlockSize: blockSize)
        let layout = PoolLayout(ranges: ranges, portSlices: portSlices, portBlockSize: blockSize)
        let hash = KeyedHash(seed, ~seed)
        self.portBlockSize = blockSize
        spans = layout.spans
        lowest = spans.first?.first ?? 0
        extent = (spans.last?.last ?? 0) - lowest
        addresses = AddressTable(layout: layout, hash: hash)
        blocks = BlockTable(hash: hash)
        random = PortRandom(seed: seed, slice: slice)
    }

    private static func blockShift(_ size: Int) -> Int {
        min(max(Int.bitWidth - (size - 1).leadingZeroBitCount, 1), 15)
    }

    /// Whose of `slices` a port is. `portBlockSize` as the pool was made with: its blocks stay whole.
    @inline(__always)
    static func slice(of port: UInt16, slices: Int, portBlockSize: Int = 0) -> Int {
        PortSlices.slice(of: port, slices: slices, shift: PortSlices.shift(portBlockSize: portBlockSize))
    }

    /// Whether it is an address of the pool, with whatever ports in whatever slice. One comparison for most addresses.
    @inline(__always)
    func contains(_ address: IPv4Address) -> Bool {
        guard address.rawValue &- lowest <= extent else { return false }
        return spans.count == 1 || isInSpan(address.rawValue)
    }

    private func isInSpan(_ address: UInt32) -> Bool {
        var (low, high) = (0, spans.count)
        while low < high {
            let middle = (low + high) / 2
            if spans[middle].last < address { low = middle + 1 } else { high = middle }
        }
        return low < spans.count && spans[low].first <= address
    }

    /// Whether this slice of the pool gives out the port, so that nobody may have it without `take` or `allocate`.
    func manages(_ address: IPv4Address, _ port: UInt16) -> Bool {
        guard let interval = addresses.layout.interval(of: address.rawValue), addresses.layout.portSlices.owns(port)
        else { return false }
        return addresses.layout.portSets[interval.portSet].contains(port, addresses.layout.portSlices)
    }

    /// Ports in use of a protocol.
    func usedPorts(_ proto: TableProtocol) -> Int { used[Int(proto.rawValue)] }
    /// Ports that this slice has, of each protocol.
    var capacity: Int { addresses.layout.capacity }

    /// Takes a port that is free: random among those that the rules prefer.
    ///
    /// - Parameters:
    ///   - port: the client's. If possible, the public one is in the same of the ranges 1-1023 and 1024-65535, and for
    ///     UDP even or odd like it.
    ///   - subscriber: a hash of who it is for, that a client can't choose. Decides the address, unless that is full.
    ///   - address: where the subscriber has ports already; another is chosen only if that is full.
    /// - Returns: nil if all ports are in use; with port blocks, if all blocks are held and the subscriber's are full.
    mutating func allocate(
        _ proto: TableProtocol, wanting port: UInt16, subscriber: UInt64, on address: IPv4Address?
    ) -> (address: IPv4Address, port: UInt16)? {
        guard portBlockSize == 0 else {
            return allocateFromBlocks(proto, wanting: port, subscriber: subscriber, on: address)
        }
        guard used[Int(proto.rawValue)] < capacity,
            let record = recordWithRoom(Int(proto.rawValue), subscriber, preferring: address?.rawValue),
            let free = pickPort(proto, record, like: port)
        else { return nil }
        let chosen = IPv4Address(rawValue: addresses.records[Int(record)].address)
        hold(proto, record, free)
        return (chosen, free)
    }

    /// An address with room: the preferred one, or one of those that the subscriber's hash leads to, or any.
    mutating func recordWithRoom(_ kind: Int, _ subscriber: UInt64, preferring address: UInt32?) -> UInt32? {
        if let address, let record = addresses.touch(address), addresses.hasRoom(record, kind) { return record }
        let count = addresses.layout.usableCount
        for attempt in 0..<min(Self.candidateCount, count) {
            let number = Self.candidate(attempt, of: count, subscriber)
            if let record = addresses.touch(addresses.layout.usableAddress(number)), addresses.hasRoom(record, kind) {
                return record
            }
        }
        return addresses.anyWithRoom(kind, random: random.next())
    }

    /// The number of an address. It depends on nothing else, so that a subscriber has the same address in all slices.
    private static func candidate(_ attempt: Int, of count: Int, _ subscriber: UInt64) -> Int {
        let fewAddresses = count <= candidateCount
        var mixed = subscriber &+ (fewAddresses ? 0 : UInt64(attempt) &* 0x9e37_79b9_7f4a_7c15)
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        let number = Int(mixed.multipliedFullWidth(by: UInt64(count)).high)
        return fewAddresses ? (number + attempt) % count : number
    }

    mutating func randomNumber() -> UInt32 { random.next() }

    /// Marks a port of an address as used that is free.
    mutating func hold(_ proto: TableProtocol, _ record: UInt32, _ port: UInt16) {
        addresses.freePorts(record, proto, isOdd: port & 1 == 1).remove(addresses.layout.portSlices.position(port))
        used[Int(proto.rawValue)] += 1
        addresses.count(record, ports: 1, of: proto)
    }

    /// Marks a used port as free. The record is gone if it was the address's last.
    mutating func free(_ proto: TableProtocol, _ record: UInt32, _ port: UInt16) {
        addresses.freePorts(record, proto, isOdd: port & 1 == 1).insert(addresses.layout.portSlices.position(port))
        used[Int(proto.rawValue)] -= 1
        addresses.count(record, ports: -1, of: proto)
    }
}
