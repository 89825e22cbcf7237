import Glibc
import LinuxIO
import NetAddress
import Packet
import Testing

@testable import TunDevice

/// Packets through a real device: 10.64.0.1/24 and 2001:db8::1/64 are this host's, all others of these networks lie
/// behind the device.
@Suite struct TunQueueTests {
    private func withDevice(
        _ test: String = #function, offload: OffloadWish = .full, _ body: (TunDevice, TunQueue) throws -> Void
    ) throws {
        try Namespace.run(test) {
            let device = try TunDevice.open(name: "tuntest", offload: offload)
            try device.interface.set(mtu: 1500)
            try device.interface.set(up: true)
            try Namespace.ip("address add 10.64.0.1/24 dev tuntest")
            try Namespace.ip("address add 2001:db8::1/64 dev tuntest nodad")
            try Namespace.awaitAddress("20010db8000000000000000000000001")
            try body(device, device.queues[0])
        }
    }

    /// Waits for the next packet that `isWanted`; the kernel sends router solicitations of its own.
    private func next(
        _ queue: TunQueue, _ slots: TestSlots, where isWanted: (PacketBuffer) -> Bool
    ) throws -> PacketBuffer {
        for _ in 0..<200 {
            switch queue.read(into: slots.next) {
            case .packet(let packet): if isWanted(packet) { return packet }
            case .dropped: break
            case .nothing:
                var waiting = pollfd(fd: queue.descriptor, events: Int16(POLLIN), revents: 0)
                try #require(poll(&waiting, 1, 2000) == 1, "no packet came")
            case .failed(let errno): throw errno
            }
        }
        throw TunFailure(.refused, "never came")
    }

    private func isUDP(_ packet: PacketBuffer) -> Bool {
        packet.octets[0] == 0x45 ? packet.octets[9] == 17 : packet.octets[6] == 17
    }

