// The packets of numbered sessions. A client, which is a subscriber with a /64 of its own, has 50 source ports, and each of
// those one peer in 198.18.0.0/15 (RFC 2544 appendix C.2.2).

import NetAddress
import Packet
import Translator

struct Traffic {
    static let portsPerClient = 50
    static let payload = 64
    private static let headroom = PacketBuffer.headroom

    let proto: TableProtocol
    private let number: UInt8
    private let transportCount: Int

    init(_ proto: TableProtocol) {
        self.proto = proto
        number = proto == .tcp ? 6 : 17
        transportCount = proto == .tcp ? 20 : 8 + Self.payload
    }

    /// Its pool has more ports than there are sessions.
    static func settings(sessionLimit: Int) -> TranslatorSettings {
        var settings = TranslatorSettings(
            prefixes: [.wellKnown], pool4: [PoolRange(first: IPv4Address(192, 0, 2, 0), addressCount: 256)],
            ownAddress6: IPv6Address(high: 0x2001_0db8_0000_0000, low: 1), ownAddress4: IPv4Address(203, 0, 113, 1))
        settings.sessionLimit = sessionLimit
        return settings
    }

    /// Writes what the client of session `index` sends: a datagram, or a SYN.
    func writeSixToFour(_ index: Int, at memory: UnsafeMutableRawPointer, capacity: Int) -> PacketBuffer? {
        let packet = memory + Self.headroom
        packet.initializeMemory(as: UInt8.self, repeating: 0, count: 40 + transportCount)
        packet.write(UInt8(0x60), 0)
        packet.write(UInt16(transportCount), 4)
        packet.write(number, 6)
        packet.write(UInt8(64), 7)
        packet.write(0x2001_0db8_0000_0000 | UInt64(index / Self.portsPerClient), 8)
        packet.write(UInt64(1), 16)
        packet.write(UInt64(0x0064_ff9b_0000_0000), 24)
        packet.write(Self.peer(index), 36)
        var sum = OnesComplementSum()
        sum.add(packet, 8, 32)
        writeTransport(packet + 40, from: UInt16(1024 + index % Self.portsPerClient), to: 443, sum)
        return PacketBuffer(memory: memory, capacity: capacity, start: Self.headroom, count: 40 + transportCount)
    }

    /// Writes what the peer of session `index` answers to the address and port that the session has in public.
    func writeFourToSix(_ index: Int, to public: PublicEnd, at memory: UnsafeMutableRawPointer, capacity: Int)
        -> PacketBuffer?
    {
        let packet = memory + Self.headroom
        packet.initializeMemory(as: UInt8.self, repeating: 0, count: 20 + transportCount)
        packet.write(UInt8(0x45), 0)
        packet.write(UInt16(20 + transportCount), 2)
        packet.write(UInt16(0x4000), 6)
        packet.write(UInt8(64), 8)
        packet.write(number, 9)
        packet.write(Self.peer(index), 12)
        packet.write(`public`.address, 16)
        var header = OnesComplementSum()
        header.add(packet, 0, 20)
        packet.write(~header.folded, 10)
        var sum = OnesComplementSum()
        sum.add(packet, 12, 8)
        writeTransport(packet + 20, from: 443, to: `public`.port, sum)
        return PacketBuffer(memory: memory, capacity: capacity, start: Self.headroom, count: 20 + transportCount)
    }

    private static func peer(_ index: Int) -> UInt32 { 0xc612_0000 | UInt32(index & 0x1_ffff) }

    private func writeTransport(
        _ start: UnsafeMutableRawPointer, from source: UInt16, to destination: UInt16, _ addresses: OnesComplementSum
    ) {
        start.write(source, 0)
        start.write(destination, 2)
        if proto == .tcp {
            start.write(UInt32(1), 4)
            start.write(UInt16(0x5002), 12)
            start.write(UInt16(65535), 14)
        } else {
            start.write(UInt16(transportCount), 4)
        }
        var sum = addresses
        sum.add(start, 0, transportCount)
        sum.add(UInt16(number))
        sum.add(UInt16(transportCount))
        // "If the computed checksum is zero, it is transmitted as all ones" (RFC 768).
        let checksum = ~sum.folded
        start.write(checksum == 0 && proto == .udp ? 0xffff : checksum, proto == .tcp ? 16 : 6)
    }
}

/// What a session is to the IPv4 network.
struct PublicEnd {
    var address: UInt32
    var port: UInt16

    /// The source of an IPv4 packet without options.
    init(sourceOf packet: PacketBuffer) {
        let bytes = packet.bytes
        address = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
        port = UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 20, as: UInt16.self))
    }
}

/// RFC 1071, plainly, so that the packets don't rest on what they measure.
private struct OnesComplementSum {
    private var sum: UInt64 = 0

    mutating func add(_ word: UInt16) { sum &+= UInt64(word) }

    /// - Parameter count: even.
    mutating func add(_ start: UnsafeMutableRawPointer, _ offset: Int, _ count: Int) {
        for at in stride(from: offset, to: offset + count, by: 2) {
            add(UInt16(bigEndian: start.loadUnaligned(fromByteOffset: at, as: UInt16.self)))
        }
    }

    var folded: UInt16 {
        var rest = sum
        while rest > 0xffff { rest = (rest & 0xffff) &+ (rest >> 16) }
        return UInt16(rest)
    }
}

extension UnsafeMutableRawPointer {
    /// In network order.
    fileprivate func write<Number: FixedWidthInteger>(_ value: Number, _ offset: Int) {
        storeBytes(of: value.bigEndian, toByteOffset: offset, as: Number.self)
    }
}
