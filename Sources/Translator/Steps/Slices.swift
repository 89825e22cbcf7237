// With several queues, each thread's translator has its slice of the port space and of the subscribers. Any thread can
// tell whose a packet is: from IPv6 by its source's subscriber, from IPv4 by its destination port.

internal import NetAddress
public import Packet

extension Translator {
    /// The slice that a packet belongs to; 0 where that can't be told.
    public func owner(of packet: borrowing PacketBuffer) -> Int {
        let slices = core.settings.slices
        guard slices > 1, packet.count >= IPv4View.minimumCount else { return 0 }
        let bytes = packet.memory + packet.start
        if bytes.uint8(at: 0) >> 4 == 6 {
            guard packet.count >= IPv6View.minimumCount else { return 0 }
            let source = IPv6Address(high: bytes.uint64(at: 8), low: bytes.uint64(at: 16))
            return core.slice(of: source)
        }
        guard let header = try? IPv4View(bytes, count: packet.count) else { return 0 }
        // Only the first fragment has a port: slice 0 puts them together and hands them on.
        guard !header.isFragment else { return 0 }
        return core.slice(of: header)
    }
}

extension TranslationCore {
    func slice(of client: IPv6Address) -> Int {
        let prefix = client.keeping(bits: settings.quota.subscriberPrefixLength)
        let mixed = (prefix.high ^ prefix.low &* 0x9e37_79b9_7f4a_7c15) &* 0xd6e8_feb8_6659_fd93
        return Int(mixed >> 33) % settings.slices
    }

    func slice(of header: IPv4View) -> Int {
        guard let port = publicPort(of: header) else { return 0 }
        return Pool4.slice(of: port, slices: settings.slices, portBlockSize: settings.portBlockSize)
    }

    /// The port or identifier of ours that a packet from outside names; nil if it names none.
    private func publicPort(of header: IPv4View) -> UInt16? {
        guard header.payloadCount >= 8 else { return nil }
        let payload = header.payload
        guard header.proto == ProtocolNumber.icmp else { return payload.uint16(at: 2) }
        let type = payload.uint8(at: 0)
        if type == ICMPv4Type.echoReply || type == ICMPv4Type.echoRequest { return payload.uint16(at: 4) }
        guard let inner = try? IPv4View(payload + 8, count: header.payloadCount - 8, isWhole: false),
            header.payloadCount - 8 - inner.headerCount >= 8
        else { return nil }
        return inner.payload.uint16(at: inner.proto == ProtocolNumber.icmp ? 4 : 0)
    }

    /// A datagram that was put together here and is another slice's: it is handed there whole. True if so.
    mutating func handOver(_ whole: borrowing PacketBuffer, _ header: IPv4View) -> Bool {
        guard settings.slices > 1, slice(of: header) != settings.slice else { return false }
        // Whoever translates it may cut it.
        header.start.set(UInt16(0), at: 6)
        header.start.set(UInt16(0), at: 10)
        header.start.set(~Checksum.fold(Checksum.sum(header.start, count: header.headerCount)), at: 10)
        return handOver(whole)
    }

    /// An IPv4 packet that another slice is to take, through the outbox. False if it is this one's.
    mutating func handOver(_ packet: borrowing PacketBuffer) -> Bool {
        let bytes = packet.memory + packet.start
        guard let header = try? IPv4View(bytes, count: packet.count) else { return false }
        let owner = slice(of: header)
        guard owner != settings.slice else { return false }
        guard let out = outbox.add(count: packet.count, for: owner, offload: packet.offload) else {
            counters.add(.dropOutboxFull)
            return true
        }
        out.copyMemory(from: bytes, byteCount: packet.count)
        return true
    }
}
