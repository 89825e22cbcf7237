// Which name led a client to an address.

import DNSMessage
import NetAddress
import Testing

@testable import Resolver

@Suite("Names of synthesized answers")
struct SynthesizedNamesTests {
    private let names = SynthesizedNames()
    private let address = IPv4Address(198, 51, 100, 7)

    private func note(_ name: String, _ address: IPv4Address, _ client: String) throws {
        let wire = try #require(DomainName(name)).wire
        let client = try #require(IPAddress(client))
        wire.withUnsafeBytes { names.note($0, address, client) }
    }

    @Test("a client's own question counts before anybody else's, whichever is newer")
    func own() throws {
        try note("mine.example.", address, "2001:db8:1::5")
        try note("theirs.example.", address, "2001:db8:2::5")
        let mine = names.name(of: address, toldTo: IPv6Address(high: 0x2001_0db8_0001_0000, low: 9))
        #expect(mine?.name == "mine.example")
        #expect(mine?.isOwn == true)
    }

    @Test("who did not ask here gets the newest name that anybody was told")
    func anybody() throws {
        try note("first.example.", address, "2001:db8:1::5")
        try note("second.example.", address, "192.0.2.1")
        let other = names.name(of: address, toldTo: IPv6Address(high: 0x2001_0db8_0009_0000, low: 9))
        #expect(other?.name == "second.example")
        #expect(other?.isOwn == false)
        #expect(names.name(of: IPv4Address(198, 51, 100, 8), toldTo: IPv6Address(high: 1, low: 1)) == nil)
    }

    @Test("a hundred thousand names leave the newest findable")
    func bounded() throws {
        for number in 0..<100_000 {
            let client = "2001:db8:\(String(number & 0xff, radix: 16))::1"
            try note("host\(number).example.", IPv4Address(rawValue: 0x0a00_0000 + UInt32(number)), client)
        }
        let last = names.name(
            of: IPv4Address(rawValue: 0x0a00_0000 + 99_999),
            toldTo: IPv6Address(high: 0x2001_0db8_0000_0000 | UInt64(99_999 & 0xff) << 16, low: 1))
        #expect(last?.name == "host99999.example")
    }
}
