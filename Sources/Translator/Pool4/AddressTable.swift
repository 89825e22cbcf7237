// What is known of each public address in use. An address costs memory from its first port to its last; a pool of a
// million addresses of which ten are in use costs as much as a pool of ten.

/// An address with ports or blocks in use.
struct AddressRecord {
    var address: UInt32
    var portSet: Int
    /// Its bit in the bitmap of untouched addresses; nil if it has none.
    var untouchedPosition: Int?
    /// Free even ports, then free odd ports, made when the protocol needs them; by `TableProtocol`. They outlive the
    /// address, for the next one that needs a record: all ports are free by then.
    var freePorts = InlineArray<3, UnsafeMutablePointer<UInt64>?>(repeating: nil)
    var freeBlocks: UnsafeMutablePointer<UInt64>?
    var usedPorts = InlineArray<3, Int>(repeating: 0)
    var heldBlocks = 0
    /// Where the record stands in each of `AddressTable.withRoom`; -1: nowhere.
    var roomPositions = InlineArray<3, Int32>(repeating: -1)

    init(address: UInt32, portSet: Int) {
        self.address = address
        self.portSet = portSet
    }

    var isUnused: Bool { usedPorts[0] | usedPorts[1] | usedPorts[2] | heldBlocks == 0 }
}

/// Owns the bitmaps, and knows addresses with room without searching. Records are numbers that stay valid while the
/// address has a port or a block in use.
struct AddressTable: ~Copyable {
    let layout: PoolLayout
    private(set) var records: [AddressRecord] = []
    private var unusedRecords: [UInt32] = []
    private var index = RecordIndex()
    private let hash: KeyedHash
    /// Records with a free port, by protocol; with port blocks the first is records with a free block.
    private(set) var withRoom: InlineArray<3, [UInt32]> = [[], [], []]
    /// Addresses without a record, of the first `mostAddresses` addresses. There are never more records than that, so if
    /// all of these have one, no address may get another.
    private let untouched: Bitmap

    /// More addresses than this are not in use at once. Each takes 8,320 octets a protocol, and has ports for 64,000
    /// bindings: far more than there are sessions.
    static let mostAddresses = 8192

    init(layout: PoolLayout, hash: KeyedHash) {
        self.layout = layout
        self.hash = hash
        let count = min(layout.usableCount, Self.mostAddresses)
        let wordCount = max((count + 63) / 64, 1)
        let memory = Bitmap.memory(wordCount: wordCount)
        let words = UnsafeMutablePointer<UInt64>.allocate(capacity: memory)
        words.initialize(repeating: 0, count: memory)
        untouched = Bitmap(words: words, wordCount: wordCount)
        for position in 0..<count { untouched.insert(position) }
    }

    deinit {
        for record in records {
            for number in 0..<3 { record.freePorts[number]?.deallocate() }
            record.freeBlocks?.deallocate()
        }
        untouched.words.deallocate()
    }

    var touchedCount: Int { index.count }

    /// The record of an address in use.
    func find(_ address: UInt32) -> UInt32? {
        index.find(hash(UInt64(address), 0)) { records[Int($0)].address == address }
    }

    /// The record of an address, made if it has none; nil if the address has no ports here, or if there are too many
    /// addresses in use and it is not one of them.
    /// - Parameter isStatic: make it however many there are.
    mutating func touch(_ address: UInt32, isStatic: Bool = false) -> UInt32? {
        if let record = find(address) { return record }
        guard let interval = layout.interval(of: address), let base = interval.base,
            index.count < Self.mostAddresses || isStatic
        else { return nil }
        let number = makeRecord(address, interval.portSet)
        let position = base + Int(address - interval.first)
        if position < min(layout.usableCount, Self.mostAddresses) {
            untouched.remove(position)
            records[Int(number)].untouchedPosition = position
        }
        index.insert(hash(UInt64(address), 0), number)
        updateRoom(number)
        return number
    }

    private mutating func makeRecord(_ address: UInt32, _ portSet: Int) -> UInt32 {
        guard let number = unusedRecords.popLast() else {
            records.append(AddressRecord(address: address, portSet: portSet))
            return UInt32(records.count - 1)
        }
        let formerSet = records[Int(number)].portSet
        records[Int(number)].address = address
        records[Int(number)].portSet = portSet
        if portSet != formerSet { resetBitmaps(number) }
        return number
    }

