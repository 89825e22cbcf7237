// Packets whose checksum and segmentation are left to the kernel (virtio 1.1 section 5.1.6): what leaves must be as
// unfinished as what came, and finish rightly. The tests finish it as a driver would.

import NetAddress
import Packet
import Telemetry
import Testing
import Translator

@Suite("Offloaded packets")
struct OffloadTests {
    enum Kind: CaseIterable, Sendable {
        case tcpChecksum, udpChecksum, tcpSegments, udpSegments

        var isTCP: Bool { self == .tcpChecksum || self == .tcpSegments }
        var hasSegments: Bool { self == .tcpSegments || self == .udpSegments }
    }

    @Test("Both ways, of all sizes", arguments: Kind.allCases, [UInt64(1), 2])
    func bothWays(_ kind: Kind, _ seed: UInt64) throws {
        var bench = PropertyBench(seed)
        for round in 0..<25 {
            let comment = Comment(rawValue: "seed \(seed), round \(round)")
            let port = bench.number(1...65_535)
            let options = kind.isTCP && bench.number(0...1) == 0 ? "opt=0101080a0000000100000002" : ""
            let header = kind.isTCP ? (options.isEmpty ? 20 : 32) : 8
            let opening = "ip6 client > server | " + (kind.isTCP ? "tcp \(port) > 80 flags=S" : "udp \(port) > 80")
            let opened = bench.handle(try bench.build(opening))
            let mapped = PacketReading(try #require(opened.first, comment)).ports.source
            let (data, words) = bench.data(kind.hasSegments ? bench.number(3000...20_000) : bench.number(0...1400))
            let size = UInt16(bench.number(500...1400))
            let hasECN = kind == .tcpSegments && bench.number(0...1) == 0

            let six =
                "ip6 client > server | "
                + (kind.isTCP ? "tcp \(port) > 80 flags=PA \(options)" : "udp \(port) > 80") + words
            let there = try pass(&bench, six, kind, header, size, hasECN, comment)
            check(there, kind, 20, header, size, hasECN, data, comment)
            let four =
                "ip4 server > public df=1 | "
                + (kind.isTCP ? "tcp 80 > \(mapped) flags=PA \(options)" : "udp 80 > \(mapped)") + words
            let back = try pass(&bench, four, kind, header, size, hasECN, comment)
            check(back, kind, 40, header, size, hasECN, data, comment)
        }
    }

    /// Sends the packet with its checksum left at the pseudo-header's sum.
    private func pass(
        _ bench: inout PropertyBench, _ text: String, _ kind: Kind, _ header: Int, _ size: UInt16, _ hasECN: Bool,
        _ comment: Comment
    ) throws -> TranslatorHarness.Output {
        var packet = try bench.build(text)
        let reading = PacketReading(packet)
        let field = reading.transportStart + (kind.isTCP ? 16 : 6)
        let pseudo = ReferenceChecksum.sum(
            ReferenceChecksum.pseudoHeader(
                source: reading.source, destination: reading.destination, proto: kind.isTCP ? 6 : 17,
                length: reading.transport.count))
        packet[field] = UInt8(pseudo >> 8)
        packet[field + 1] = UInt8(pseudo & 255)
        var offload = PacketOffload()
        offload.needsChecksum = true
        offload.checksumStart = UInt16(reading.transportStart)
        offload.checksumOffset = kind.isTCP ? 16 : 6
        if kind.hasSegments {
            offload.segmentation = kind.isTCP ? (reading.isIPv6 ? .tcp6 : .tcp4) : .udp
            offload.segmentSize = size
            offload.headerLength = UInt16(reading.transportStart + header)
            offload.hasECN = hasECN
        }
        bench.now = bench.now.advanced(byMilliseconds: 1)
        let outputs = TranslatorHarness.outputs(packet, offload, bench.translator, bench.now)
        #expect(outputs.count == 1, comment)
        return try #require(outputs.first, comment)
    }

    private func check(
        _ output: TranslatorHarness.Output, _ kind: Kind, _ start: Int, _ header: Int, _ size: UInt16, _ hasECN: Bool,
        _ data: [UInt8], _ comment: Comment
    ) {
        let offload = output.offload
        #expect(offload.needsChecksum && Int(offload.checksumStart) == start, comment)
        #expect(offload.checksumOffset == (kind.isTCP ? 16 : 6), comment)
        if kind.hasSegments {
            #expect(offload.segmentation == (kind.isTCP ? (start == 20 ? .tcp4 : .tcp6) : .udp), comment)
            #expect(offload.segmentSize == size && Int(offload.headerLength) == start + header, comment)
            #expect(offload.hasECN == hasECN, comment)
        } else {
            #expect(offload.segmentation == .none, comment)
        }
        var packet = output.octets
        guard packet.count >= start + header else { return }
        // virtio 1.1 section 5.1.6.2: the sum over all from the start on, with what the field holds, goes into the field.
        var sum = ReferenceChecksum.checksum(Array(packet[start...]))
        if sum == 0, !kind.isTCP { sum = 0xffff }
        let field = start + Int(offload.checksumOffset)
        packet[field] = UInt8(sum >> 8)
        packet[field + 1] = UInt8(sum & 255)
        let reading = PacketReading(packet)
        #expect(reading.faults.isEmpty && reading.payload == data, comment)
    }

    @Test("Offload that does not fit the packet is dropped, or leaves as something that does fit")
    func nonsense() throws {
        var bench = PropertyBench(9)
        let packet = try bench.build("ip6 client > server | tcp 40000 > 80 flags=S | bytes 100")
        for round in 0..<2000 {
            var offload = PacketOffload()
            offload.needsChecksum = bench.number(0...1) == 0
            offload.checksumStart = UInt16(bench.pick([0, 20, 40, 41, 139, 140, 65_535, bench.number(0...65_535)]))
            offload.checksumOffset = UInt16(bench.pick([0, 6, 16, 100, 65_535, bench.number(0...65_535)]))
            offload.segmentation = bench.pick([.none, .tcp4, .tcp6, .udp])
            offload.segmentSize = UInt16(bench.pick([0, 1, 100, bench.number(0...65_535)]))
            offload.headerLength = UInt16(bench.pick([0, 60, bench.number(0...65_535)]))
            let before = bench.drops
            bench.now = bench.now.advanced(byMilliseconds: 1)
            let outputs = TranslatorHarness.outputs(packet, offload, bench.translator, bench.now)
            let comment = Comment(rawValue: "round \(round): \(offload)")
            try #require(outputs.count + Int(bench.drops - before) == 1, comment)
            for output in outputs { try fits(output, comment) }
        }
    }

    private func fits(_ output: TranslatorHarness.Output, _ comment: Comment) throws {
        let offload = output.offload
        let count = output.octets.count
        if offload.needsChecksum {
            try #require(offload.checksumStart == 20 && offload.checksumOffset == 16, comment)
        }
        if offload.segmentation != .none {
            try #require(offload.segmentation == .tcp4 && offload.segmentSize > 0, comment)
            try #require(Int(offload.headerLength) <= count, comment)
        }
    }
}
