// The Internet checksum as RFC 1071 defines it, written for the tests alone: the slow way, so that it shares nothing
// with what it judges.

enum ReferenceChecksum {
    /// The one's complement sum of `octets`, as 16-bit words, padded with a zero octet (RFC 1071 section 1).
    static func sum(_ octets: [UInt8]) -> UInt16 {
        var total = 0
        var index = 0
        // Not `stride`: in a debug build that takes most of the time of all tests here.
        while index + 1 < octets.count {
            total &+= Int(octets[index]) << 8 | Int(octets[index + 1])
            index += 2
        }
        if index < octets.count { total &+= Int(octets[index]) << 8 }
        while total > 0xffff { total = (total >> 16) + (total & 0xffff) }
        return UInt16(total)
    }

    /// What a checksum field holds that covers `octets`, itself taken as zero.
    static func checksum(_ octets: [UInt8]) -> UInt16 { ~sum(octets) }

    /// RFC 768 and RFC 9293 section 3.1 over IPv4; RFC 8200 section 8.1 over IPv6.
    static func pseudoHeader(source: [UInt8], destination: [UInt8], proto: UInt8, length: Int) -> [UInt8] {
        if source.count == 4 {
            return source + destination + [0, proto, UInt8(length >> 8 & 255), UInt8(length & 255)]
        }
        return source + destination + PacketImage.octets(UInt64(length), 4) + [0, 0, 0, proto]
    }
}
