// An IPv6 packet with its chain of extension headers, read in place (RFC 8200 sections 3 and 4).

public import NetAddress

/// A checked IPv6 header chain. Valid as long as the packet's memory is, and does not move.
public struct IPv6View {
    public let start: UnsafeMutableRawPointer
    /// Octets from the start to the upper-layer header, extension headers included.
    public var headerCount: Int
    /// Octets of the packet, headers included.
    public let totalCount: Int
    /// The upper-layer protocol, or the first next header that is none of the extension headers known here.
    public var proto: UInt8
    /// Where the Fragment header starts; 0 if there is none.
    public var fragmentHeader = 0
    /// Where the Segments Left field of a routing header that is not at its end stands; 0 if there is none.
    public var pendingSegmentsLeft = 0

    public static let minimumCount = 40

    /// `isWhole` is false for the packet inside an ICMP error, which may be cut short.
    @inlinable
    public init(_ start: UnsafeMutableRawPointer, count: Int, isWhole: Bool = true) throws(HeaderFault) {
        guard count >= Self.minimumCount else { throw .truncated }
        let totalCount = Self.minimumCount &+ Int(start.uint16(at: 4))
        guard !isWhole || totalCount <= count else { throw .badLength }
        self.start = start
        self.totalCount = totalCount
        headerCount = Self.minimumCount
        proto = start.uint8(at: 6)
        if proto != ProtocolNumber.tcp && proto != ProtocolNumber.udp && proto != ProtocolNumber.icmpv6 {
            try walk(limit: min(count, totalCount))
        }
    }

    /// Follows the chain to the upper-layer header. In all but the first fragment it ends at the Fragment header.
    @usableFromInline
    mutating func walk(limit: Int) throws(HeaderFault) {
        for _ in 0..<8 {
            switch proto {
            case ProtocolNumber.hopByHop, ProtocolNumber.destinationOptions, ProtocolNumber.routing:
                guard headerCount + 8 <= limit else { throw .truncated }
                let length = (Int(start.uint8(at: headerCount + 1)) + 1) * 8
                guard headerCount + length <= limit else { throw .truncated }
                if proto == ProtocolNumber.routing, start.uint8(at: headerCount + 3) != 0, pendingSegmentsLeft == 0 {
                    pendingSegmentsLeft = headerCount + 3
                }
                proto = start.uint8(at: headerCount)
                headerCount += length
            case ProtocolNumber.fragment:
                guard fragmentHeader == 0, headerCount + 8 <= limit else { throw .truncated }
                fragmentHeader = headerCount
                proto = start.uint8(at: headerCount)
                headerCount += 8
                if fragmentOffset != 0 { return }
            default:
                return
            }
        }
        throw .tooManyHeaders
    }

    @inlinable public var payload: UnsafeMutableRawPointer { start + headerCount }
    @inlinable public var payloadCount: Int { totalCount &- headerCount }
    @inlinable public var trafficClass: UInt8 { UInt8(truncatingIfNeeded: start.uint16(at: 0) >> 4) }
    @inlinable public var hopLimit: UInt8 { start.uint8(at: 7) }
    @inlinable public var source: IPv6Address { IPv6Address(high: start.uint64(at: 8), low: start.uint64(at: 16)) }
    @inlinable public var destination: IPv6Address {
        IPv6Address(high: start.uint64(at: 24), low: start.uint64(at: 32))
    }

    @inlinable public var hasFragmentHeader: Bool { fragmentHeader != 0 }
    /// Octets; 0 without a Fragment header.
    @inlinable public var fragmentOffset: Int {
        fragmentHeader == 0 ? 0 : Int(start.uint16(at: fragmentHeader &+ 2) & 0xfff8)
    }
    @inlinable public var moreFragments: Bool {
        fragmentHeader != 0 && start.uint8(at: fragmentHeader &+ 3) & 1 != 0
    }
    @inlinable public var identification: UInt32 {
        fragmentHeader == 0 ? 0 : start.uint32(at: fragmentHeader &+ 4)
    }
    /// One piece of several. An atomic fragment (RFC 6946), whole behind its Fragment header, is none.
    @inlinable public var isFragment: Bool { fragmentHeader != 0 && (fragmentOffset != 0 || moreFragments) }
}
