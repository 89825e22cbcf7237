// IPv4 addresses, prefixes of either family, and addresses with ports.

import NetAddress
import Testing

@Suite("IPv4 text, prefixes, ports")
struct IPv4AndPrefixTests {
    @Test(
        "RFC 6943 section 3.1.1: strict dotted decimal, nothing else",
        arguments: [
            "", "1", "1.2", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "256.1.1.1", "1.1.1.999", "01.2.3.4",
            "1.2.3.04", "0x1.2.3.4", "1.2.3.4 ", " 1.2.3.4", "+1.2.3.4", "-1.2.3.4", "1.2.3.٤", "1.2.3.4/32", "::1",
        ])
    func refusedIPv4(_ text: String) {
        #expect(IPv4Address(text) == nil)
    }

    @Test("IPv4 text and back")
    func roundTripIPv4() {
        for raw: UInt32 in [0, 1, 0xc000_0221, 0x7f00_0001, 0xffff_ffff, 0x0a00_0001] {
            let address = IPv4Address(rawValue: raw)
            #expect(IPv4Address(address.description) == address)
        }
        #expect(IPv4Address(192, 0, 2, 33).description == "192.0.2.33")
    }

    @Test(
        "Prefixes hold what is under them, to the bit",
        arguments: [
            ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"), ("192.0.2.128/25", "192.0.2.128", "192.0.2.127"),
            ("192.0.2.1", "192.0.2.1", "192.0.2.2"), ("172.16.0.0/12", "172.31.255.255", "172.32.0.0"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("2001:db8::/63", "2001:db8:0:1:ffff::", "2001:db8:0:2::"),
            ("2001:db8::/64", "2001:db8::ffff:ffff:ffff:ffff", "2001:db8:0:1::"),
            ("2001:db8::/65", "2001:db8::7fff:0:0:0", "2001:db8::8000:0:0:0"),
            ("::ffff:0:0/96", "::ffff:1.2.3.4", "::1.2.3.4"), ("::1/128", "::1", "::2"), ("::/0", "ffff::", "1.2.3.4"),
            ("0.0.0.0/0", "255.255.255.255", "::1"),
        ])
    func contains(_ text: String, _ inside: String, _ outside: String) throws {
        let prefix = try #require(IPPrefix(text))
        #expect(prefix.contains(try #require(IPAddress(inside))))
        #expect(!prefix.contains(try #require(IPAddress(outside))))
    }

    @Test("A length that is not a shift by the whole word away: every length of both families")
    func everyLength() throws {
        let six = IPv6Address(high: .max, low: .max)
        for length in 0...128 {
            let prefix = try #require(IPPrefix(.v6(six), length: length))
            guard case .v6(let masked) = prefix.address else { continue }
            #expect(masked.high.nonzeroBitCount + masked.low.nonzeroBitCount == length)
            #expect(prefix.contains(.v6(six)))
            #expect(prefix.contains(.v6(IPv6Address(high: 0, low: 0))) == (length == 0))
        }
        for length in 0...32 {
            let prefix = try #require(IPPrefix(.v4(IPv4Address(rawValue: .max)), length: length))
            guard case .v4(let masked) = prefix.address else { continue }
            #expect(masked.rawValue.nonzeroBitCount == length)
            #expect(prefix.contains(.v4(IPv4Address(rawValue: 0))) == (length == 0))
        }
        #expect(IPPrefix(.v4(IPv4Address(rawValue: 0)), length: 33) == nil)
        #expect(IPPrefix(.v6(six), length: 129) == nil)
        #expect(IPPrefix(.v6(six), length: -1) == nil)
    }

    @Test(
        "What is no prefix is refused, bits behind its length too",
        arguments: [
            "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.1/8", "::1/64",
            "::/129",
            "::/ 0", "10.0.0.0/0008", "x/8", "2001:db8::/٦٤",
        ])
    func refusedPrefix(_ text: String) {
        #expect(IPPrefix(text) == nil)
    }

    @Test("A set answers for each of its prefixes, and names the first")
    func set() throws {
        let set = IPPrefixSet(["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32"].compactMap { IPPrefix($0) })
        #expect(set.firstMatch(try #require(IPAddress("10.1.2.3")))?.description == "10.0.0.0/8")
        #expect(set.contains(try #require(IPAddress("2001:db8::1"))))
        #expect(!set.contains(try #require(IPAddress("::ffff:10.1.2.3"))))
        #expect(set.contains(try #require(IPAddress("::ffff:10.1.2.3")).unmapped))
        #expect(!IPPrefixSet().contains(try #require(IPAddress("::1"))))
    }

    @Test(
        "Addresses with ports",
        arguments: [
            ("192.0.2.1", "192.0.2.1:53"), ("192.0.2.1:5353", "192.0.2.1:5353"), ("2001:db8::1", "[2001:db8::1]:53"),
            ("[2001:db8::1]", "[2001:db8::1]:53"), ("[2001:db8::1]:853", "[2001:db8::1]:853"),
            ("2001:db8::1:853", "[2001:db8::1:853]:53"),
        ])
    func socketAddress(_ text: String, _ form: String) {
        #expect(SocketAddress(text, defaultPort: 53)?.description == form)
    }

    @Test(
        "What is no address with a port is refused",
        arguments: [
            "", ":53", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:+53", "[192.0.2.1]:53", "[::1",
            "::1]:53", "[]:53",
            "[::1]53", "[::1]:", "host:53", "[::1]:53:53",
        ])
    func refusedSocketAddress(_ text: String) {
        #expect(SocketAddress(text, defaultPort: 53) == nil)
    }
}
