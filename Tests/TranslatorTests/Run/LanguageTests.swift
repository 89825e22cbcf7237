// The pair language and the reference builder themselves: packets whose octets others have published, and pairs that
// must fail.

import NetAddress
import Testing

@Suite("Pair language")
struct LanguageTests {
    private func build(_ text: String, isExpected: Bool = false) throws -> [UInt8] {
        let block = PairBlock(head: PairLine(number: 1, text: "send4: " + text))
        let builder = ReferenceBuilder(prefix: Pref64Prefix.wellKnown, variables: [:], isExpected: isExpected)
        return try builder.packet(try Node.read(block)[...]).octets
    }

    @Test("The IPv4 header whose checksum is 0xb861, as known from many a text book")
    func textBookHeader() throws {
        let octets = try build("ip4 192.168.0.1 > 192.168.0.199 len=115 df=1 proto=17")
        #expect(ReadingText.hex(octets) == "450000730000400040" + "11b861c0a80001c0a800c7")
    }

    @Test("RFC 1071 section 3's example sums to ddf2")
    func sum() {
        #expect(ReferenceChecksum.sum([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]) == 0xddf2)
    }

    @Test(
        "RFC 6052 section 2.4's table",
        arguments: [
            ("2001:db8::/32", "2001:db8:c000:221::"), ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
            ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"), ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
            ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"),
            ("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"), ("64:ff9b::/96", "64:ff9b::192.0.2.33"),
        ])
    func embed(_ prefix: String, _ wanted: String) throws {
        let address = try #require(IPv6Address(wanted))
        let octets = AddressNames.embed([192, 0, 2, 33], try #require(IPPrefix(prefix)))
        #expect(octets == AddressNames.octets(address))
    }

    @Test(
        "What the builder writes, the reader finds well-formed",
        arguments: [
            "ip4 server > public | udp 53 > 40000 | text hello", "ip6 client > server | udp 53 > 40000 | bytes 1400",
            "ip6 client > server class=0x2e | hopopts | tcp 1 > 2 flags=SA mss=1440 opt=01030307 | text x",
            "ip4 server > public opt=nop opt=rr:4:0.0.0.0 | tcp 80 > 1 flags=F",
            "ip4 server > public | icmp4 echo-request id=7 seq=9 | bytes 33",
            "ip6 client > server | icmp6 echo-reply id=7 seq=9 | bytes 56",
            "ip6 client > server | frag6 id=9 octets=0..1232 | udp 1 > 2 | bytes 3000",
            "ip6 router6 > server | icmp6 1/4 | { | ip6 server > client | udp 1 > 2 | text hello | }",
            "ip4 router4 > public | icmp4 11/0 | { | ip4 public > server | udp 1 > 2 | bytes 9 | } cut=28 | object 1/1 00010101",
        ])
    func wellFormed(_ text: String) throws {
        let reading = PacketReading(try build(text))
        #expect(reading.faults.isEmpty, "\(reading.faults)")
        #expect(reading.fields.count > 8)
    }

    @Test("RFC 4884 section 3: at least 128 octets are quoted where extensions follow, and the length counts words")
    func extensions() throws {
        let four = try build(
            "ip4 router4 > public | icmp4 11/0 | { | ip4 public > server | udp 1 > 2 | } | object 1/1 00010101")
        #expect(four.count == 20 + 8 + 128 + 4 + 8 && four[25] == 32)
        let six = try build(
            "ip6 router6 > server | icmp6 3/0 | { | ip6 server > client | udp 1 > 2 | } | object 1/1 00010101")
        #expect(six.count == 40 + 8 + 128 + 4 + 8 && six[44] == 16)
        #expect(ReferenceChecksum.sum(Array(six[176...])) == 0xffff)
    }

    @Test("An override stands, and the reader finds the fault", arguments: ["checksum=bad", "len=9"])
    func overrides(_ word: String) throws {
        #expect(PacketReading(try build("ip4 server > public | udp 53 > 40000 \(word) | text hello")).faults.count >= 1)
    }

    @Test(
        "What is written wrongly fails at its line",
        arguments: [
            ("", 1, "no case"), ("case: x\n", 1, "without steps"), ("case: x\nsendd6\n", 2, "unknown step"),
            ("case: x\nsend6: ip6 client > server hops=3 | udp 1 > 2\n", 2, "no field hops"),
            ("case: x\nsend6: ip6 client > server | udp 1 > $p\n", 2, "written out"),
            ("case: x\nsend6: ip6 clinet > server | udp 1 > 2\n", 2, "no IPv6 address"),
            ("case: x\nconfig\n    poool4: public\nwait 1 s\n", 3, "unknown key"),
            ("case: x\nwait 1 s\nexpect4: ip4 public > server | udp 1 > 2\n", 3, "did not come"),
            ("case: x\nwait 1 s\ndropped: drop-nonsense\n", 3, "no counter"),
            ("case: x\nwait 1 s\ndropped: drop-malformed\n", 3, "expected drop-malformed x1, got nothing"),
            ("case: x\nwait 1 s\nsessions: 3\n", 3, "expected 3, got 0"),
            ("case: x\nwait 1 s\ncheck: $p even\n", 3, "nothing is known"),
            ("case: x\nsend6: { | ip6 client > server\n", 2, "never closed"),
        ])
    func fails(_ text: String, _ line: Int, _ words: String) throws {
        let failure = try #require(Pairs.failures(in: text).first, "this must fail:\n\(text)")
        #expect(failure.line == line, "\(failure.description)")
        #expect(failure.description.contains(words), "\(failure.description)")
    }
}

enum Pref64Prefix {
    static let wellKnown = Pref64.wellKnown.prefix
}
