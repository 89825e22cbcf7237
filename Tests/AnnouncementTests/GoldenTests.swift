// The settings of each program, word by word, where they differ from conf/announce.

import NetAddress
import Testing

@testable import Announcement

private func lines(
    _ program: Announcer, with partner: Announcer? = nil, _ network: AnnouncedNetwork,
    _ installed: InstalledProgram = .unknown, file: Int = 0
) throws -> [String] {
    let files = try program.configuration(for: network, with: partner, installed: installed).files
    return settings(try #require(files.indices.contains(file) ? files[file] : nil).text)
}

@Suite struct RadvdTests {
    @Test func twoPrefixesOfEachKind() throws {
        #expect(
            try lines(.radvd, with: .kea, .double) == [
                "interface br-lan.64 {", "AdvSendAdvert on;", "AdvManagedFlag off;", "AdvOtherConfigFlag on;",
                "MaxRtrAdvInterval 600;", "AdvDefaultLifetime 1800;", "prefix fd00:64::/64 {", "AdvOnLink on;",
                "AdvAutonomous on;", "};", "prefix 2001:db8:1:64::/64 {", "AdvOnLink on;", "AdvAutonomous on;", "};",
                "RDNSS fd00:64::1 2001:db8:1:64::53 {", "AdvRDNSSLifetime 1800;", "};",
                "nat64prefix 2001:db8:64::/64 {", "AdvValidLifetime 1800;", "};", "nat64prefix 2001:db8:32::/48 {",
                "AdvValidLifetime 1800;", "};", "};",
            ])
    }

    @Test func anOldRadvdIsSparedWhatItRefuses() throws {
        let old = try Announcer.radvd.configuration(for: .sample, installed: .version(ProgramVersion(2, 19)))
        #expect(!settings(old.files[0].text).contains { $0.contains("nat64prefix") })
        #expect(
            old.files[0].text.contains("    # nat64prefix 64:ff9b::/96 {\n    #     AdvValidLifetime 1800;\n    # };\n")
        )
        #expect(old.remarks.contains { $0.hasPrefix("radvd 2.19 is installed here; PREF64 needs 2.20") })
        let new = try Announcer.radvd.configuration(for: .sample, installed: .version(ProgramVersion(2, 20)))
        #expect(new.files == (try Announcer.radvd.configuration(for: .sample)).files)
    }

    @Test func aPolicysNameStaysInItsComment() throws {
        let text = try Announcer.radvd.configuration(for: .off).files[0].text
        let comment = text.split(separator: "\n").drop { !$0.contains("No PREF64") }.dropLast()
        #expect(comment.allSatisfy { $0.hasPrefix("    # ") }, "\(text)")
        #expect(comment.joined().replacing("    #", with: "").contains("policy \"dual stack }; ?[31m ?\" synthesizes"))
    }

    @Test(arguments: ["prefix", "on", "64", "1.5", "AdvSendAdvert"])
    func wordsOfItsLanguageAreNoNames(_ name: String) throws {
        let network = AnnouncedNetwork.sample.changed { $0.interface = InterfaceName(name)! }
        #expect(throws: AnnouncementRefusal.self) { try Announcer.radvd.configuration(for: network) }
    }
}

