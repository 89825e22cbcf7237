// A packet as whoever gets it reads it (RFC 791, RFC 8200), written for the fuzzer alone: it shares nothing with what
// it judges but the addresses.

internal import NetAddress

/// An IP packet's fields. The upper layer may be cut short, as inside an ICMP error.
struct PacketReading {
    let octets: [UInt8]
    let source, destination: IPAddress
    let hopLimit: UInt8
    private(set) var proto: UInt8
    /// Where the upper layer starts, extension headers and options passed.
    private(set) var payloadStart: Int
    /// The length that the packet gives itself.
    let total: Int
    private(set) var fragmentOffset = 0
    private(set) var moreFragments = false
    private(set) var identification: UInt32 = 0

    var isIPv6: Bool { octets[0] >> 4 == 6 }
    var isFragment: Bool { fragmentOffset != 0 || moreFragments }
    /// The upper layer, as far as it is there.
    var payload: ArraySlice<UInt8> {
        octets[min(payloadStart, octets.count)..<min(max(total, payloadStart), octets.count)]
    }
    var payloadCount: Int { total - payloadStart }
    var isComplete: Bool { total <= octets.count }

    /// nil: not even the IP headers are there.
    init?(_ octets: [UInt8]) {
        self.octets = octets
        guard let first = octets.first else { return nil }
        if first >> 4 == 6, octets.count >= 40 {
            source = .v6(Self.address6(octets, 8))
            destination = .v6(Self.address6(octets, 24))
            hopLimit = octets[7]
            proto = octets[6]
            payloadStart = 40
            total = 40 + octets.word(4)
            guard walk() else { return nil }
        } else if first >> 4 == 4, octets.count >= 20 {
            source = .v4(IPv4Address(octets[12], octets[13], octets[14], octets[15]))
            destination = .v4(IPv4Address(octets[16], octets[17], octets[18], octets[19]))
            hopLimit = octets[8]
            proto = octets[9]
            payloadStart = Int(first & 15) * 4
            total = octets.word(2)
            fragmentOffset = (octets.word(6) & 0x1fff) * 8
            moreFragments = octets[6] & 0x20 != 0
            identification = UInt32(octets.word(4))
            guard payloadStart >= 20, payloadStart <= octets.count, total >= payloadStart else { return nil }
        } else {
            return nil
        }
    }

    private mutating func walk() -> Bool {
        while [0, 43, 44, 60].contains(proto) {
            guard payloadStart + 8 <= min(octets.count, total) else { return false }
            let next = octets[payloadStart]
            if proto == 44 {
                fragmentOffset = octets.word(payloadStart + 2) & 0xfff8
                moreFragments = octets[payloadStart + 3] & 1 != 0
                identification = UInt32(octets.word(payloadStart + 4)) << 16 | UInt32(octets.word(payloadStart + 6))
                payloadStart += 8
            } else {
                payloadStart += (Int(octets[payloadStart + 1]) + 1) * 8
            }
            proto = next
            if fragmentOffset != 0 { break }
        }
        return payloadStart <= min(octets.count, total)
    }

    private static func address6(_ octets: [UInt8], _ start: Int) -> IPv6Address {
        IPv6Address(groups: (0..<8).map { UInt16(octets.word(start + 2 * $0)) })
    }

    // MARK: upper layer

    /// RFC 792, RFC 4443: errors, not queries.
    var isICMPError: Bool {
        guard let type = payload.first, isICMP else { return false }
        return isIPv6 ? type < 128 : [3, 4, 5, 11, 12].contains(type)
    }

    var isICMP: Bool { proto == (isIPv6 ? 58 : 1) }
    var isTCP: Bool { proto == 6 }
    var isUDP: Bool { proto == 17 }

    /// Of TCP and UDP; an echo message has its identifier in both. nil: it has none, or they are not there.
    var ports: (source: UInt16, destination: UInt16)? {
        guard payload.count >= 4, fragmentOffset == 0 else { return nil }
        if isTCP || isUDP { return (UInt16(octets.word(payloadStart)), UInt16(octets.word(payloadStart + 2))) }
        guard payload.count >= 8, isICMP, (isIPv6 ? [128, 129] : [0, 8]).contains(octets[payloadStart]) else {
            return nil
        }
        let identifier = UInt16(octets.word(payloadStart + 4))
        return (identifier, identifier)
    }

    /// Where the upper layer's checksum stands, octets from `payloadStart`.
    var checksumField: Int? {
        let field = isTCP ? 16 : isUDP ? 6 : isICMP ? 2 : nil
        return field.flatMap { $0 + 2 <= payload.count ? $0 : nil }
    }

    /// The sum of the pseudo-header, folded; 0 for ICMP over IPv4, which has none.
    var pseudoHeader: UInt16 {
        if !isIPv6 && isICMP { return 0 }
        let addresses = isIPv6 ? octets[8..<40] : octets[12..<20]
        return Array(addresses).onesSum(UInt64(payloadCount) + UInt64(proto))
    }

    /// Whether the upper layer's checksum is right; nil where that can't be said.
    var hasRightChecksum: Bool? {
        guard let field = checksumField, isComplete, !isFragment else { return nil }
        if isUDP {
            guard octets.word(payloadStart + 4) == payloadCount else { return nil }
            if octets.word(payloadStart + field) == 0 { return !isIPv6 }
        }
        return Array(payload).onesSum(UInt64(pseudoHeader)) == 0xffff
    }

    /// Whether the IPv4 header's checksum is right.
    var hasRightHeader: Bool { isIPv6 || Array(octets[..<min(payloadStart, octets.count)]).onesSum() == 0xffff }
}

extension [UInt8] {
    /// The 16-bit number at `index`.
    func word(_ index: Int) -> Int { Int(self[index]) << 8 | Int(self[index + 1]) }

    mutating func setWord(_ value: Int, _ index: Int) {
        self[index] = UInt8(truncatingIfNeeded: value >> 8)
        self[index + 1] = UInt8(truncatingIfNeeded: value)
    }

    /// RFC 1071 section 1, word by word.
    func onesSum(_ start: UInt64 = 0) -> UInt16 {
        var sum = start
        for index in stride(from: 0, to: count, by: 2) {
            sum += UInt64(self[index]) << 8 | (index + 1 < count ? UInt64(self[index + 1]) : 0)
        }
        while sum > 0xffff { sum = (sum >> 16) + (sum & 0xffff) }
        return UInt16(sum)
    }
}
