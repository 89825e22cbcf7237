// What the kernel and we leave undone to a packet between us: checksums and segmentation (virtio 1.1, section 5.1.6,
// "struct virtio_net_hdr"). Values only; TunDevice knows the bytes.

/// What the length of the packets is that a large packet stands for.
public enum Segmentation: UInt8, Sendable {
    /// The packet is one packet.
    case none = 0
    /// TCP over IPv4.
    case tcp4 = 1
    /// TCP over IPv6.
    case tcp6 = 4
    /// UDP over either (UDP_L4, Linux 6.2 and later).
    case udp = 5
}

/// The state of a packet's checksum and segmentation. Offsets count octets from the start of the IP header.
public struct PacketOffload: Hashable, Sendable {
    /// The transport checksum holds the pseudo-header's sum alone; whoever sends the packet for good completes it over
    /// all from `checksumStart` on.
    public var needsChecksum = false
    public var checksumStart: UInt16 = 0
    /// Counts from `checksumStart`.
    public var checksumOffset: UInt16 = 0
    public var segmentation = Segmentation.none
    /// Payload octets of a segment.
    public var segmentSize: UInt16 = 0
    /// IP and transport header together: what each segment starts with.
    public var headerLength: UInt16 = 0
    /// TCP with ECN: CWR belongs to the first segment alone.
    public var hasECN = false

    @inlinable
    public init() {}

    /// A whole packet with all its checksums.
    public static let none = PacketOffload()
}
