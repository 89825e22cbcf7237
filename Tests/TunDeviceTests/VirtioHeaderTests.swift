import NetAddress
import Packet
import Testing

@testable import TunDevice

@Suite struct VirtioHeaderTests {
    /// The kernel's words about a packet, and what is made of them.
    private func check(_ header: [UInt16], flags: UInt8, kind: UInt8, _ packet: [UInt8]) -> (TunCounter?, PacketOffload)
    {
        var bytes: [UInt8] = [flags, kind]
        for word in header { withUnsafeBytes(of: word) { bytes += $0 } }
        var packet = packet
        var offload = PacketOffload.none
        let flaw = bytes.withUnsafeMutableBytes { header in
            packet.withUnsafeMutableBytes { packet in
                VirtioHeader(reading: header.baseAddress!).check(
                    against: PacketBytes(start: packet.baseAddress!, count: packet.count), &offload)
            }
        }
        return (flaw, offload)
    }

    private func segment4(_ payload: Int, dataOffset: UInt8 = 0x80) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 52 + payload)
        bytes[0] = 0x45
        bytes[9] = 6
        bytes[32] = dataOffset
        return bytes
    }

    @Test func aWholePacketHasNothingLeftUndone() {
        let (flaw, offload) = check([0, 0, 0, 0], flags: 0, kind: 0, Datagram().bytes)
        #expect(flaw == nil && offload == .none)
        // "Somebody verified it" means nothing more to us.
        #expect(check([0, 0, 0, 0], flags: 2, kind: 0, Datagram().bytes) == (nil, .none))
    }

    @Test func aLargePacketsHeadersAreFoundInThePacket() {
        // hdr_len is what the kernel had in one piece: here it is far off.
        let (flaw, offload) = check([900, 1448, 20, 16], flags: 1, kind: 0x81, segment4(3000))
        #expect(flaw == nil)
        #expect(offload.needsChecksum && offload.checksumStart == 20 && offload.checksumOffset == 16)
        #expect(offload.segmentation == .tcp4 && offload.segmentSize == 1448 && offload.headerLength == 52)
        #expect(offload.hasECN)
    }

    @Test func whatFitsOneSegmentIsNotLarge() {
        let (flaw, offload) = check([52, 1448, 20, 16], flags: 1, kind: 1, segment4(1448))
        #expect(flaw == nil)
        #expect(offload.segmentation == .none && offload.needsChecksum)
    }

    @Test func whatACardVerifiedBecomesPartial() {
        var datagram = Datagram.six
        datagram.payload = [UInt8](repeating: 5, count: 900)
        let (flaw, offload) = check([48, 300, 0, 0], flags: 2, kind: 5, datagram.bytes)
        #expect(flaw == nil)
        #expect(offload.needsChecksum && offload.checksumStart == 40 && offload.checksumOffset == 6)
        #expect(offload.segmentation == .udp && offload.headerLength == 48)
    }

    @Test func contradictionsAreNamed() {
        let plain = Datagram().bytes
        let cases: [(TunCounter, [UInt16], UInt8, UInt8, [UInt8])] = [
            (.dropTooShort, [0, 0, 0, 0], 0, 0, [0x45]),
            (.dropTooShort, [0, 0, 0, 0], 0, 0, Array(Datagram.six.bytes.prefix(39))),
            (.dropNoIPVersion, [0, 0, 0, 0], 0, 0, [UInt8](repeating: 0x50, count: 60)),
            (.dropChecksumPlace, [0, 0, 20, 6], 1, 0, Array(plain.prefix(27))),
            (.dropChecksumPlace, [0, 0, 65535, 65535], 1, 0, plain),
            (.dropChecksumPlace, [0, 0, 19, 6], 1, 0, plain),
            (.dropChecksumPlace, [0, 0, 39, 6], 1, 0, Datagram.six.bytes),
            (.dropSegmentationKind, [52, 1448, 20, 16], 1, 3, segment4(3000)),
            (.dropSegmentationKind, [52, 1448, 20, 16], 1, 0x80, segment4(3000)),
            (.dropSegmentationKind, [52, 1448, 20, 16], 1, 4, segment4(3000)),
            (.dropSegmentationKind, [48, 300, 40, 6], 1, 1, Datagram.six.bytes),
            (.dropSegmentSize, [52, 0, 20, 16], 1, 1, segment4(3000)),
            (.dropSegmentUnchecked, [52, 1448, 0, 0], 0, 1, segment4(3000)),
            (.dropSegmentHeader, [52, 1448, 20, 6], 1, 1, segment4(3000)),
            (.dropSegmentHeader, [52, 1448, 20, 16], 1, 1, segment4(3000, dataOffset: 0x40)),
            (.dropSegmentHeader, [52, 1448, 20, 16], 1, 1, segment4(-10, dataOffset: 0xf0)),
            (.dropSegmentHeader, [28, 1448, 20, 16], 1, 5, segment4(3000)),
            (.dropSegmentHeader, [52, 1448, 0, 0], 2, 5, segment4(3000)),
        ]
        for (reason, header, flags, kind, packet) in cases {
            let (flaw, _) = check(header, flags: flags, kind: kind, packet)
            #expect(flaw == reason, "\(header) \(flags) \(kind)")
        }
    }

    @Test func anyOctetsAreTakenWithoutHarm() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<5000 {
            let packet = (0..<Int.random(in: 0...120)).map { index in
                index == 0 ? [0x45, 0x60, 0x4f].randomElement()! : UInt8.random(in: 0...255, using: &random)
            }
            let header = (0..<4).map { _ in UInt16.random(in: 0...(Bool.random() ? 100 : 65535)) }
            let (flaw, offload) = check(
                header, flags: .random(in: 0...3), kind: [0, 1, 4, 5, 0x81].randomElement()!, packet)
            guard flaw == nil, offload.segmentation != .none else { continue }
            #expect(Int(offload.headerLength) < packet.count)
        }
    }

    @Test func whatIsWrittenReadsBack() {
        var offload = PacketOffload.none
        offload.needsChecksum = true
        offload.checksumStart = 20
        offload.checksumOffset = 16
        offload.segmentation = .tcp4
        offload.segmentSize = 1448
        offload.headerLength = 52
        offload.hasECN = true
        let header = UnsafeMutableRawPointer.allocate(byteCount: 10, alignment: 1)
        defer { header.deallocate() }
        VirtioHeader(offload).write(to: header)
        var packet = segment4(3000)
        var read = PacketOffload.none
        let flaw = packet.withUnsafeMutableBytes { packet in
            VirtioHeader(reading: header).check(
                against: PacketBytes(start: packet.baseAddress!, count: packet.count), &read)
        }
        #expect(flaw == nil && read == offload)
        VirtioHeader(.none).write(to: header)
        #expect(VirtioHeader(reading: header) == VirtioHeader(.none))
        #expect((0..<10).allSatisfy { header.uint8(at: $0) == 0 })
    }
}
