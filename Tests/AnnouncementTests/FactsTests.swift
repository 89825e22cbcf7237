// From this host's addresses and dns64d's policies to the network that is announced.

import NetAddress
import Testing

@testable import Announcement

/// A host with `lan` toward clients, `wan` toward the IPv4 Internet, `nat64` the translator's.
private func box(_ change: (inout BoxFacts) -> Void = { _ in }) -> BoxFacts {
    var facts = BoxFacts(
        interfaces: ["lo", "wan", "lan", "nat64", "empty"],
        addresses: [
            address("lo", 1, "::1", 128, isLoopback: true), address("wan", 2, "192.0.2.2", 24),
            address("wan", 2, "2001:db8:ffff::2", 64), address("lan", 3, "192.168.64.1", 24),
            address("lan", 3, "fd00:64::1", 64), address("lan", 3, "fe80::1", 64),
            address("nat64", 4, "fd01:2:3:64::1", 64),
        ],
        listening: [SocketAddress("[::]:53", defaultPort: 53)!, SocketAddress("0.0.0.0:53", defaultPort: 53)!],
        allowed: IPPrefixSet([IPPrefix("::/0")!, IPPrefix("0.0.0.0/0")!]),
        standardPolicy: ClientPolicy(label: "default", prefixes: [.wellKnown]), ipv4Uplink: "wan",
        translatorDevice: "nat64")
    change(&facts)
    return facts
}

private func address(
    _ interface: String, _ index: UInt32, _ text: String, _ length: Int, isLoopback: Bool = false
) -> BoxAddress {
    BoxAddress(
        interface: interface, index: index, address: IPAddress(text)!, prefixLength: length, isLoopback: isLoopback)
}

private func refusal(_ facts: BoxFacts, _ name: String? = nil) throws -> AnnouncementRefusal {
    try #require(throws: AnnouncementRefusal.self) { try facts.network(on: name) }
}

@Suite struct InterfaceChoiceTests {
    @Test func theOnlyOneThatCanBeMeantIsTaken() throws {
        #expect(try box().network(on: nil) == .sample)
    }

    @Test func severalAreRefusedWithTheFlagToUse() throws {
        let facts = box {
            $0.interfaces.append("guest")
            $0.addresses.append(address("guest", 5, "2001:db8:5::1", 64))
        }
        let refusal = try refusal(facts)
        #expect(refusal.message == "several interfaces look as if clients were on them: guest, lan")
        #expect(refusal.advice == ["dns64ctl announce ... --interface guest", "dns64ctl announce ... --interface lan"])
        #expect(try facts.network(on: "guest").prefixes == [IPPrefix("2001:db8:5::/64")!])
    }

    @Test func noneIsRefusedWithWhatThereIs() throws {
        let refusal = try refusal(box { $0.addresses.removeAll { $0.interface == "lan" } })
        #expect(refusal.advice.first == "interfaces: wan, lan, nat64, empty")
        #expect(refusal.advice.last?.contains("ip address add fd00:64::1/64") == true)
    }

    @Test func anUnknownOneIsRefusedWithWhatThereIs() throws {
        let refusal = try refusal(box(), "lna")
        #expect(refusal.message == "there is no interface lna")
        #expect(refusal.advice == ["interfaces: wan, lan, nat64, empty"])
    }

    @Test(arguments: [("lo", "loopback"), ("nat64", "translator"), ("empty", "no global or unique local")])
    func oneWithoutClientsIsRefused(_ name: String, _ word: String) throws {
        #expect(try refusal(box(), name).message.contains(word))
    }

    @Test(arguments: [
        "", "lan {", "lan;", "a\nb", "\"", "eth0,eth1", "lan*", "/etc", "..", "-x", "abcdefghijklmnop", "l\u{e4}n", "#",
        "\u{1b}[2J", "lan\0", "a b", "$(x)", "${x}",
    ])
    func whatIsNoNameNeverReachesAFile(_ name: String) throws {
        // Even if the kernel has such an interface.
        let facts = box {
            $0.interfaces.append(name)
            $0.addresses.append(address(name, 9, "fd00:9::1", 64))
        }
        let refusal = try refusal(facts, name)
        let said = ([refusal.message] + refusal.advice).joined()
        #expect(said.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f })
        _ = try? facts.network(on: nil)
    }

    @Test(arguments: ["lan", "br-lan", "eth0.64", "enp3s0f1", "wlan_0", "6in4", "abcdefghijklmno"])
    func ordinaryNamesAreTaken(_ name: String) { #expect(InterfaceName(name)?.text == name) }

    @Test func anInterfaceThatLeadsToTheInternetCanBeNamed() throws {
        let network = try box().network(on: "wan")
        #expect(network.ipv4 == .uplink)
        #expect(network.prefixes == [IPPrefix("2001:db8:ffff::/64")!])
    }
}

@Suite struct NetworkFactsTests {
    @Test func uniqueLocalPrefixesComeFirstAndHostBitsGo() throws {
        let network = try box {
            $0.addresses.insert(address("lan", 3, "2001:db8:1:64:a:b:c:d", 64), at: 0)
            $0.addresses.append(address("lan", 3, "fd00:64::ff", 64))
        }.network(on: "lan")
        #expect(network.prefixes.map(\.description) == ["fd00:64::/64", "2001:db8:1:64::/64"])
        #expect(network.resolvers.map(\.description) == ["fd00:64::1", "2001:db8:1:64:a:b:c:d"])
    }

