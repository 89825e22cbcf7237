// HostNetwork on a real kernel: what it does, and that nothing of it stays.

import Foundation
import NAT64Backend
import NetAddress
import Testing

@testable import HostNetwork

extension HostRequest {
    static let sharing = HostRequest(
        device: "nat64", mtu: 1480, prefixes: [IPPrefix("64:ff9b::/96")!], deviceNetwork: IPPrefix("fd01:2:3:64::/64")!,
        inner: IPv4Address(192, 0, 0, 2))

    static let routed = HostRequest(
        device: "nat64", mtu: 1480, prefixes: [IPPrefix("64:ff9b::/96")!], deviceNetwork: IPPrefix("fd01:2:3:64::/64")!,
        pool4: [IPPrefix("192.0.2.16/29")!, IPPrefix("198.51.100.0/24")!])
}

@Suite(.serialized, .namespaces) struct NamespaceTests {
    let namespace: NetworkNamespace

    init() throws { namespace = try NetworkNamespace() }

    private func forwarding() throws -> [String] {
        try namespace.shell("cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding")
            .split(separator: "\n").map(String.init)
    }

    private func expectAsFound(_ before: Picture, _ location: SourceLocation = #_sourceLocation) throws {
        let differences = try namespace.picture().differences(from: before)
        #expect(differences == [], sourceLocation: location)
    }

    @Test func sharesTheHostsAddressAndLeavesNothing() async throws {
        try namespace.addDevice()
        let before = try namespace.picture()
        let host = namespace.hostNetwork()
        var request = HostRequest.sharing
        request.forwards = [
            PortForward(
                proto: .tcp, public: .init(IPv4Address(192, 0, 2, 1), 8080), inner: .init(IPv4Address(192, 0, 0, 2), 80)
            ),
            PortForward(
                proto: .icmp, public: .init(IPv4Address(192, 0, 2, 1), 77), inner: .init(IPv4Address(192, 0, 0, 2), 77)),
        ]
        #expect(try await host.apply(request) == [])
        #expect(try namespace.shell("ip -6 route show 64:ff9b::/96").contains("dev nat64"))
        #expect(try namespace.shell("ip route show 192.0.0.2").contains("dev nat64"))
        #expect(try namespace.shell("ip -6 addr show dev nat64").contains("fd01:2:3:64::1/64"))
        #expect(!(try namespace.shell("ip -6 addr show dev nat64").contains("fe80")))
        #expect(try namespace.shell("ip link show dev nat64").contains("mtu 1480"))
        let ruleset = try namespace.shell("nft list ruleset")
        #expect(ruleset.contains(#"ip saddr 192.0.0.2 oifname != "nat64" masquerade"#))
        #expect(ruleset.contains("ip daddr 192.0.2.1 tcp dport 8080 dnat to 192.0.0.2:80"))
        #expect(ruleset.contains("dnat to 192.0.0.2"))
        #expect(try forwarding() == ["1", "1"])
        #expect(try await host.preview(request, deviceIsOpen: true).steps == [])
        try await host.undo()
        try expectAsFound(before)
        #expect(!FileManager.default.fileExists(atPath: namespace.stateFile))
        #expect(try await host.recover() == [])
    }

    @Test func routesPublicAddressesAndAnswersForThem() async throws {
        try namespace.addDevice()
        let before = try namespace.picture()
        let host = namespace.hostNetwork()
        try await host.apply(.routed)
        #expect(try namespace.shell("ip route show 192.0.2.16/29").contains("dev nat64"))
        let proxies = try namespace.shell("ip neigh show proxy").split(separator: "\n")
        #expect(proxies.count == 8)
        #expect(proxies.contains { $0.hasPrefix("192.0.2.23 dev eth0") })
        #expect(try namespace.shell("nft list ruleset") == "")
        try await host.undo()
        try expectAsFound(before)
    }

    @Test func nothingIsDoneTwiceOrToOthers() async throws {
        try namespace.addDevice()
        try namespace.shell("echo 1 > /proc/sys/net/ipv4/ip_forward; ip neigh add proxy 192.0.2.17 dev eth0")
        try namespace.shell("nft add table ip somebody")
        let before = try namespace.picture()
        let host = namespace.hostNetwork()
        try await host.apply(.routed)
        try await host.undo()
        try expectAsFound(before)
    }

