// Ports from blocks: a subscriber's ports come from few stretches, so that a line in the log for each stretch tells who
// had a port (RFC 6888 section 4). A block serves all protocols and goes back with its last port.

internal import NetAddress

extension Pool4 {
    /// So many of a subscriber's blocks are looked at before it gets another one.
    static let visitedBlocks = 16

    /// Blocks that came and went since this was asked the last time, in order. Who does not ask loses the later ones.
    mutating func takeBlockEvents() -> [PortBlockEvent] { blocks.takeEvents() }

    mutating func allocateFromBlocks(
        _ proto: TableProtocol, wanting port: UInt16, subscriber: UInt64, on address: IPv4Address?
    ) -> (address: IPv4Address, port: UInt16)? {
        let isOdd = proto == .udp ? port & 1 == 1 : randomNumber() & 1 == 1
        guard
            let (block, free) = portOfHeldBlock(proto, isOdd, subscriber, on: address)
                ?? portOfNewBlock(proto, isOdd, subscriber, on: address)
        else { return nil }
        let record = blocks.blocks[Int(block)].record
        let chosen = IPv4Address(rawValue: addresses.records[Int(record)].address)
        blocks.count(block, proto, ports: 1)
        hold(proto, record, free)
        return (chosen, free)
    }

    /// Blocks on the address come first; a port of the other parity is better than another block.
    private mutating func portOfHeldBlock(
        _ proto: TableProtocol, _ isOdd: Bool, _ subscriber: UInt64, on address: IPv4Address?
    ) -> (block: UInt32, port: UInt16)? {
        for pass in 0..<4 {
            var next = blocks.first(of: subscriber)
            for _ in 0..<Self.visitedBlocks {
                guard let block = next else { break }
                let held = blocks.blocks[Int(block)]
                next = held.next
                let isThere = address.map { $0.rawValue == addresses.records[Int(held.record)].address } ?? true
                guard isThere == (pass < 2), Int(held.used[Int(proto.rawValue)]) < held.capacity else { continue }
                if let port = pickPort(proto, held.record, block: held.number, isOdd: isOdd != (pass & 1 == 1)) {
                    return (block, port)
                }
            }
        }
        return nil
    }

    private mutating func portOfNewBlock(
        _ proto: TableProtocol, _ isOdd: Bool, _ subscriber: UInt64, on address: IPv4Address?
    ) -> (block: UInt32, port: UInt16)? {
        let first = blocks.first(of: subscriber).map { addresses.records[Int(blocks.blocks[Int($0)].record)].address }
        guard let record = recordWithRoom(0, subscriber, preferring: address?.rawValue ?? first),
            let number = pickBlock(record)
        else { return nil }
        guard
            let port = pickPort(proto, record, block: number, isOdd: isOdd)
                ?? pickPort(proto, record, block: number, isOdd: !isOdd)
        else { return nil }
        return (openBlock(record, number, holder: subscriber), port)
    }

    /// A random free block; one below port 1024 only if there is no other.
    private mutating func pickBlock(_ record: UInt32) -> Int? {
        let free = addresses.freeBlocks(record)
        let lowCount = (1024 + portBlockSize - 1) / portBlockSize
        let (firstHigh, lowInFirst) = (lowCount / 64, lowCount % 64)
        let (forStart, forBit) = (randomNumber(), randomNumber())
        if firstHigh < free.wordCount {
            let high = firstHigh..<free.wordCount
            let start = firstHigh + forStart.scaled(to: high.count)
            let mask = ~UInt64(0) << UInt64(lowInFirst)
            if let word = free.nextWord(in: high, from: start),
                let block = free.randomBit(inWord: word, mask: word == firstHigh ? mask : .max, random: forBit)
            {
                return block
            }
            // That word may have had low blocks alone.
            let rest = high.dropFirst()
            if !rest.isEmpty,
                let word = free.nextWord(in: rest, from: rest.lowerBound + forBit.scaled(to: rest.count))
            {
                return free.randomBit(inWord: word, random: forStart)
            }
        }
        guard let word = free.nextWord(in: 0..<min(firstHigh + 1, free.wordCount), from: 0) else { return nil }
        return free.randomBit(inWord: word, random: forBit)
    }

    private mutating func openBlock(_ record: UInt32, _ number: Int, holder: UInt64?) -> UInt32 {
        let ports = portsOfBlock(number)
        let position = addresses.layout.portSlices.position(ports.lowerBound)
        let capacity = addresses.layout.portSets[addresses.records[Int(record)].portSet]
            .portCount(from: position, count: portBlockSize / 2)
        addresses.freeBlocks(record).remove(number)
        addresses.count(record, blocks: 1)
        if let holder {
            let address = IPv4Address(rawValue: addresses.records[Int(record)].address)
            blocks.report(PortBlockEvent(isOpened: true, subscriber: holder, address: address, ports: ports))
        }
        return blocks.open(
            PortBlock(
                subscriber: holder ?? 0, record: record, number: number, isStatic: holder == nil, capacity: capacity))
    }

    private func portsOfBlock(_ number: Int) -> ClosedRange<UInt16> {
        UInt16(number * portBlockSize)...UInt16((number + 1) * portBlockSize - 1)
    }

    /// A free port of one parity in a block.
    private mutating func pickPort(
        _ proto: TableProtocol, _ record: UInt32, block: Int, isOdd: Bool
    ) -> UInt16? {
        let slices = addresses.layout.portSlices
        let free = addresses.freePorts(record, proto, isOdd: isOdd)
        let (first, count) = (slices.position(UInt16(block * portBlockSize)), portBlockSize / 2)
        let (forStart, forBit) = (randomNumber(), randomNumber())
        var (word, mask) = (first / 64, UInt64.max)
        if count < 64 {
            mask = (1 << UInt64(count) - 1) << UInt64(first % 64)
        } else {
            let range = word..<word + count / 64
            guard let next = free.nextWord(in: range, from: word + forStart.scaled(to: range.count)) else { return nil }
            word = next
        }
        return free.randomBit(inWord: word, mask: mask, random: forBit).map { slices.port(position: $0, isOdd: isOdd) }
    }

    // MARK: - Ports by name

    /// A port comes into use that was taken by name. If nobody holds its block, the holder does from now on, or the
    /// static bindings do: what a block's log says must not be wrong for some of its ports.
    mutating func countInBlock(_ proto: TableProtocol, _ record: UInt32, _ port: UInt16, holder: UInt64?) {
        let number = Int(port) / portBlockSize
        let block = blocks.find(record, number) ?? openBlock(record, number, holder: holder)
        blocks.count(block, proto, ports: 1)
    }

    mutating func discountInBlock(_ proto: TableProtocol, _ record: UInt32, _ port: UInt16) {
        guard let block = blocks.find(record, Int(port) / portBlockSize) else { return }
        blocks.count(block, proto, ports: -1)
        let held = blocks.blocks[Int(block)]
        guard held.isUnused else { return }
        blocks.close(block)
        addresses.freeBlocks(record).insert(held.number)
        if !held.isStatic {
            let address = IPv4Address(rawValue: addresses.records[Int(record)].address)
            blocks.report(
                PortBlockEvent(
                    isOpened: false, subscriber: held.subscriber, address: address, ports: portsOfBlock(held.number)))
        }
        addresses.count(record, blocks: -1)
    }
}