@Suite struct DnsmasqTests {
    @Test func twoPrefixesAndNoResolverInIPv4() throws {
        #expect(
            try lines(.dnsmasq, .double) == [
                "port=0", "interface=br-lan.64", "bind-dynamic", "enable-ra",
                "dhcp-range=::,constructor:br-lan.64,ra-stateless,64,1h", "ra-param=br-lan.64,600,1800",
                "dhcp-option=option6:dns-server,[fd00:64::1],[2001:db8:1:64::53]",
                "dhcp-range=10.0.0.10,10.0.0.14,255.255.255.248,1h", "dhcp-option=option:router,10.0.0.9",
                "dhcp-option=option:ipv6-only,1800",
            ])
    }

    @Test func withoutIPv4AndBesideRadvd() throws {
        #expect(
            try lines(.dnsmasq, with: .radvd, .ipv6Only) == [
                "port=0", "interface=lan", "bind-dynamic", "dhcp-range=::,static",
                "dhcp-option=option6:dns-server,[fd00:64::1]",
            ])
    }

    @Test func anOldOneKnowsOption108ByItsNumber() throws {
        let old = try lines(.dnsmasq, .sample, .version(ProgramVersion(2, 86)))
        #expect(old.last == "dhcp-option=108,1800i")
        #expect(
            try lines(.dnsmasq, .sample, .version(ProgramVersion(2, 87))).last == "dhcp-option=option:ipv6-only,1800")
    }

    @Test func itSaysThatItCannotAnnouncePref64() throws {
        #expect(
            try Announcer.dnsmasq.configuration(for: .sample).remarks.contains { $0.contains("can't announce PREF64") })
    }
}

@Suite struct ISCDHCPTests {
    @Test func twoPrefixes() throws {
        #expect(
            try lines(.iscDHCP, .double) == [
                "option dhcp6.name-servers fd00:64::1, 2001:db8:1:64::53;", "option dhcp6.info-refresh-time 3600;",
                "subnet6 fd00:64::/64 {", "}", "subnet6 2001:db8:1:64::/64 {", "}",
            ])
        #expect(
            try lines(.iscDHCP, .double, file: 1) == [
                "option v6-only-preferred code 108 = unsigned integer 32;", "authoritative;",
                "default-lease-time 3600;", "max-lease-time 7200;", "subnet 10.0.0.8 netmask 255.255.255.248 {",
                "range 10.0.0.10 10.0.0.14;", "option routers 10.0.0.9;", "option v6-only-preferred 1800;", "}",
            ])
    }

    @Test func withoutIPv4ThereIsOneFileAndAWordAboutIt() throws {
        let configuration = try Announcer.iscDHCP.configuration(for: .ipv6Only)
        #expect(configuration.files.map(\.path) == ["/etc/dhcp/dhcpd6.conf"])
        #expect(configuration.remarks.contains { $0.contains("ip address add 192.168.64.1/24 dev lan") })
        #expect(configuration.remarks.contains("In /etc/default/isc-dhcp-server: INTERFACESv6 = \"lan\"."))
    }

    @Test func radvdIsNamedWithTheFlagForDHCPv6() throws {
        let remarks = try Announcer.iscDHCP.configuration(for: .sample).remarks
        #expect(remarks.contains { $0.hasSuffix("dns64ctl announce radvd --with isc-dhcp --interface lan") })
    }
}

@Suite struct KeaTests {
    @Test func twoPrefixes() throws {
        let six = try lines(.kea, .double).joined()
        #expect(six.contains(#"{ "name": "dns-servers", "data": "fd00:64::1, 2001:db8:1:64::53" },"#))
        #expect(
            six.contains(
                #"{ "id": 1, "subnet": "fd00:64::/64", "interface": "br-lan.64" },"#
                    + #"{ "id": 2, "subnet": "2001:db8:1:64::/64", "interface": "br-lan.64" }]"#))
        let four = try lines(.kea, .double, file: 1).joined()
        #expect(
            four.contains(
                #""option-data": [{ "name": "routers", "data": "10.0.0.9" },{ "name": "v6-only-preferred", "data": "1800" }]"#
            ))
    }

    @Test func withoutTranslationAndAnOldOne() throws {
        #expect(try lines(.kea, .off, file: 1).joined().contains(#""data": "192.168.64.1" }]"#))
        let old = try Announcer.kea.configuration(for: .sample, installed: .version(ProgramVersion(1, 8)))
        #expect(!settings(old.files[1].text).joined().contains("v6-only"))
        #expect(old.files[1].text.contains("No option 108: the Kea here is older than 1.9.0."))
    }
}

