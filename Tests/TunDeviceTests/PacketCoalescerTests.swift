import NetAddress
import Packet
import Testing

@testable import TunDevice

@Suite struct PacketCoalescerTests {
    private let slots = TestSlots(200)

    /// What goes in has to come out, in the order of each flow; returns the packets written.
    private func drained(_ packets: [PacketBuffer], merging: Bool = true) -> [PacketBuffer] {
        var coalescer = PacketCoalescer(merging: merging, batch: packets.count)
        for packet in packets { coalescer.add(packet) }
        var written: [PacketBuffer] = []
        coalescer.drain { written.append($0) }
        let isEmpty = coalescer.isEmpty
        #expect(isEmpty)
        return written
    }

    private func payload(_ count: Int, _ seed: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ seed &* 13) }
    }

    @Test(arguments: [Datagram(), .six]) func segmentsInArePayloadOut(template: Datagram) {
        let originals = (0..<10).map { number in
            var datagram = template
            datagram.identification = UInt16(100 + number)
            datagram.payload = payload(number == 9 ? 301 : 1200, number)
            return datagram.bytes
        }
        let written = drained(originals.map { slots.packet($0) })
        #expect(written.count == 1)
        #expect(written[0].offload.segmentation == .udp)
        #expect(written[0].offload.segmentSize == 1200)
        #expect(Int(written[0].offload.headerLength) == template.network + 8)
        #expect(written[0].count == template.network + 8 + 9 * 1200 + 301)
        #expect(segments(written[0]) == originals)
    }

    @Test func aLargePacketIsItselfInOrder() {
        let written = drained((0..<3).map { _ in slots.packet(Datagram().bytes) })
        let packet = written[0].octets
        #expect(Int(packet[2]) << 8 | Int(packet[3]) == packet.count)
        #expect(Int(packet[24]) << 8 | Int(packet[25]) == packet.count - 20)
        var header = Array(packet[..<20])
        let sum = header.withUnsafeMutableBytes { Checksum.fold(Checksum.sum($0.baseAddress!, count: 20)) }
        #expect(sum == 0xffff)
    }

    @Test func aShorterOneEndsAPacketAndALongerOneStartsOne() {
        let sizes = [100, 100, 40, 100, 100, 101]
        let originals = sizes.enumerated().map { number, size in
            var datagram = Datagram()
            datagram.identification = UInt16(number)
            datagram.dontFragment = false
            datagram.payload = payload(size, number)
            return datagram.bytes
        }
        let written = drained(originals.map { slots.packet($0) })
        #expect(written.map { ($0.count - 28) } == [240, 200, 101])
        #expect(written.flatMap { segments($0) } == originals)
    }

    @Test func flowsThatAlternateAreEachMerged() {
        var others = Datagram()
        others.sourcePort = 4001
        var packets: [PacketBuffer] = []
        for _ in 0..<5 { packets += [slots.packet(Datagram().bytes), slots.packet(others.bytes)] }
        let written = drained(packets)
        #expect(written.count == 2)
        #expect(segments(written[0]).count == 5 && segments(written[1]).count == 5)
    }

    @Test func whatDiffersBeyondTheEndIsAnotherFlow() {
        var variants: [Datagram] = [Datagram(), Datagram(), Datagram(), Datagram(), Datagram(), .six, .six, .six]
        variants[1].hopLimit = 63
        variants[2].destinationPort = 5001
        variants[3].source = IPAddress("10.64.0.6")!
        variants[4].dontFragment = false
        variants[6].hopLimit = 9
        variants[7].destination = IPAddress("2001:db8::2")!
        #expect(drained(variants.map { slots.packet($0.bytes) }).count == variants.count)
        var marked = Datagram().bytes
        marked[1] = 4
        marked[10] = 0
        marked[11] = 0
        marked.withUnsafeMutableBytes { buffer in
            let start = buffer.baseAddress!
            start.set(~Checksum.fold(Checksum.sum(start, count: 20)), at: 10)
        }
        #expect(drained([slots.packet(Datagram().bytes), slots.packet(marked)]).count == 2)
    }

    @Test(arguments: [Datagram(), .six]) func aDamagedDatagramStaysDamaged(template: Datagram) {
        var datagram = template
        datagram.payload = payload(64, 1)
        let good = datagram.bytes
        for position in [template.network + 9, template.network + 6] + (template.network == 20 ? [10] : []) {
            var bad = good
            bad[position] ^= 0x10
            let written = drained([good, good, bad, good, good].map { slots.packet($0) })
            #expect(written.flatMap { segments($0) } == segments(written[0]) + [bad] + segments(written[2]))
            #expect(written.count == 3)
            // Also where it comes first.
            #expect(drained([bad, good, good].map { slots.packet($0) }).map { $0.octets }[0] == bad)
        }
    }

    @Test func identificationsThatMeanSomethingAreKept() {
        let originals = [7, 8, 10, 11].map { number in
            var datagram = Datagram()
            datagram.dontFragment = false
            datagram.identification = UInt16(number)
            return datagram.bytes
        }
        let written = drained(originals.map { slots.packet($0) })
        #expect(written.count == 2)
        #expect(written.flatMap { segments($0) } == originals)
        var coalescer = PacketCoalescer(merging: true, batch: 4, keepingIdentifications: false)
        for original in originals { coalescer.add(slots.packet(original)) }
        var merged: [[UInt8]] = []
        coalescer.drain { merged += segments($0) }
        #expect(merged.map { $0[5] } == [7, 8, 9, 10])
    }

    @Test func partialChecksumsAreBelieved() {
        var offload = PacketOffload.none
        offload.needsChecksum = true
        offload.checksumStart = 20
        offload.checksumOffset = 6
        let whole = Datagram().bytes
        var partial = whole
        partial.withUnsafeMutableBytes { buffer in
            let start = buffer.baseAddress!
            start.set(Checksum.fold(TransportChecksum.pseudoHeader(start, 17, count: 11)), at: 26)
        }
        let written = drained([slots.packet(partial, offload: offload), slots.packet(whole)])
        #expect(written.count == 1)
        #expect(segments(written[0]).map { Array($0[20...]) } == [Array(whole[20...]), Array(whole[20...])])
    }

    @Test func limits() {
        var datagram = Datagram()
        datagram.payload = payload(10, 1)
        let many = drained((0..<70).map { _ in slots.packet(datagram.bytes) })
        #expect(many.map { segments($0).count } == [64, 6])
        datagram.payload = payload(1472, 1)
        let long = drained((0..<50).map { _ in slots.packet(datagram.bytes) })
        #expect(long.map { $0.count } == [28 + 44 * 1472, 28 + 6 * 1472])
    }

    @Test func fragmentsAndDatagramsThatCannotMergeAreBarriers() {
        var fragment = Datagram().bytes
        fragment[6] = 0x20
        var withoutChecksum = Datagram().bytes
        withoutChecksum[26] = 0
        withoutChecksum[27] = 0
        var wrongLength = Datagram().bytes
        wrongLength[25] = 5
        let plain = Datagram().bytes
        for barrier in [fragment, withoutChecksum, wrongLength, [0x45], [], [UInt8](repeating: 0x60, count: 60)] {
            let written = drained([plain, plain, barrier, plain, plain].map { slots.packet($0) })
            #expect(written.count == 3)
            #expect(written[1].octets == barrier && written[1].offload == .none)
        }
    }

    @Test func whereTheDeviceCutsNothingNothingIsMerged() {
        let originals = (0..<5).map { _ in Datagram().bytes }
        #expect(drained(originals.map { slots.packet($0) }, merging: false).map { $0.octets } == originals)
    }
}