    @Test(arguments: [48, 56, 63, 65, 80, 127, 128])
    func hostsNeedSixtyFourBits(_ length: Int) throws {
        let facts = box {
            $0.addresses.removeAll { $0.interface == "lan" }
            $0.addresses.append(address("lan", 3, "fd00:64::1", length))
        }
        #expect(try refusal(facts, "lan").message.contains("fd00:64::1/\(length)"))
        #expect(throws: AnnouncementRefusal.self) { try facts.network(on: nil) }
    }

    @Test(arguments: ["fe80::5", "ff02::1", "::", "::1", "::ffff:192.0.2.1", "fec0::1"])
    func otherAddressesMakeNoPrefix(_ text: String) throws {
        let facts = box {
            $0.addresses.removeAll { $0.interface == "lan" }
            $0.addresses.append(address("lan", 3, text, 64))
        }
        #expect(try refusal(facts, "lan").message.contains("no global or unique local IPv6 address"))
    }

    @Test func onlyWhereWeListenOnPort53() throws {
        let named = try box {
            $0.addresses.append(address("lan", 3, "fd00:64::53", 64))
            $0.listening = [SocketAddress("[fd00:64::53]:53", defaultPort: 53)!]
        }.network(on: "lan")
        #expect(named.resolvers == [IPv6Address("fd00:64::53")!])
        guard case .network(let ipv4) = named.ipv4 else { return #expect(Bool(false), "\(named.ipv4)") }
        #expect(ipv4.resolver == nil)
        let elsewhere = box { $0.listening = [SocketAddress("[::]:5353", defaultPort: 53)!] }
        let refusal = try refusal(elsewhere, "lan")
        #expect(refusal.message.contains("port 53"))
        #expect(refusal.advice == ["it listens on [::]:5353", "server.listen: [lan]"])
    }

    @Test func linkLocalAddressesServeWhereThereIsNoOther() throws {
        func facts(scope: UInt32) -> BoxFacts {
            box { $0.listening = [SocketAddress(IPAddress("fe80::1")!, port: 53, scope: scope)] }
        }
        #expect(try facts(scope: 3).network(on: "lan").resolvers == [IPv6Address("fe80::1")!])
        #expect(throws: AnnouncementRefusal.self) { try facts(scope: 2).network(on: "lan") }
    }

    @Test func noMoreThanThreeResolvers() throws {
        let network = try box { facts in
            for number in 1...5 { facts.addresses.append(address("lan", 3, "2001:db8:\(number)::1", 64)) }
        }.network(on: "lan")
        #expect(network.prefixes.count == 6)
        #expect(network.resolvers.count == 3)
    }

    @Test func whomWeDoNotAnswerIsSaid() throws {
        let remarks = try box { $0.allowed = IPPrefixSet([IPPrefix("fd00:64::/65")!]) }.network(on: "lan").remarks
        #expect(remarks == ["dns64d does not answer all of fd00:64::/64, 192.168.64.0/24: add it to server.allow."])
    }

    @Test func whereAnotherHostTranslatesTheRouterIsMentioned() throws {
        let network = try box { $0.translatesHere = false }.network(on: "lan")
        func isSaid(_ program: Announcer) throws -> Bool {
            try program.configuration(for: network).remarks.contains { $0.contains("AdvDefaultLifetime 0") }
        }
        #expect(try isSaid(.radvd) && isSaid(.dnsmasq) && isSaid(.networkd))
        #expect(try !isSaid(.kea) && !isSaid(.iscDHCP))
    }
}

@Suite struct PolicyTests {
    private let own = Pref64.wellKnown
    private let other = (try? Pref64(IPPrefix("2001:db8:64::/96")!))!

    private func network(_ policies: [ClientPolicy], more: [BoxAddress] = []) throws -> AnnouncedNetwork {
        try box {
            $0.policies = policies
            $0.addresses += more
        }.network(on: "lan")
    }

    @Test func theFirstMatchDecides() throws {
        let network = try network([
            ClientPolicy(label: "elsewhere", match: [IPPrefix("fd00:65::/64")!], prefixes: []),
            ClientPolicy(label: "all ours", match: [IPPrefix("fd00::/16")!], prefixes: [other]),
            ClientPolicy(label: "late", match: [IPPrefix("fd00:64::/64")!], prefixes: []),
        ])
        #expect(network.nat64 == .prefixes([other]))
        #expect(network.remarks.isEmpty)
    }

