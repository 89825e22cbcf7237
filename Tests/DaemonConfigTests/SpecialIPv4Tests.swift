// The list `special`: RFC 6052 section 3.1, and the two addresses that no list may hold back.

import DaemonConfig
import NetAddress
import Testing

@Suite struct SpecialIPv4Tests {
    @Test(arguments: [
        "0.1.2.3", "127.0.0.1", "169.254.1.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    ])
    func alwaysForbidden(text: String) throws {
        let address = try #require(IPv4Address(text))
        #expect(SpecialIPv4.range(forbidding: address, under: .wellKnown) != nil)
        #expect(SpecialIPv4.range(forbidding: address, under: try pref64("2001:db8:64::/96")) != nil)
    }

    @Test(arguments: ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255"])
    func privateUnderTheWellKnownPrefixAlone(text: String) throws {
        let address = try #require(IPv4Address(text))
        #expect(SpecialIPv4.range(forbidding: address, under: .wellKnown)?.reference.hasPrefix("RFC ") == true)
        #expect(SpecialIPv4.range(forbidding: address, under: try pref64("2001:db8:64::/96")) == nil)
    }

    @Test(arguments: [
        "192.0.0.170", "192.0.0.171", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "172.32.0.1",
        "100.128.0.1",
        "9.9.9.9", "223.255.255.255",
    ])
    func neverForbidden(text: String) throws {
        let address = try #require(IPv4Address(text))
        #expect(SpecialIPv4.range(forbidding: address, under: .wellKnown) == nil)
    }

    @Test func listIsWhole() {
        #expect(SpecialIPv4.ranges.count == 9)
        #expect(SpecialIPv4.ranges.filter(\.wellKnownPrefixOnly).count == 4)
    }
}