    private func resetBitmaps(_ number: UInt32) {
        let record = records[Int(number)]
        let portSet = layout.portSets[record.portSet]
        for proto in 0..<3 { record.freePorts[proto]?.update(from: portSet.freePorts, count: portSet.freePorts.count) }
        record.freeBlocks?.update(from: portSet.freeBlocks, count: portSet.freeBlocks.count)
    }

    /// Any address with room: one in use, else one that is not.
    mutating func anyWithRoom(_ kind: Int, random: UInt32) -> UInt32? {
        let candidates = withRoom[kind].count
        if candidates > 0 { return withRoom[kind][random.scaled(to: candidates)] }
        let start = random.scaled(to: untouched.wordCount)
        guard let word = untouched.nextWord(in: 0..<untouched.wordCount, from: start),
            let position = untouched.randomBit(inWord: word, random: random)
        else { return nil }
        return touch(layout.usableAddress(position))
    }

    /// A protocol's free ports of one parity.
    mutating func freePorts(_ record: UInt32, _ proto: TableProtocol, isOdd: Bool) -> Bitmap {
        let template = layout.portSets[records[Int(record)].portSet].freePorts
        let words = Self.made(&records[Int(record)].freePorts[Int(proto.rawValue)], from: template)
        return Bitmap(words: isOdd ? words + template.count / 2 : words, wordCount: layout.portSlices.wordCount)
    }

    mutating func freeBlocks(_ record: UInt32) -> Bitmap {
        let template = layout.portSets[records[Int(record)].portSet].freeBlocks
        let words = Self.made(&records[Int(record)].freeBlocks, from: template)
        return Bitmap(words: words, wordCount: PortSet.blockWordCount(layout.portBlockSize))
    }

    private static func made(_ words: inout UnsafeMutablePointer<UInt64>?, from template: [UInt64])
        -> UnsafeMutablePointer<UInt64>
    {
        if let words { return words }
        let new = UnsafeMutablePointer<UInt64>.allocate(capacity: template.count)
        new.initialize(from: template, count: template.count)
        words = new
        return new
    }
}

// MARK: - Counts

extension AddressTable {
    func hasRoom(_ record: UInt32, _ kind: Int) -> Bool {
        let portSet = records[Int(record)].portSet
        if layout.portBlockSize > 0 { return records[Int(record)].heldBlocks < layout.portSets[portSet].blockCount }
        return records[Int(record)].usedPorts[kind] < layout.portSets[portSet].capacity
    }

    /// Notes that ports or blocks came into use, or went: then the record may go, too.
    mutating func count(_ record: UInt32, ports: Int = 0, of proto: TableProtocol = .tcp, blocks: Int = 0) {
        records[Int(record)].usedPorts[Int(proto.rawValue)] += ports
        records[Int(record)].heldBlocks += blocks
        if records[Int(record)].isUnused { retire(record) } else { updateRoom(record) }
    }

    private mutating func updateRoom(_ record: UInt32) {
        for kind in 0..<(layout.portBlockSize > 0 ? 1 : 3) {
            let isListed = records[Int(record)].roomPositions[kind] >= 0
            let hasRoom = hasRoom(record, kind)
            if hasRoom == isListed { continue }
            if hasRoom {
                records[Int(record)].roomPositions[kind] = Int32(withRoom[kind].count)
                withRoom[kind].append(record)
            } else {
                unlist(record, kind)
            }
        }
    }

    private mutating func unlist(_ record: UInt32, _ kind: Int) {
        let position = records[Int(record)].roomPositions[kind]
        guard position >= 0, let last = withRoom[kind].popLast() else { return }
        if last != record {
            withRoom[kind][Int(position)] = last
            records[Int(last)].roomPositions[kind] = position
        }
        records[Int(record)].roomPositions[kind] = -1
    }

    private mutating func retire(_ record: UInt32) {
        for kind in 0..<3 { unlist(record, kind) }
        if let position = records[Int(record)].untouchedPosition { untouched.insert(position) }
        records[Int(record)].untouchedPosition = nil
        index.remove(hash(UInt64(records[Int(record)].address), 0), record)
        unusedRecords.append(record)
    }
}
