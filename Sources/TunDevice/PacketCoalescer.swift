// Datagrams of one flow, on their way out together, become one large packet: the kernel routes it once and cuts it up
// where it leaves (UDP_L4, as UDP_SEGMENT of udp(7) makes them). Packets of a flow keep their order; flows may overtake
// each other.

public import LinuxIO
public import Packet

/// Packets that leave together. Those added lie still in their memory until they are drained. For one thread.
public struct PacketCoalescer: ~Copyable {
    /// UDP_MAX_SEGMENTS of kernels before 6.9; more are refused.
    public static let segmentMaximum = 64
    /// Octets that a large packet has at most, headers included.
    public static let lengthMaximum = 65_000

    /// A packet on its way out, and what was added to it.
    private struct Group {
        var packet: PacketBuffer
        /// What the first segment was; nil: this packet stays alone.
        var first: UDPSegment?
        var segments = 1
    }

    private var groups: [Group] = []
    /// Of each group: its flow's key while more may be added, else nil. Beside the groups, because it is searched.
    private var openKeys: [UInt64?] = []
    private let merges: Bool
    private let keepsIdentifications: Bool

    /// - Parameters:
    ///   - merging: false lets all packets through as they are: for devices without `TunOffload.udp`.
    ///   - batch: as many as are added at most between two drains without memory being asked for.
    ///   - keepingIdentifications: false if the IPv4 identifications are random numbers of our own making: then those
    ///     of segments may be others, counted up from the first one's.
    public init(merging: Bool, batch: Int, keepingIdentifications: Bool = true) {
        merges = merging
        keepsIdentifications = keepingIdentifications
        groups.reserveCapacity(batch)
        openKeys.reserveCapacity(batch)
    }

    public var isEmpty: Bool { groups.isEmpty }

    /// Adds a packet, behind all others or to the end of one of its flow. No large packet grows.
    public mutating func add(_ packet: PacketBuffer) {
        guard merges else { return append(Group(packet: packet), key: nil) }
        switch UDPSegment.role(of: packet) {
        case .segment(let segment): add(segment)
        case .unrelated: append(Group(packet: packet), key: nil)
        case .barrier:
            for index in openKeys.indices { openKeys[index] = nil }
            append(Group(packet: packet), key: nil)
        }
    }

    /// Hands over all packets in order and forgets them.
    public mutating func drain(_ emit: (PacketBuffer) -> Void) {
        for index in groups.indices {
            if groups[index].segments > 1 { Self.finish(&groups[index]) }
            emit(groups[index].packet)
        }
        groups.removeAll(keepingCapacity: true)
        openKeys.removeAll(keepingCapacity: true)
    }

    /// Writes all packets. What the kernel does not take is dropped, and counted by the queue.
    ///
    /// - Returns: what kept the kernel from taking the last one that it refused; nil if it took all.
    public mutating func drain(to queue: TunQueue) -> Errno? {
        var refusal: Errno?
        drain { packet in
            switch queue.write(packet) {
            case .wrote: break
            case .wouldBlock: queue.counters.add(.dropWriteFull)
            case .failed(let errno): refusal = errno
            }
        }
        return refusal
    }

    private mutating func append(_ group: Group, key: UInt64?) {
        groups.append(group)
        openKeys.append(key)
    }

    private mutating func add(_ segment: UDPSegment) {
        if let index = openGroup(of: segment) {
            if merge(segment, into: index) { return }
            openKeys[index] = nil
        }
        append(Group(packet: segment.packet, first: segment), key: segment.key)
    }

    private func openGroup(of segment: UDPSegment) -> Int? {
        var index = openKeys.count - 1
        while index >= 0 {
            if openKeys[index] == segment.key, groups[index].first.map({ segment.isSameFlow(as: $0) }) == true {
                return index
            }
            index -= 1
        }
        return nil
    }

    /// Appends a segment's payload; false, and nothing happened, if it must not be.
    private mutating func merge(_ segment: UDPSegment, into index: Int) -> Bool {
        let group = groups[index]
        guard let first = group.first, segment.payloadCount <= first.payloadCount,
            group.segments < Self.segmentMaximum,
            group.packet.count + segment.payloadCount <= Self.lengthMaximum,
            !keepsIdentifications || segment.canFollow(first, after: group.segments),
            group.segments > 1 || first.isIntact, segment.isIntact
        else { return false }
        let end = group.packet.memory + group.packet.start + group.packet.count
        guard groups[index].packet.setCount(group.packet.count + segment.payloadCount) else { return false }
        end.copyMemory(from: segment.payload, byteCount: segment.payloadCount)
        groups[index].segments += 1
        // "The last one may be shorter": nothing comes after it.
        if segment.payloadCount < first.payloadCount { openKeys[index] = nil }
        return true
    }

    /// Lengths, the IPv4 header's checksum, and the pseudo-header's sum for the large packet.
    private static func finish(_ group: inout Group) {
        guard let first = group.first else { return }
        let start = group.packet.memory + group.packet.start
        let count = group.packet.count
        // At most `lengthMaximum`.
        if first.isIPv4 {
            start.set(UInt16(truncatingIfNeeded: count), at: 2)
            start.set(UInt16(0), at: 10)
            start.set(~Checksum.fold(Checksum.sum(start, count: 20)), at: 10)
        } else {
            start.set(UInt16(truncatingIfNeeded: count - 40), at: 4)
        }
        let udp = first.networkLength
        let sum = TransportChecksum.pseudoHeader(start, ProtocolNumber.udp, count: count - udp)
        start.set(UInt16(truncatingIfNeeded: count - udp), at: udp + UDPField.length)
        start.set(Checksum.fold(sum), at: udp + UDPField.checksum)
        group.packet.offload = .udpSegments(
            transport: udp, segmentSize: first.payloadCount, headerLength: first.headerLength)
    }
}

extension PacketOffload {
    fileprivate static func udpSegments(transport: Int, segmentSize: Int, headerLength: Int) -> PacketOffload {
        var offload = PacketOffload.none
        offload.needsChecksum = true
        offload.checksumStart = UInt16(truncatingIfNeeded: transport)
        offload.checksumOffset = UInt16(truncatingIfNeeded: UDPField.checksum)
        offload.segmentation = .udp
        offload.segmentSize = UInt16(truncatingIfNeeded: segmentSize)
        offload.headerLength = UInt16(truncatingIfNeeded: headerLength)
        return offload
    }
}
