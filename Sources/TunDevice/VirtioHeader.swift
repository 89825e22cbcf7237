// struct virtio_net_hdr (virtio 1.1, section 5.1.6): the octets before each packet that say what is left undone to it.
// Linux writes it in the host's byte order. What it says is checked here once, so that everybody after may believe it.

internal import Packet

/// The header as it stands before a packet.
struct VirtioHeader: Hashable {
    static let size = 10

    struct Flags: OptionSet, Hashable {
        let rawValue: UInt8
        static let needsChecksum = Flags(rawValue: 1)
        /// Whoever received the packet has verified its checksum.
        static let dataValid = Flags(rawValue: 2)
    }

    var flags: Flags = []
    var segmentation: UInt8 = 0
    var headerLength: UInt16 = 0
    var segmentSize: UInt16 = 0
    var checksumStart: UInt16 = 0
    var checksumOffset: UInt16 = 0

    /// Beside the kind of segmentation: the packet has ECN's CWR.
    private static let ecnBit: UInt8 = 0x80

    /// Reads `size` octets.
    init(reading bytes: UnsafeMutableRawPointer) {
        flags = Flags(rawValue: bytes.load(as: UInt8.self))
        segmentation = bytes.load(fromByteOffset: 1, as: UInt8.self)
        headerLength = bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)
        segmentSize = bytes.loadUnaligned(fromByteOffset: 4, as: UInt16.self)
        checksumStart = bytes.loadUnaligned(fromByteOffset: 6, as: UInt16.self)
        checksumOffset = bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self)
    }

    /// Writes `size` octets.
    func write(to bytes: UnsafeMutableRawPointer) {
        bytes.storeBytes(of: flags.rawValue, as: UInt8.self)
        bytes.storeBytes(of: segmentation, toByteOffset: 1, as: UInt8.self)
        bytes.storeBytes(of: headerLength, toByteOffset: 2, as: UInt16.self)
        bytes.storeBytes(of: segmentSize, toByteOffset: 4, as: UInt16.self)
        bytes.storeBytes(of: checksumStart, toByteOffset: 6, as: UInt16.self)
        bytes.storeBytes(of: checksumOffset, toByteOffset: 8, as: UInt16.self)
    }

    init(_ offload: PacketOffload) {
        if offload.needsChecksum {
            flags = .needsChecksum
            checksumStart = offload.checksumStart
            checksumOffset = offload.checksumOffset
        }
        if offload.segmentation != .none {
            segmentation = offload.segmentation.rawValue | (offload.hasECN ? Self.ecnBit : 0)
            headerLength = offload.headerLength
            segmentSize = offload.segmentSize
        }
    }
}

// From the kernel.
extension VirtioHeader {
    /// Puts into `offload` what is left undone to `packet`; the reason to drop it if header and packet contradict each
    /// other. May write the transport checksum of a large packet.
    func check(against packet: PacketBytes, _ offload: inout PacketOffload) -> TunCounter? {
        offload = .none
        guard packet.count >= 20 else { return .dropTooShort }
        let version = packet.start.uint8(at: 0) >> 4
        guard version == 4 || version == 6 else { return .dropNoIPVersion }
        let leastLength = version == 4 ? 20 : 40
        guard packet.count >= leastLength else { return .dropTooShort }
        if flags.contains(.needsChecksum) {
            let place = Int(checksumStart) + Int(checksumOffset)
            guard checksumStart >= leastLength, place + 2 <= packet.count else { return .dropChecksumPlace }
            offload.needsChecksum = true
            offload.checksumStart = checksumStart
            offload.checksumOffset = checksumOffset
        }
        return segmentation == 0 ? nil : checkSegments(packet, version, &offload)
    }

    private func checkSegments(_ packet: PacketBytes, _ version: UInt8, _ offload: inout PacketOffload)
        -> TunCounter?
    {
        guard let kind = Segmentation(rawValue: segmentation & ~Self.ecnBit), kind != .none,
            kind != .tcp4 || version == 4, kind != .tcp6 || version == 6
        else { return .dropSegmentationKind }
        guard segmentSize > 0 else { return .dropSegmentSize }
        if !offload.needsChecksum {
            // Network cards that gather packets may verify them instead of leaving the checksum partial.
            guard flags.contains(.dataValid) else { return .dropSegmentUnchecked }
            guard TransportChecksum.makePartial(packet, kind, &offload) else { return .dropSegmentHeader }
        }
        // The kernel's hdr_len is a hint of its own memory layout, not where the headers end.
        guard let length = Self.headerLength(packet, kind, offload), let headerLength = UInt16(exactly: length) else {
            return .dropSegmentHeader
        }
        guard packet.count - length > Int(segmentSize) else { return nil }
        offload.segmentation = kind
        offload.segmentSize = segmentSize
        offload.headerLength = headerLength
        offload.hasECN = segmentation & Self.ecnBit != 0
        return nil
    }

    /// Where the payload starts; nil if the transport header is not whole, or the checksum to complete not its own.
    private static func headerLength(_ packet: PacketBytes, _ kind: Segmentation, _ offload: PacketOffload) -> Int? {
        let start = Int(offload.checksumStart)
        if kind == .udp {
            let isWhole = offload.checksumOffset == UDPField.checksum && start + UDPField.count <= packet.count
            return isWhole ? start + UDPField.count : nil
        }
        guard offload.checksumOffset == TCPField.checksum, start + TCPField.minimumCount <= packet.count else {
            return nil
        }
        let length = Int(packet.start.uint8(at: start + TCPField.dataOffset) >> 4) * 4
        return length >= TCPField.minimumCount && start + length <= packet.count ? start + length : nil
    }
}
