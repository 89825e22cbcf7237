// RFC 6052: IPv6 Addressing of IPv4/IPv6 Translators.

import NetAddress
import Testing

@Suite("RFC 6052")
struct RFC6052 {
    /// Section 2.4, the table "Text Representation of IPv4-Embedded IPv6 Addresses Using Network-Specific Prefixes",
    /// and the well-known prefix below it. All stand for 192.0.2.33.
    static let vectors = [
        ("2001:db8::/32", "2001:db8:c000:221::"),
        ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
        ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"),
        ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
        ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"),
        ("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"),
        ("64:ff9b::/96", "64:ff9b::192.0.2.33"),
    ]

    @Test("Section 2.4: the table of vectors, both ways", arguments: vectors)
    func table(_ prefix: String, _ text: String) throws {
        let pref64 = try Pref64(try #require(IPPrefix(prefix)))
        let address = try #require(IPv6Address(text))
        #expect(pref64.embed(IPv4Address(192, 0, 2, 33)) == address)
        #expect(pref64.extract(address) == IPv4Address(192, 0, 2, 33))
    }

    @Test("Section 2.3: what is embedded is extracted again, whatever the suffix", arguments: vectors)
    func roundTrip(_ prefix: String, _ text: String) throws {
        let pref64 = try Pref64(try #require(IPPrefix(prefix)))
        let suffix = IPv6Address(high: .max, low: .max)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let address = IPv4Address(rawValue: random.next())
            let plain = pref64.embed(address)
            let filled = pref64.embed(address, suffix: suffix)
            #expect(pref64.extract(plain) == address)
            #expect(pref64.extract(filled) == address)
            #expect(pref64.prefix.contains(.v6(filled)))
            // "Bits 64 to 71 of the address are reserved ... These bits MUST be set to zero" (section 2.2).
            #expect(plain.low >> 56 == 0 && filled.low >> 56 == 0)
            #expect(filled.high == plain.high && filled.low & ~pref64.suffixMask == plain.low & ~pref64.suffixMask)
            #expect(plain.low & pref64.suffixMask == 0 || pref64.length == 96)
        }
    }

    @Test("Section 2.2: other lengths are refused", arguments: 0...128)
    func lengths(_ length: Int) throws {
        let prefix = try #require(IPPrefix(.v6(IPv6Address(high: 0x2001_0db8_0000_0000, low: 0)), length: length))
        if [32, 40, 48, 56, 64, 96].contains(length) {
            #expect(try Pref64(prefix).length == length)
        } else {
            #expect(throws: Pref64.Failure.length(length)) { try Pref64(prefix) }
        }
    }

    @Test("Section 2.2: a prefix whose bits 64 to 71 are not zero is refused")
    func uOctet() throws {
        let prefix = try #require(IPPrefix("2001:db8:0:0:100::/96"))
        #expect(throws: Pref64.Failure.uOctet) { try Pref64(prefix) }
        // The whole octet, and nothing behind it.
        for bit in 64..<96 {
            let address = IPv6Address(high: 0x2001_0db8_0000_0000, low: 1 << UInt64(127 - bit))
            let prefix = try #require(IPPrefix(.v6(address), length: 96))
            #expect(((try? Pref64(prefix)) == nil) == (bit < 72), "bit \(bit)")
        }
    }

    @Test("An IPv4 prefix is none")
    func family() throws {
        let prefix = try #require(IPPrefix("10.0.0.0/32"))
        #expect(throws: Pref64.Failure.notIPv6) { try Pref64(prefix) }
    }

    @Test(
        "Section 2.2: an address whose bits 64 to 71 are not zero is not under a prefix", arguments: vectors.prefix(5))
    func extractUOctet(_ prefix: String, _ text: String) throws {
        let pref64 = try Pref64(try #require(IPPrefix(prefix)))
        let address = try #require(IPv6Address(text))
        #expect(pref64.extract(IPv6Address(high: address.high, low: address.low | 1 << 56)) == nil)
    }

    @Test("An address under another prefix holds nothing", arguments: vectors)
    func otherPrefix(_ prefix: String, _ text: String) throws {
        let pref64 = try Pref64(try #require(IPPrefix(prefix)))
        #expect(pref64.extract(try #require(IPv6Address("2001:db9::1"))) == nil)
        #expect(pref64.extract(try #require(IPv6Address("::ffff:192.0.2.33"))) == nil)
    }

    @Test("Section 2.1: the well-known prefix")
    func wellKnown() throws {
        #expect(Pref64.wellKnown.description == "64:ff9b::/96")
        #expect(try Pref64(try #require(IPPrefix("64:ff9b::/96"))).isWellKnown)
        #expect(try !Pref64(try #require(IPPrefix("64:ff9b:1::/96"))).isWellKnown)
        #expect(try !Pref64(try #require(IPPrefix("64:ff9b::/64"))).isWellKnown)
    }
}