@Suite struct NetworkdTests {
    /// The keys that systemd.network(5) has, and the version that brought each; 0: before 247.
    private static let keys: [String: [String: Int]] = [
        "[Network]": ["IPv6SendRA": 247, "DHCPServer": 0],
        "[IPv6SendRA]": [
            "Managed": 0, "OtherInformation": 0, "RouterLifetimeSec": 0, "EmitDNS": 0, "DNS": 0, "DNSLifetimeSec": 0,
        ],
        "[IPv6Prefix]": ["Prefix": 0], "[IPv6PREF64Prefix]": ["Prefix": 255, "LifetimeSec": 255],
        "[DHCPServer]": [
            "PoolOffset": 0, "PoolSize": 0, "EmitDNS": 0, "DNS": 0, "IPv6OnlyPreferredSec": 255,
        ],
    ]

    @Test(arguments: Case.all.filter { $0.program == .networkd })
    func everyKeyIsKnown(_ one: Case) throws {
        var section = ""
        for line in settings(try one.configuration().files[0].text) {
            if line.hasPrefix("[") {
                section = line
                #expect(Self.keys[section] != nil, "\(line)")
                continue
            }
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            let version = try #require(Self.keys[section]?[parts[0]], "\(section) \(line)")
            #expect(parts.count == 2 && !parts[1].isEmpty)
            if case .version = one.installed { #expect(version < 255, "\(section) \(line)") }
        }
    }

    @Test func twoPrefixesOfEachKind() throws {
        #expect(
            try lines(.networkd, .double) == [
                "[Network]", "IPv6SendRA=yes", "DHCPServer=yes", "[IPv6SendRA]", "Managed=no", "OtherInformation=no",
                "RouterLifetimeSec=1800", "EmitDNS=yes", "DNS=fd00:64::1 2001:db8:1:64::53", "DNSLifetimeSec=1800",
                "[IPv6Prefix]", "Prefix=fd00:64::/64", "[IPv6Prefix]", "Prefix=2001:db8:1:64::/64",
                "[IPv6PREF64Prefix]", "Prefix=2001:db8:64::/64", "LifetimeSec=1800", "[IPv6PREF64Prefix]",
                "Prefix=2001:db8:32::/48", "LifetimeSec=1800", "[DHCPServer]", "PoolOffset=2", "PoolSize=5",
                "EmitDNS=no", "IPv6OnlyPreferredSec=1800",
            ])
    }

    @Test func besideKeaItSendsAdvertisementsAlone() throws {
        let found = try lines(.networkd, with: .kea, .sample)
        #expect(found.contains("OtherInformation=yes"))
        #expect(!found.contains { $0.contains("DHCPServer") })
    }

    @Test func besideRadvdItAnswersDHCPv4Alone() throws {
        #expect(
            try lines(.networkd, with: .radvd, .sample) == [
                "[Network]", "DHCPServer=yes", "[DHCPServer]", "PoolOffset=100", "PoolSize=100", "EmitDNS=yes",
                "DNS=192.168.64.1", "IPv6OnlyPreferredSec=1800",
            ])
        #expect(throws: AnnouncementRefusal.self) {
            try Announcer.networkd.configuration(for: .ipv6Only, with: .radvd)
        }
    }

    @Test(
        arguments: [
            ("10-lan.network", "10-lan.network.d"), (nil, "50-lan.network.d"), ("x/../y.network", "50-lan.network.d"),
            ("a\nb.network", "50-lan.network.d"), (".network", "50-lan.network.d"), ("lan.conf", "50-lan.network.d"),
        ] as [(String?, String)])
    func theDropInIsNamedAfterItsFile(_ file: String?, _ folder: String) throws {
        let configuration = try Announcer.networkd.configuration(for: .sample, networkFile: file)
        #expect(configuration.files[0].path == "/etc/systemd/network/\(folder)/90-dns64.conf")
    }
}
