// What is in the way on a real kernel, and what is said of it.

import NAT64Backend
import NetAddress
import Testing

@testable import HostNetwork

@Suite(.serialized, .namespaces) struct ConflictTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var lines: [String]
        var request = HostRequest.sharing
        var message: String
        var remedy: String?
        var testDescription: String { lines.joined(separator: "; ") }
    }

    private static let cases = [
        Case(
            lines: ["ip tuntap add dev nat64-old mode tun", "ip link set nat64-old up"]
                + ["ip -6 route add 64:ff9b::/96 dev nat64-old"],
            message: "there is a route already: 64:ff9b::/96 dev nat64-old",
            remedy: "ip -6 route del 64:ff9b::/96 dev nat64-old"),
        Case(
            lines: ["ip -6 route add 64:ff9b::808:0/112 via 2001:db8::2"],
            message:
                "there is a route already: 64:ff9b::808:0/112 via 2001:db8::2 dev eth0, which is a part of 64:ff9b::/96",
            remedy: "ip -6 route del 64:ff9b::808:0/112 via 2001:db8::2 dev eth0"),
        Case(
            lines: ["ip -6 addr add 64:ff9b::1/128 dev eth0"],
            message: "64:ff9b::/96 holds an address of this host: 64:ff9b::1 on eth0"),
        Case(
            lines: ["ip addr add 192.0.0.1/29 dev eth0"],
            message: "the inner address 192.0.0.2 lies on the network of eth0, which has 192.0.0.1/29"),
        Case(
            lines: ["ip route add 192.0.0.2 via 192.0.2.9"],
            message: "there is a route already: 192.0.0.2/32 via 192.0.2.9 dev eth0",
            remedy: "ip route del 192.0.0.2/32 via 192.0.2.9 dev eth0"),
        Case(
            lines: ["nft add table ip dns64d-nat64"],
            message: "there is an nftables table ip dns64d-nat64 already that dns64d knows nothing of",
            remedy: "nft delete table ip dns64d-nat64"),
        Case(
            lines: ["ip -6 addr add fd01:2:3:64::9/64 dev eth0"],
            message: "the device's network fd01:2:3:64::/64 is taken: eth0 has fd01:2:3:64::9/64"),
        Case(
            lines: ["ip addr add 192.0.2.18/24 dev eth0"], request: .routed,
            message: "pool4 192.0.2.16/29 holds an address of this host: 192.0.2.18 on eth0",
            remedy: "an empty pool4 shares this host's address; or name an address that is nobody's"),
        Case(
            lines: ["ip route add default via 192.0.2.20"], request: .routed,
            message: "pool4 192.0.2.16/29 holds 192.0.2.20, which is a gateway of this host"),
        Case(
            lines: ["ip route add blackhole 198.51.100.0/24"], request: .routed,
            message: "there is a route already: blackhole 198.51.100.0/24"),
        Case(
            lines: ["ip addr add 10.9.9.9/32 dev nat64"],
            message: "the device nat64 has an address that dns64d did not give it: 10.9.9.9/32",
            remedy: "set nat64.tun.device to another name"),
    ]

    let namespace: NetworkNamespace

    init() throws {
        namespace = try NetworkNamespace()
        try namespace.addDevice()
    }

    @Test(arguments: cases) func isNamedAndNothingIsDone(_ example: Case) async throws {
        for line in example.lines { try namespace.shell(line) }
        let before = try namespace.picture()
        let host = namespace.hostNetwork()
        let failure = await #expect(throws: BackendFailure.self) { try await host.apply(example.request) }
        #expect(failure?.kind == .conflict)
        #expect(failure?.message == example.message)
        if let remedy = example.remedy { #expect(failure?.remedy == remedy) }
        let differences = try namespace.picture().differences(from: before)
        #expect(differences == [])
    }

    @Test func theRemedyOfARouteMendsIt() async throws {
        for line in Self.cases[1].lines { try namespace.shell(line) }
        let host = namespace.hostNetwork()
        let failure = await #expect(throws: BackendFailure.self) { try await host.apply(.sharing) }
        try namespace.shell(try #require(failure?.remedy))
        try await host.apply(.sharing)
        try await host.undo()
    }

    @Test func aDeviceOfAnotherKind() async throws {
        try namespace.removeDevice()
        try namespace.shell("ip link add nat64 type dummy 2>/dev/null || ip link add nat64 type veth peer name nat64p")
        for isOpen in [true, false] {
            let failure = await #expect(throws: BackendFailure.self) {
                try await namespace.hostNetwork().preview(.sharing, deviceIsOpen: isOpen)
            }
            #expect(failure?.kind == .conflict)
            #expect(failure?.message.hasPrefix("there is a device nat64 already, of kind ") == true)
        }
    }

    @Test func aPreviewNeedsNoDevice() async throws {
        try namespace.removeDevice()
        let before = try namespace.picture()
        let plan = try await namespace.hostNetwork().preview(.sharing)
        #expect(
            plan.steps.map(\.command) == [
                "sysctl -w net.ipv6.conf.nat64.addr_gen_mode=1", "sysctl -w net.ipv6.conf.nat64.accept_ra=0",
                "ip link set dev nat64 mtu 1480 up", "ip -6 addr add fd01:2:3:64::1/64 dev nat64 nodad",
                """
                echo 'create table ip dns64d-nat64
                table ip dns64d-nat64 {
                    chain postrouting {
                        type nat hook postrouting priority 100; policy accept;
                        ip saddr 192.0.0.2 oifname != "nat64" masquerade
                    }
                }' | nft -f -
                """,
                "sysctl -w net.ipv6.conf.all.forwarding=1", "sysctl -w net.ipv4.ip_forward=1",
                "ip route add 192.0.0.2/32 dev nat64", "ip -6 route add 64:ff9b::/96 dev nat64",
            ])
        let differences = try namespace.picture().differences(from: before)
        #expect(differences == [])
        await #expect(throws: BackendFailure.self) { try await namespace.hostNetwork().apply(.sharing) }
    }

    /// Typed into a shell, in order, the commands do what `apply` does.
    @Test func theCommandsShownAreTheCommandsDone() async throws {
        let host = namespace.hostNetwork()
        let steps = try await host.preview(.sharing, deviceIsOpen: true).steps
        try await host.apply(.sharing)
        let applied = try namespace.picture()
        try await host.undo()
        for step in steps {
            let words = step.command.split(separator: " ")
            if words[0] == "sysctl" {
                // The program may not be installed; what it does is this.
                let pair = words[2].split(separator: "=")
                try namespace.shell("echo \(pair[1]) > /proc/sys/\(pair[0].replacing(".", with: "/"))")
            } else {
                try namespace.shell(step.command)
            }
        }
        let differences = try namespace.picture().differences(from: applied)
        #expect(differences == [])
    }

    @Test func somebodyElsesDroppingChainIsNamed() async throws {
        try namespace.shell(
            """
            nft 'table inet wall { chain passing { type filter hook forward priority 0; policy drop; }; }'
            nft 'table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }'
            """)
        let host = namespace.hostNetwork()
        let warnings = try await host.apply(.sharing)
        #expect(warnings.count == 2)
        #expect(warnings.contains { $0.contains("nft insert rule inet wall passing iifname nat64 accept") })
        #expect(warnings.contains { $0.contains("iptables -I FORWARD -i nat64 -j ACCEPT") })
        try namespace.shell(
            """
            nft insert rule inet wall passing iifname nat64 accept; nft insert rule inet wall passing oifname nat64 accept
            nft delete table ip filter
            """)
        #expect(try await host.preview(.sharing, deviceIsOpen: true).warnings == [])
        try await host.undo()
        #expect(try namespace.shell("nft list ruleset").contains("policy drop"))
    }

    @Test func addressesAreChosenTheSameAgainAndAvoidWhatIsThere() async throws {
        let host = namespace.hostNetwork()
        let first = try await host.chooseAddresses(device: "nat64")
        #expect(first.inner == IPv4Address(192, 0, 0, 2))
        #expect(first.deviceNetwork.length == 64)
        #expect(IPPrefix("fd00::/8")!.contains(first.deviceNetwork.address))
        var request = HostRequest.sharing
        request.deviceNetwork = first.deviceNetwork
        try await host.apply(request)
        #expect(try await host.chooseAddresses(device: "nat64") == first)
        try await host.undo()
        try namespace.shell("ip route add 192.0.0.0/24 via 192.0.2.9; ip addr add 100.127.0.1/10 dev eth0")
        try namespace.shell("ip -6 route add \(first.deviceNetwork) via 2001:db8::9")
        let second = try await host.chooseAddresses(device: "nat64", avoiding: [IPPrefix("198.19.0.0/16")!])
        #expect(second.inner == IPv4Address(172, 31, 255, 254))
        #expect(second.deviceNetwork != first.deviceNetwork)
    }
}
