// What comes out of the device: whole packets are read, and no others.

import NetAddress
import Packet
import Testing

@testable import Probe

@Suite struct HeardPacketTests {
    private static let client = InquiryTests.client
    private static let server = InquiryTests.server

    private static let segment = TCPSegment(
        sourcePort: 443, destinationPort: 50_000, sequence: 7, acknowledgment: 9, flags: 0x12)
    private static let back = PacketPath(source: server, destination: client)
    private static let echo = SentPacket.echo(
        PacketPath(source: client, destination: server), EchoMark(identifier: 5, sequence: 3))

    @Test func whatIsSentCanBeRead() {
        #expect(Heard.packet(SentPacket.tcp(Self.back, Self.segment)) == .segment(from: Self.server, Self.segment))
        #expect(Heard.packet(Heard.errorBytes(3, 0, Self.echo, from: Self.server)) != nil)
    }

    @Test func notForTheClient() {
        let bytes = SentPacket.tcp(Self.back, Self.segment)
        #expect(Heard.packet(bytes, for: Self.server) == nil)
        // A request is nothing that a client answers.
        #expect(Heard.packet(SentPacket.echo(Self.back, EchoMark(identifier: 1, sequence: 1))) == nil)
        // An error about a packet of somebody else's.
        let other = SentPacket.echo(Self.back, EchoMark(identifier: 5, sequence: 3))
        #expect(Heard.packet(Heard.errorBytes(3, 0, other, from: Self.server)) == nil)
        // RFC 4884 extensions, or a cut packet, take nothing away from the first 48 octets.
        let cut = Array(Self.echo.prefix(48))
        #expect(Heard.packet(Heard.errorBytes(3, 0, cut, from: Self.server)) != nil)
        #expect(Heard.packet(Heard.errorBytes(3, 0, Array(cut.dropLast()), from: Self.server)) == nil)
    }

    @Test func everyBitCounts() {
        for whole in [
            SentPacket.tcp(Self.back, Self.segment), Heard.errorBytes(3, 0, Self.echo, from: Self.server),
        ] {
            // Behind traffic class, flow label and hop limit, which no checksum covers.
            for bit in 32..<whole.count * 8 where bit / 8 != 7 {
                var bytes = whole
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(Heard.packet(bytes) == nil, "bit \(bit)")
            }
            for count in 0..<whole.count { #expect(Heard.packet(Array(whole.prefix(count))) == nil, "\(count) octets") }
        }
    }

    /// Whatever is read is what the bytes say, and nothing is read beyond them.
    @Test func mangledPackets() {
        var generator = SeededGenerator(seed: 11)
        let seeds = [
            SentPacket.tcp(Self.back, Self.segment), Heard.errorBytes(1, 3, Self.echo, from: Self.server),
            Heard.errorBytes(
                3, 0, SentPacket.tcp(PacketPath(source: Self.client, destination: Self.server), Self.segment),
                from: Self.server),
        ]
        var taken = 0
        for _ in 0..<60_000 {
            var bytes = seeds[Int.random(in: 0..<seeds.count, using: &generator)]
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = generator.octet()
            }
            bytes.removeLast(Int.random(in: 0...bytes.count / 3, using: &generator))
            // With a checksum and a length that are right, so that what is behind them is looked at.
            if Bool.random(using: &generator) { Heard.mend(&bytes) }
            guard let packet = Heard.packet(bytes) else { continue }
            taken += 1
            switch packet {
            case .segment, .echoReply: break
            case .error(_, let error): #expect(error.type < 128)
            }
        }
        #expect(taken > 100, "the tests get behind the checksum")
    }
}

/// Packets as they come in.
enum Heard {
    /// In memory of just their size, so that a sanitizer sees what is read beyond it.
    static func packet(_ bytes: [UInt8], for client: IPv6Address = InquiryTests.client) -> HeardPacket? {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { room.deallocate() }
        room.copyBytes(from: bytes)
        return HeardPacket(room, for: client)
    }

    static func error(_ type: UInt8, _ code: UInt8, _ inner: [UInt8], from source: IPv6Address) -> HeardPacket? {
        packet(errorBytes(type, code, inner, from: source))
    }

    static func errorBytes(_ type: UInt8, _ code: UInt8, _ inner: [UInt8], from source: IPv6Address) -> [UInt8] {
        // An echo's bytes with another type, code and payload.
        var bytes = SentPacket.echo(
            PacketPath(source: source, destination: InquiryTests.client), EchoMark(identifier: 0, sequence: 0))
        bytes.removeLast(bytes.count - 48)
        bytes[40] = type
        bytes[41] = code
        bytes += inner
        mend(&bytes)
        return bytes
    }

    /// Length and checksum.
    static func mend(_ bytes: inout [UInt8]) {
        guard bytes.count >= 60 else { return }
        let count = bytes.count - 40
        bytes[4] = UInt8(count >> 8)
        bytes[5] = UInt8(count & 0xff)
        let proto = bytes[6]
        bytes.withUnsafeMutableBytes { room in
            let start = room.baseAddress!
            let at = 40 + (proto == ProtocolNumber.tcp ? TCPField.checksum : 2)
            start.set(UInt16(0), at: at)
            let sum = Checksum.sum(start + 8, count: 32) &+ UInt64(count) &+ UInt64(proto)
            start.set(~Checksum.fold(sum &+ Checksum.sum(start + 40, count: count)), at: at)
        }
    }
}

/// A packet of the client's, read by the test's own means.
struct Sent {
    var source: IPv6Address
    var destination: IPv6Address
    var hopLimit: UInt8
    var segment: TCPSegment?
    var echo: EchoMark?

    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 48, bytes[0] >> 4 == 6, Int(bytes[4]) << 8 | Int(bytes[5]) == bytes.count - 40 else {
            return nil
        }
        func number(_ start: Int, _ count: Int) -> UInt64 {
            bytes[start..<start + count].reduce(0) { $0 << 8 | UInt64($1) }
        }
        source = IPv6Address(high: number(8, 8), low: number(16, 8))
        destination = IPv6Address(high: number(24, 8), low: number(32, 8))
        hopLimit = bytes[7]
        // RFC 1071: words of 16 bits, pseudo-header included, sum to all ones.
        var sum = UInt64(bytes.count - 40) + UInt64(bytes[6])
        for offset in stride(from: 8, to: bytes.count, by: 2) { sum += number(offset, 2) }
        while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
        guard sum == 0xffff else { return nil }
        if bytes[6] == 6, bytes.count >= 60 {
            segment = TCPSegment(
                sourcePort: UInt16(number(40, 2)), destinationPort: UInt16(number(42, 2)),
                sequence: UInt32(number(44, 4)), acknowledgment: UInt32(number(48, 4)), flags: bytes[53])
        } else if bytes[6] == 58, bytes[40] == 128 {
            echo = EchoMark(identifier: UInt16(number(44, 2)), sequence: UInt16(number(46, 2)))
        } else {
            return nil
        }
    }
}
