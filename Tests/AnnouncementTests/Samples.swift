// Networks that the tests announce.

import NetAddress
import Testing

@testable import Announcement

extension AnnouncedNetwork {
    /// The network of the documentation and of conf/announce.
    static let sample = AnnouncedNetwork(
        interface: InterfaceName("lan")!, prefixes: [IPPrefix("fd00:64::/64")!],
        resolvers: [IPv6Address("fd00:64::1")!],
        ipv4: .network(
            IPv4Network(
                prefix: IPPrefix("192.168.64.0/24")!, router: IPv4Address("192.168.64.1")!,
                resolver: IPv4Address("192.168.64.1")!,
                pool: IPv4Address("192.168.64.100")!...IPv4Address("192.168.64.199")!)),
        nat64: .prefixes([.wellKnown]))

    /// Two prefixes of the link, two resolvers, two NAT64 prefixes, a small IPv4 network without a resolver.
    static let double = AnnouncedNetwork(
        interface: InterfaceName("br-lan.64")!,
        prefixes: [IPPrefix("fd00:64::/64")!, IPPrefix("2001:db8:1:64::/64")!],
        resolvers: [IPv6Address("fd00:64::1")!, IPv6Address("2001:db8:1:64::53")!],
        ipv4: .network(
            IPv4Network(
                prefix: IPPrefix("10.0.0.8/29")!, router: IPv4Address("10.0.0.9")!, resolver: nil,
                pool: IPv4Address("10.0.0.10")!...IPv4Address("10.0.0.14")!)),
        nat64: .prefixes([(try? Pref64(IPPrefix("2001:db8:64::/64")!))!, (try? Pref64(IPPrefix("2001:db8:32::/48")!))!])
    )

    /// Without IPv4.
    static var ipv6Only: AnnouncedNetwork { AnnouncedNetwork.sample.changed { $0.ipv4 = .none } }

    /// Nothing is synthesized; the policy's name means harm.
    static var off: AnnouncedNetwork {
        sample.changed { $0.nat64 = .off(policy: "dual\nstack }; \u{1b}[31m \\") }
    }

    static var uplink: AnnouncedNetwork { sample.changed { $0.ipv4 = .uplink } }

    static let all: [(name: String, network: AnnouncedNetwork)] = [
        ("sample", .sample), ("double", .double), ("ipv6Only", .ipv6Only), ("off", .off), ("uplink", .uplink),
    ]

    func changed(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }
}

/// A program, beside another or by itself, on a network, as the version that is installed.
struct Case: CustomTestStringConvertible, Sendable {
    var program: Announcer
    var partner: Announcer?
    var name: String
    var network: AnnouncedNetwork
    var installed: InstalledProgram

    var testDescription: String {
        "\(program.rawValue) with \(partner?.rawValue ?? "nobody"), \(name), \(installed)"
    }

    func configuration() throws -> ProgramConfiguration {
        try program.configuration(for: network, with: partner, installed: installed)
    }

    /// Every network with every pair that share the work; old versions and new ones.
    static let all: [Case] = Announcer.allCases.flatMap { program in
        ([nil] + Announcer.allCases.map(Optional.some)).flatMap { partner in
            AnnouncedNetwork.all.flatMap { name, network in
                [InstalledProgram.unknown, .missing, .version(ProgramVersion(1, 0))].compactMap { installed in
                    let one = Case(
                        program: program, partner: partner, name: name, network: network, installed: installed)
                    return (try? one.configuration()) == nil ? nil : one
                }
            }
        }
    }
}
