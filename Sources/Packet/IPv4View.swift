// An IPv4 packet, read in place (RFC 791 section 3.1).

public import NetAddress

/// What is wrong with a packet's IP header.
public enum HeaderFault: Error, Hashable, Sendable {
    /// Shorter than its headers.
    case truncated
    /// Lengths that contradict each other.
    case badLength
    case badChecksum
    /// More extension headers than anybody sends in earnest.
    case tooManyHeaders
}

/// A checked IPv4 header. Valid as long as the packet's memory is, and does not move.
public struct IPv4View {
    public let start: UnsafeMutableRawPointer
    /// Octets of the header with its options; the payload starts there.
    public let headerCount: Int
    /// Octets of the packet, header included.
    public let totalCount: Int

    public static let minimumCount = 20

    /// Checks version-independent lengths; `isWhole` is false for the packet inside an ICMP error, which is cut short
    /// and whose checksum routers left as it was.
    @inlinable
    public init(_ start: UnsafeMutableRawPointer, count: Int, isWhole: Bool = true) throws(HeaderFault) {
        guard count >= Self.minimumCount else { throw .truncated }
        let headerCount = Int(start.uint8(at: 0) & 15) &* 4
        let totalCount = Int(start.uint16(at: 2))
        guard headerCount >= Self.minimumCount, headerCount <= count else { throw .badLength }
        if isWhole {
            guard totalCount >= headerCount, totalCount <= count else { throw .badLength }
            guard Checksum.fold(Checksum.sum(start, count: headerCount)) == 0xffff else { throw .badChecksum }
        }
        self.start = start
        self.headerCount = headerCount
        self.totalCount = totalCount
    }

    @inlinable public var payload: UnsafeMutableRawPointer { start + headerCount }
    @inlinable public var payloadCount: Int { totalCount &- headerCount }
    @inlinable public var typeOfService: UInt8 { start.uint8(at: 1) }
    @inlinable public var identification: UInt16 { start.uint16(at: 4) }
    @inlinable public var dontFragment: Bool { start.uint8(at: 6) & 0x40 != 0 }
    @inlinable public var moreFragments: Bool { start.uint8(at: 6) & 0x20 != 0 }
    /// Octets.
    @inlinable public var fragmentOffset: Int { Int(start.uint16(at: 6) & 0x1fff) &* 8 }
    /// One piece of several, the first and the last included.
    @inlinable public var isFragment: Bool { start.uint16(at: 6) & 0x3fff != 0 }
    @inlinable public var timeToLive: UInt8 { start.uint8(at: 8) }
    @inlinable public var proto: UInt8 { start.uint8(at: 9) }
    @inlinable public var source: IPv4Address { IPv4Address(rawValue: start.uint32(at: 12)) }
    @inlinable public var destination: IPv4Address { IPv4Address(rawValue: start.uint32(at: 16)) }

    /// Where an unexpired source route option starts, octets from the header's start; nil if there is none.
    ///
    /// "If a source route option is present and unexpired ... the pointer is not greater than the length" (RFC 791
    /// section 3.1, loose and strict source route).
    public var unexpiredSourceRoute: Int? {
        var offset = Self.minimumCount
        while offset < headerCount {
            let kind = start.uint8(at: offset)
            if kind == 0 { return nil }
            if kind == 1 {
                offset += 1
                continue
            }
            guard offset + 1 < headerCount else { return nil }
            let length = Int(start.uint8(at: offset + 1))
            guard length >= 2, offset + length <= headerCount else { return nil }
            if kind == 131 || kind == 137, length >= 3, Int(start.uint8(at: offset + 2)) <= length { return offset }
            offset += length
        }
        return nil
    }
}