    @Test func forwardingOfSingleInterfacesComesBack() async throws {
        try namespace.addDevice()
        try namespace.shell(
            """
            echo 1 > /proc/sys/net/ipv4/conf/eth0/forwarding; echo 1 > /proc/sys/net/ipv6/conf/peer0/forwarding
            echo 0 > /proc/sys/net/ipv4/conf/all/accept_redirects
            """)
        let before = try namespace.picture()
        let host = namespace.hostNetwork()
        try await host.apply(.sharing)
        try await host.undo()
        try expectAsFound(before)
    }

    @Test func settingsThatSomebodyChangedSinceStay() async throws {
        try namespace.addDevice()
        let host = namespace.hostNetwork()
        try await host.apply(.sharing)
        try namespace.shell("echo 0 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv4/conf/eth0/forwarding")
        try await host.undo()
        #expect(try namespace.shell("cat /proc/sys/net/ipv4/conf/eth0/forwarding") == "1\n")
        #expect(try forwarding() == ["0", "0"])
    }

    @Test func routerAdvertisementsAreHeardFurtherOn() async throws {
        try namespace.addDevice()
        try namespace.shell("ip -6 route add default via 2001:db8::2 dev eth0 proto ra")
        let before = try namespace.picture()
        let host = namespace.hostNetwork()
        let plan = try await host.preview(.sharing, deviceIsOpen: true)
        let commands = plan.steps.map(\.command)
        let acceptance = try #require(commands.firstIndex(of: "sysctl -w net.ipv6.conf.eth0.accept_ra=2"))
        let forwarding = try #require(commands.firstIndex(of: "sysctl -w net.ipv6.conf.all.forwarding=1"))
        #expect(acceptance < forwarding)
        try await host.apply(.sharing)
        #expect(try namespace.shell("cat /proc/sys/net/ipv6/conf/eth0/accept_ra") == "2\n")
        #expect(try namespace.shell("ip -6 route show default").contains("2001:db8::2"))
        try await host.undo()
        try expectAsFound(before)
    }

    @Test func aNewRequestChangesTheDifferenceOnly() async throws {
        try namespace.addDevice()
        let before = try namespace.picture()
        let host = namespace.hostNetwork()
        try await host.apply(.sharing)
        var request = HostRequest.sharing
        request.prefixes.append(IPPrefix("2001:db8:64::/96")!)
        let plan = try await host.preview(request, deviceIsOpen: true)
        #expect(plan.steps.map(\.command) == ["ip -6 route add 2001:db8:64::/96 dev nat64"])
        try await host.apply(request)
        request.prefixes.removeFirst()
        request.mtu = 1400
        request.forwards = [
            PortForward(
                proto: .udp, public: .init(IPv4Address(192, 0, 2, 1), 53), inner: .init(IPv4Address(192, 0, 0, 2), 5353)
            )
        ]
        try await host.apply(request)
        #expect(try namespace.shell("ip -6 route show 64:ff9b::/96") == "")
        #expect(try namespace.shell("ip link show dev nat64").contains("mtu 1400"))
        #expect(try namespace.shell("nft list ruleset").components(separatedBy: "masquerade").count == 2)
        #expect(try namespace.shell("nft list ruleset").contains("udp dport 53 dnat to 192.0.0.2:5353"))
        try await host.apply(.routed)
        #expect(try namespace.shell("nft list ruleset") == "")
        try await host.undo()
        try expectAsFound(before)
    }

    @Test func whatSomebodyUndidIsDoneAgain() async throws {
        try namespace.addDevice()
        let before = try namespace.picture()
        let host = namespace.hostNetwork()
        try await host.apply(.sharing)
        try namespace.shell("nft flush ruleset; ip link set nat64 down")
        let steps = try await host.preview(.sharing, deviceIsOpen: true).steps.map(\.command)
        #expect(steps.contains { $0.contains("masquerade") })
        #expect(steps.contains("ip -6 route add 64:ff9b::/96 dev nat64"))
        #expect(!steps.contains { $0.hasPrefix("sysctl") })
        try await host.apply(.sharing)
        #expect(try await host.preview(.sharing, deviceIsOpen: true).steps == [])
        try await host.undo()
        try expectAsFound(before)
    }
}
