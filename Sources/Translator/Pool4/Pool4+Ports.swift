// Which port of an address, and ports by name: static bindings take them, ending bindings give them back.

internal import NetAddress

extension Pool4 {
    /// Takes this very port.
    ///
    /// - Parameter subscriber: whose port block it is in, if nobody's yet: for bindings that are taken over from another
    ///   pool. nil for static ones; a block of theirs is nobody else's.
    /// - Returns: false if it is in use, or not `manages`d: what the pool never gives out needs no taking.
    mutating func take(
        _ proto: TableProtocol, _ address: IPv4Address, _ port: UInt16, subscriber: UInt64? = nil
    ) -> Bool {
        guard manages(address, port), let record = addresses.touch(address.rawValue, isStatic: true) else {
            return false
        }
        let free = addresses.freePorts(record, proto, isOdd: port & 1 == 1)
        guard free.contains(addresses.layout.portSlices.position(port)) else { return false }
        if portBlockSize > 0 { countInBlock(proto, record, port, holder: subscriber) }
        hold(proto, record, port)
        return true
    }

    /// Gives a port back, however it was taken.
    ///
    /// - Returns: false, and nothing happened, if it was not in use.
    @discardableResult
    mutating func release(_ proto: TableProtocol, _ address: IPv4Address, _ port: UInt16) -> Bool {
        guard isUsed(proto, address, port), let record = addresses.find(address.rawValue) else { return false }
        if portBlockSize > 0 { discountInBlock(proto, record, port) }
        free(proto, record, port)
        return true
    }

    /// Whether the port was taken or allocated.
    func isUsed(_ proto: TableProtocol, _ address: IPv4Address, _ port: UInt16) -> Bool {
        guard manages(address, port), let record = addresses.find(address.rawValue) else { return false }
        let layout = addresses.layout
        guard let words = addresses.records[Int(record)].freePorts[Int(proto.rawValue)] else { return false }
        let half = Bitmap.memory(wordCount: layout.portSlices.wordCount)
        let free = Bitmap(words: port & 1 == 1 ? words + half : words, wordCount: layout.portSlices.wordCount)
        return !free.contains(layout.portSlices.position(port))
    }

    /// A free port of an address, by the rules of RFC 6146 section 3.5.1.1: "If the NAT64 does not have a port available
    /// in the same range, the NAT64 MAY assign a port t from another range where it has an available port", "The NAT64
    /// SHOULD preserve the port parity (odd/even)".
    mutating func pickPort(_ proto: TableProtocol, _ record: UInt32, like port: UInt16) -> UInt16? {
        let isLow = port < 1024
        let isOdd = proto == .udp ? port & 1 == 1 : randomNumber() & 1 == 1
        for attempt in 0..<4 {
            // A range above 1023 gives up parity before it intrudes on the well-known ports; a client with a well-known
            // port takes any port of its parity.
            let parityFirst = isLow && proto == .udp
            let otherParity = parityFirst ? attempt >= 2 : attempt & 1 == 1
            let otherRange = parityFirst ? attempt & 1 == 1 : attempt >= 2
            if let port = pickPort(proto, record, isLow: isLow != otherRange, isOdd: isOdd != otherParity) {
                return port
            }
        }
        return nil
    }

    /// RFC 6056 section 3.3.1: a random start, then the next that is free; here by words of 64 ports, and again at
    /// random in the word, so that ports next to used ones are no likelier than others.
    private mutating func pickPort(
        _ proto: TableProtocol, _ record: UInt32, isLow: Bool, isOdd: Bool
    ) -> UInt16? {
        let portSet = addresses.records[Int(record)].portSet
        let (forStart, forBit) = (randomNumber(), randomNumber())
        let words = isLow ? addresses.layout.portSets[portSet].lowWords : addresses.layout.portSets[portSet].highWords
        guard !words.isEmpty else { return nil }
        let start = Int(words[forStart.scaled(to: words.count)])
        let slices = addresses.layout.portSlices
        let range = isLow ? 0..<slices.lowWordCount : slices.lowWordCount..<slices.wordCount
        let free = addresses.freePorts(record, proto, isOdd: isOdd)
        guard let word = free.nextWord(in: range, from: start),
            let position = free.randomBit(inWord: word, random: forBit)
        else { return nil }
        return slices.port(position: position, isOdd: isOdd)
    }
}
