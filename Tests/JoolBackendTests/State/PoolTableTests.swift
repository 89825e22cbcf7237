import NAT64Backend
import NetAddress
import Testing

@testable import JoolBackend

@Suite struct PoolTableTests {
    private func pool(_ texts: String...) -> PoolTable {
        PoolTable(texts.compactMap(Pool4Range.init(text:)))
    }

    @Test("a prefix is one command a protocol, whatever rows Jool makes of it")
    func prefixes() {
        let words = pool("192.0.2.16/28 40000-49999").pieces.map { $0.words.joined(separator: " ") }
        #expect(
            words == [
                "--tcp 192.0.2.16/28 40000-49999", "--udp 192.0.2.16/28 40000-49999",
                "--icmp 192.0.2.16/28 40000-49999",
            ])
    }

    @Test("port 0 is an ICMP identifier, and no port")
    func portZero() {
        let words = pool("192.0.2.1 0-100").pieces.map { $0.words.joined(separator: " ") }
        #expect(words == ["--tcp 192.0.2.1 1-100", "--udp 192.0.2.1 1-100", "--icmp 192.0.2.1 0-100"])
    }

    @Test("the difference of two pools is no more than what differs")
    func difference() {
        let old = pool("192.0.2.0/30 1000-2000")
        let new = pool("192.0.2.0/31 1000-2500", "192.0.2.3 1000-2000")
        #expect(
            Set(new.subtracting(old).pieces.map { $0.words.joined(separator: " ") }) == [
                "--tcp 192.0.2.0/31 2001-2500", "--udp 192.0.2.0/31 2001-2500", "--icmp 192.0.2.0/31 2001-2500",
            ])
        #expect(
            Set(old.subtracting(new).pieces.map { $0.words.joined(separator: " ") }) == [
                "--tcp 192.0.2.2 1000-2000", "--udp 192.0.2.2 1000-2000", "--icmp 192.0.2.2 1000-2000",
            ])
        #expect(new.subtracting(new).isEmpty)
    }

    @Test(
        "addresses are covered by the fewest prefixes",
        arguments: [
            (["192.0.2.0", "192.0.2.1", "192.0.2.2", "192.0.2.3"], "192.0.2.0/30"),
            (["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"], "192.0.2.1/32 192.0.2.2/31 192.0.2.4/32"),
            (["192.0.2.255"], "192.0.2.255/32"), (["255.255.255.254", "255.255.255.255"], "255.255.255.254/31"),
            ([], ""),
        ])
    func cover(_ addresses: [String], _ prefixes: String) {
        let found = IPv4Address.cover(addresses.compactMap { IPv4Address($0) })
        #expect(found.map(\.description).joined(separator: " ") == prefixes)
    }

    @Test("several instances get ports of their own, and together all of them")
    func split() {
        let whole = pool("192.0.2.0/31 1000-1999", "192.0.2.9 5-6")
        let fixed = StaticBinding(
            proto: .tcp, client: TransportAddress6(IPv6Address(high: 1, low: 2), 80),
            public: TransportAddress4(IPv4Address(192, 0, 2, 0), 1900))
        for count in 1...5 {
            let parts = whole.split(count, first: [fixed])
            #expect(parts.count == count)
            #expect(parts[0].contains(.tcp, fixed.public))
            var rest = whole
            for (index, part) in parts.enumerated() {
                for other in parts[(index + 1)...] { #expect(part.subtracting(other) == part) }
                rest = rest.subtracting(part)
            }
            #expect(rest.isEmpty)
        }
    }
}

extension Pool4Range {
    /// `192.0.2.0/28 1000-2000`.
    init?(text: String) {
        let words = text.split(separator: " ")
        guard let prefix = IPPrefix(words[0]) else { return nil }
        guard words.count > 1 else {
            self.init(prefix: prefix)
            return
        }
        let ends = words[1].split(separator: "-").compactMap { UInt16($0) }
        self.init(prefix: prefix, ports: ends[0]...(ends.last ?? ends[0]))
    }
}