    @Test(arguments: [false, true]) func aDatagramComesOutOfTheQueue(whole: Bool) throws {
        try withDevice("aDatagramComesOutOfTheQueue", offload: whole ? .none : .full) { _, queue in
            for (own, other, start) in [("10.64.0.1", "10.64.0.9", 20), ("2001:db8::1", "2001:db8::9", 40)] {
                let slots = TestSlots(200)
                let socket = try TestSocket(start == 20 ? AF_INET : AF_INET6, SOCK_DGRAM)
                try socket.bind(own, 4000)
                try #require(socket.connect(other, 5000) == 0)
                try socket.send([7, 8, 9])
                let packet = try next(queue, slots, where: isUDP)
                #expect(packet.start == PacketBuffer.headroom)
                #expect(Array(packet.octets[(start + 8)...]) == [7, 8, 9])
                #expect(packet.offload.needsChecksum == !whole)
                if !whole { #expect(packet.offload.checksumStart == start && packet.offload.checksumOffset == 6) }
                let finished = slots.packet(completed(packet))
                guard case .segment(let segment) = UDPSegment.role(of: finished) else {
                    Issue.record("no datagram")
                    return
                }
                #expect(segment.isIntact)
            }
            #expect(queue.counters.value(of: .packetsRead) >= 2)
        }
    }

    @Test func aPacketThatIsWrittenReachesASocket() throws {
        try withDevice { _, queue in
            let slots = TestSlots()
            for template in [Datagram(), .six] {
                let socket = try TestSocket(template.network == 20 ? AF_INET : AF_INET6, SOCK_DGRAM)
                try socket.bind("\(template.destination)", 5000)
                #expect(queue.write(slots.packet(template.bytes)) == .wrote)
                #expect(socket.receive() == [1, 2, 3])
            }
            #expect(queue.counters.value(of: .packetsWritten) == 2)
            #expect(queue.counters.value(of: .octetsWritten) == 31 + 51)
        }
    }

    @Test(arguments: [Datagram(), .six]) func mergedDatagramsReachASocketOneByOne(template: Datagram) throws {
        try withDevice("mergedDatagramsReachASocketOneByOne") { device, queue in
            try #require(device.offload.contains(.udp))
            let slots = TestSlots()
            let socket = try TestSocket(template.network == 20 ? AF_INET : AF_INET6, SOCK_DGRAM)
            try socket.bind("\(template.destination)", 5000)
            var coalescer = PacketCoalescer(merging: true, batch: 40)
            let payloads = (0..<40).map { number in [UInt8](repeating: UInt8(number), count: number == 39 ? 5 : 1000) }
            for payload in payloads {
                var datagram = template
                datagram.payload = payload
                coalescer.add(slots.packet(datagram.bytes))
            }
            let refusal = coalescer.drain(to: queue)
            #expect(refusal == nil)
            #expect(queue.counters.value(of: .packetsWritten) == 1)
            #expect(queue.counters.value(of: .segmentsWritten) == 40)
            for payload in payloads { #expect(socket.receive() == payload) }
        }
    }

    @Test func largeSegmentsOfTCPAreReadWhole() throws {
        try withDevice { _, queue in
            let slots = TestSlots(200)
            let socket = try TestSocket(AF_INET, SOCK_STREAM)
            _ = fcntl(socket.raw, F_SETFL, O_NONBLOCK)
            _ = socket.connect("10.64.0.9", 80)
            let opening = try next(queue, slots) { $0.octets[0] == 0x45 && $0.octets[9] == 6 && $0.octets[33] == 2 }
            let answer = slots.packet(synchronizeAcknowledge(opening.octets))
            #expect(queue.write(answer) == .wrote)
            _ = try next(queue, slots) { $0.octets[0] == 0x45 && $0.octets[9] == 6 && $0.octets[33] & 0x10 != 0 }
            try socket.send([UInt8](repeating: 0x61, count: 8000))
            let large = try next(queue, slots) { $0.offload.segmentation != .none }
            #expect(large.offload.segmentation == .tcp4)
            #expect(large.offload.segmentSize == 1400)
            #expect(large.offload.headerLength == 40)
            #expect(large.offload.needsChecksum && large.offload.checksumStart == 20)
            #expect(queue.counters.value(of: .segmentsRead) >= 2)
        }
    }

    /// A server's answer to a SYN: window 65,535, MSS 1,400.
    private func synchronizeAcknowledge(_ opening: [UInt8]) -> [UInt8] {
        var bytes = Array(opening[..<20]) + [UInt8](repeating: 0, count: 24)
        bytes.withUnsafeMutableBytes { buffer in
            opening.withUnsafeBytes { opening in
                let start = buffer.baseAddress!
                let opening = UnsafeMutableRawPointer(mutating: opening.baseAddress!)
                start.set(UInt16(44), at: 2)
                start.set(opening.uint32(at: 16), at: 12)
                start.set(opening.uint32(at: 12), at: 16)
                start.set(UInt16(0), at: 10)
                start.set(~Checksum.fold(Checksum.sum(start, count: 20)), at: 10)
                start.set(opening.uint16(at: 22), at: 20)
                start.set(opening.uint16(at: 20), at: 22)
                start.set(UInt32(1000), at: 24)
                start.set(opening.uint32(at: 24) &+ 1, at: 28)
                start.set(UInt16(0x6012), at: 32)
                start.set(UInt16(65535), at: 34)
                start.set(UInt32(0x0204_0578), at: 40)
                let sum = TransportChecksum.pseudoHeader(start, 6, count: 24) + Checksum.sum(start + 20, count: 24)
                start.set(~Checksum.fold(sum), at: 36)
            }
        }
        return bytes
    }

    @Test(arguments: ["10.64.0.9", "2001:db8::9"]) func segmentsOfUDPAreReadWhole(other: String) throws {
        try withDevice("segmentsOfUDPAreReadWhole") { device, queue in
            try #require(device.offload.contains(.udp))
            let slots = TestSlots(200)
            let isIPv4 = !other.contains(":")
            let socket = try TestSocket(isIPv4 ? AF_INET : AF_INET6, SOCK_DGRAM)
            try #require(socket.connect(other, 443) == 0)
            // UDP_SEGMENT of <linux/udp.h>, at level SOL_UDP.
            var size: Int32 = 1200
            try #require(setsockopt(socket.raw, 17, 103, &size, 4) == 0)
            let payload = (0..<5000).map { UInt8(truncatingIfNeeded: $0 / 3) }
            try socket.send(payload)
            let large = try next(queue, slots, where: isUDP)
            #expect(large.offload.segmentation == .udp && large.offload.segmentSize == 1200)
            #expect(Int(large.offload.headerLength) == (isIPv4 ? 28 : 48))
            let cut = segments(large)
            #expect(cut.map { $0.count - Int(large.offload.headerLength) } == [1200, 1200, 1200, 1200, 200])
            #expect(cut.flatMap { $0[Int(large.offload.headerLength)...] } == payload)
        }
    }

    @Test func aDeviceThatIsDownRefuses() throws {
        try withDevice { device, queue in
            let slots = TestSlots()
            try device.interface.set(up: false)
            #expect(queue.write(slots.packet(Datagram().bytes)) == .failed(.init(code: EIO)))
            #expect(queue.counters.value(of: .dropWriteRefused) == 1)
            try device.interface.set(up: true)
            #expect(queue.write(slots.packet(Datagram().bytes)) == .wrote)
        }
    }

    @Test func withoutRoomForItsHeaderAPacketIsRefused() throws {
        try withDevice { _, queue in
            let slots = TestSlots()
            let bytes = Datagram().bytes
            var packet = slots.packet(bytes)
            let isMoved = packet.moveStart(by: 9 - PacketBuffer.headroom)
            #expect(isMoved)
            #expect(queue.write(packet) == .failed(.invalidArgument))
            #expect(queue.counters.value(of: .dropNoHeaderRoom) == 1)
        }
    }
}
