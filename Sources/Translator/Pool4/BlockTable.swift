// Port blocks and their holders (RFC 6888 section 4, RFC 7422: a log of blocks instead of one of every binding).

internal import NetAddress

/// A block that somebody holds: ports `number * size ..< (number + 1) * size` of one address, in all protocols.
struct PortBlock {
    var subscriber: UInt64
    /// In `AddressTable`.
    var record: UInt32
    var number: Int
    /// Held for static bindings, which have no subscriber.
    var isStatic: Bool
    /// Ports of one protocol that it has.
    var capacity: Int
    var used = InlineArray<3, Int32>(repeating: 0)
    /// Others of the subscriber.
    var previous: UInt32?
    var next: UInt32?

    var isUnused: Bool { used[0] | used[1] | used[2] == 0 }
}

/// A block came to a subscriber, or went.
struct PortBlockEvent: Hashable {
    var isOpened: Bool
    var subscriber: UInt64
    var address: IPv4Address
    var ports: ClosedRange<UInt16>
}

/// Finds blocks by place and by subscriber. A subscriber's blocks are a list; those with room are near its start,
/// because blocks that come, and full ones that get room, go there.
struct BlockTable: ~Copyable {
    private(set) var blocks: [PortBlock] = []
    private var unused: [UInt32] = []
    private var byPlace = RecordIndex()
    /// The first of each subscriber.
    private var bySubscriber = RecordIndex()
    private let hash: KeyedHash
    private var events: [PortBlockEvent] = []
    /// Events that nobody took in time.
    private(set) var lostEvents: UInt64 = 0

    /// So many events wait.
    static let mostEvents = 16384

    init(hash: KeyedHash) { self.hash = hash }

    var count: Int { byPlace.count }

    func find(_ record: UInt32, _ number: Int) -> UInt32? {
        byPlace.find(placeHash(record, number)) { blocks[Int($0)].record == record && blocks[Int($0)].number == number }
    }

    func first(of subscriber: UInt64) -> UInt32? {
        bySubscriber.find(hash(subscriber, 1)) { blocks[Int($0)].subscriber == subscriber }
    }

    private func placeHash(_ record: UInt32, _ number: Int) -> UInt64 {
        hash(UInt64(record) << 32 | UInt64(truncatingIfNeeded: number), 0)
    }

    /// Notes who holds a block that nobody held.
    mutating func open(_ block: PortBlock) -> UInt32 {
        let new = unused.popLast() ?? UInt32(blocks.count)
        if Int(new) == blocks.count { blocks.append(block) } else { blocks[Int(new)] = block }
        byPlace.insert(placeHash(block.record, block.number), new)
        if !block.isStatic { link(new) }
        return new
    }

    /// Forgets a block.
    mutating func close(_ block: UInt32) {
        let closed = blocks[Int(block)]
        if !closed.isStatic { unlink(block) }
        byPlace.remove(placeHash(closed.record, closed.number), block)
        unused.append(block)
    }

    /// - Parameter ports: came into use, or went if negative.
    mutating func count(_ block: UInt32, _ proto: TableProtocol, ports: Int) {
        let number = Int(proto.rawValue)
        let wasFull = Int(blocks[Int(block)].used[number]) == blocks[Int(block)].capacity
        blocks[Int(block)].used[number] += Int32(ports)
        if wasFull, ports < 0, blocks[Int(block)].previous != nil {
            unlink(block)
            link(block)
        }
    }

    /// Puts a block at the start of its subscriber's list.
    private mutating func link(_ block: UInt32) {
        let subscriber = blocks[Int(block)].subscriber
        let former = first(of: subscriber)
        blocks[Int(block)].previous = nil
        blocks[Int(block)].next = former
        if let former {
            blocks[Int(former)].previous = block
            bySubscriber.remove(hash(subscriber, 1), former)
        }
        bySubscriber.insert(hash(subscriber, 1), block)
    }

    private mutating func unlink(_ block: UInt32) {
        let (previous, next) = (blocks[Int(block)].previous, blocks[Int(block)].next)
        if let next { blocks[Int(next)].previous = previous }
        if let previous {
            blocks[Int(previous)].next = next
        } else {
            let subscriberHash = hash(blocks[Int(block)].subscriber, 1)
            bySubscriber.remove(subscriberHash, block)
            if let next { bySubscriber.insert(subscriberHash, next) }
        }
    }

    mutating func report(_ event: PortBlockEvent) {
        if events.count < Self.mostEvents { events.append(event) } else { lostEvents += 1 }
    }

    mutating func takeEvents() -> [PortBlockEvent] {
        let taken = events
        events = []
        return taken
    }
}