    @Test func aPartOfTheNetworkIsAnException() throws {
        let network = try network([ClientPolicy(label: "printers", match: [IPPrefix("fd00:64::9")!], prefixes: [])])
        #expect(network.nat64 == .prefixes([own]))
        #expect(network.remarks.count == 1 && network.remarks[0].contains("\"printers\""))
    }

    @Test func modeOffAnnouncesNoPrefix() throws {
        let network = try network([ClientPolicy(label: "dual", match: [IPPrefix("fd00:64::/64")!], prefixes: [])])
        #expect(network.nat64 == .off(policy: "dual"))
        #expect(network.remarks.first?.contains("mode: off") == true)
    }

    @Test func prefixesOfOneLinkWithTwoPoliciesAreSaid() throws {
        let network = try network(
            [ClientPolicy(label: "global", match: [IPPrefix("2001:db8:9::/48")!], prefixes: [other])],
            more: [address("lan", 3, "2001:db8:9::1", 64)])
        #expect(network.nat64 == .prefixes([own]))
        #expect(network.remarks.count == 1 && network.remarks[0].contains("2001:db8:9::/64"))
    }
}

@Suite struct IPv4SideTests {
    private func side(_ addresses: (String, Int)...) throws -> AnnouncedNetwork.IPv4Side {
        try box { facts in
            facts.addresses.removeAll { if case .v4 = $0.address { $0.interface == "lan" } else { false } }
            facts.addresses += addresses.map { address("lan", 3, $0.0, $0.1) }
        }.network(on: "lan").ipv4
    }

    private func pool(_ addresses: (String, Int)...) throws -> String {
        let side = try box { facts in
            facts.addresses.removeAll { if case .v4 = $0.address { $0.interface == "lan" } else { false } }
            facts.addresses += addresses.map { address("lan", 3, $0.0, $0.1) }
        }.network(on: "lan").ipv4
        guard case .network(let network) = side else { return "\(side)" }
        return "\(network.pool.lowerBound)-\(network.pool.upperBound)"
    }

    @Test func poolsKeepClearOfOurselves() throws {
        #expect(try pool(("192.168.64.1", 24)) == "192.168.64.100-192.168.64.199")
        #expect(try pool(("192.168.64.150", 24)) == "192.168.64.50-192.168.64.149")
        #expect(try pool(("10.1.2.3", 8)) == "10.0.0.100-10.0.0.199")
        #expect(try pool(("10.0.0.9", 29)) == "10.0.0.10-10.0.0.14")
        #expect(try pool(("10.0.0.12", 29)) == "10.0.0.9-10.0.0.11")
        #expect(try pool(("10.0.0.9", 30)) == "10.0.0.10-10.0.0.10")
        #expect(try pool(("10.0.0.65", 26), ("10.0.0.100", 26)) == "10.0.0.66-10.0.0.99")
        #expect(try pool(("255.255.255.254", 1)) == "128.0.0.100-128.0.0.199")
    }

    @Test(arguments: [31, 32])
    func linksForTwoHaveNoRoom(_ length: Int) throws {
        #expect(try side(("10.0.0.8", length)) == .full(IPPrefix("10.0.0.8/\(length)")!))
    }

    @Test func addressesThatHostsMakeUpDoNotCount() throws {
        #expect(try side() == .none)
        #expect(try side(("169.254.1.2", 16)) == .none)
        #expect(try side(("0.0.0.0", 0)) == .full(IPPrefix("0.0.0.0/0")!))
    }

    @Test func aNetworkFullOfOurselves() throws {
        #expect(try side(("10.0.0.9", 30), ("10.0.0.10", 30)) == .full(IPPrefix("10.0.0.8/30")!))
    }
}

@Suite struct VersionTests {
    @Test(
        arguments: [
            ("Version: 2.19\n\nCompiled in settings:\n", "2.19"),
            ("Dnsmasq version 2.90  Copyright (c) 2000-2024", "2.90"),
            ("isc-dhcpd-4.4.3-P1", nil), ("2.2.0\n", "2.2.0"), ("systemd 252 (252.38-1~deb12u1)\n+PAM", "252"),
            ("Version: 2.20_rc1", "2.20"), ("", nil), ("none", nil), ("99999999999999999999999", nil), ("1..2", "1.2"),
        ] as [(String, String?)])
    func isReadFromWhatProgramsPrint(_ text: String, _ version: String?) {
        #expect(ProgramVersion(printed: text)?.description == version)
    }

    @Test func areOrderedByNumbers() {
        #expect(ProgramVersion(2, 19) < ProgramVersion(2, 20))
        #expect(ProgramVersion(2, 9) < ProgramVersion(2, 20))
        #expect(!(ProgramVersion(2, 20, 0) < ProgramVersion(2, 20)))
        #expect(ProgramVersion(2) < ProgramVersion(2, 0, 1))
        #expect(InstalledProgram.unknown.isAtLeast(ProgramVersion(99)))
        #expect(!InstalledProgram.version(ProgramVersion(2, 19)).isAtLeast(Radvd.pref64))
    }
}
