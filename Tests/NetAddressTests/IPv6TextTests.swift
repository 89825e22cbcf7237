// IPv6 addresses as text: RFC 4291 section 2.2 in, RFC 5952 out.

import NetAddress
import Testing

@Suite("IPv6 text")
struct IPv6TextTests {
    @Test(
        "RFC 5952 section 4: one form for each address",
        arguments: [
            ("2001:0db8::0001", "2001:db8::1"),  // 4.1: leading zeros
            ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"),  // 4.2.1: as short as possible
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),  // 4.2.2: not for one group
            ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),  // 4.2.3: the longest run
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),  // 4.2.3: the first of two
            ("2001:DB8:AAAA::BbBb", "2001:db8:aaaa::bbbb"),  // 4.3: lower case
            ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),  // 5: a well-known prefix with IPv4
            ("::FFFF:c000:201", "::ffff:192.0.2.1"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
            ("0:0:0:0:0:0:0:0", "::"), ("::192.0.2.1", "::c000:201"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            ("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ])
    func canonical(_ text: String, _ form: String) throws {
        let address = try #require(IPv6Address(text))
        #expect(address.description == form)
        #expect(IPv6Address(form) == address)
    }

    @Test(
        "What is no IPv6 address is refused",
        arguments: [
            "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1::", "1::2::3",
            ":1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:", "12345::", "g::", "+1::", "-1::", "1:: ", " 1::", "1::%eth0", "::1/64", "[::1]",
            "192.0.2.1",
            "::192.0.2", "::192.0.2.256", "::192.0.2.1:1", "192.0.2.1::", "::1.2.3.4.5", "1:2:3:4:5:6:7:1.2.3.4",
            "::01.2.3.4", "0x1::", "::٣", "1:2:3:4:5:6:7:8:", "1::0::1",
        ])
    func refused(_ text: String) {
        #expect(IPv6Address(text) == nil)
    }

    @Test("Text and back, for any address")
    func roundTrip() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<3000 {
            // Runs of zeros at any place are what makes the text hard.
            let groups = (0..<8).map { _ in
                Bool.random(using: &random) ? 0 : UInt16.random(in: .min ... .max, using: &random)
            }
            let address = IPv6Address(groups: groups)
            #expect(IPv6Address(address.description) == address)
            let long = groups.map { String($0, radix: 16) }.joined(separator: ":")
            #expect(IPv6Address(long) == address)
            #expect(address.description.utf8.count <= max(long.utf8.count, address.mappedIPv4 == nil ? 0 : 22))
        }
    }

    @Test("Octets are counted from the front")
    func octets() throws {
        let address = try #require(IPv6Address("102:304:506:708:90a:b0c:d0e:f10"))
        #expect((0..<16).map { address[octet: $0] } == Array(1...16))
    }

    @Test("Kinds of addresses")
    func kinds() throws {
        #expect(try #require(IPv6Address("fe80::1")).isLinkLocal)
        #expect(try #require(IPv6Address("febf:ffff::1")).isLinkLocal)
        #expect(try !#require(IPv6Address("fec0::1")).isLinkLocal)
        #expect(try #require(IPv6Address("::ffff:1.2.3.4")).mappedIPv4 == IPv4Address(1, 2, 3, 4))
        #expect(try #require(IPv6Address("::fffe:1.2.3.4")).mappedIPv4 == nil)
        #expect(IPv6Address(mapped: IPv4Address(1, 2, 3, 4)).description == "::ffff:1.2.3.4")
    }
}
