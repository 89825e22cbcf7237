// What the host has for its own programs, and what keeps a kernel translator from it.

import NAT64Backend
import NetAddress
import Testing

@testable import HostNetwork

@Suite(.serialized, .namespaces) struct HostPortsTests {
    let namespace: NetworkNamespace

    init() throws { namespace = try NetworkNamespace() }

    @Test(arguments: Entrance.allCases) func portsAndAddressesAreTheHostsOwn(_ entrance: Entrance) async throws {
        try namespace.shell(
            """
            echo '9148-9150,8080,9151' > /proc/sys/net/ipv4/ip_local_reserved_ports
            echo '20000 30000' > /proc/sys/net/ipv4/ip_local_port_range
            ip addr add 203.0.113.7/24 dev peer0; ip addr add 169.254.7.7/16 dev peer0 scope link
            """)
        let host = namespace.hostNetwork(by: entrance)
        var expected = HostPorts(
            localRange: 20000...30000, reserved: [8080...8080, 9148...9151],
            addresses: [IPv4Address(203, 0, 113, 7), IPv4Address(192, 0, 2, 1)])
        var ports = try await host.ports()
        #expect(Set(ports.addresses) == Set(expected.addresses))
        expected.addresses = ports.addresses
        #expect(ports == expected)
        try namespace.shell("ip route add default via 192.0.2.9")
        try await host.apply(.whole)
        ports = try await host.ports()
        #expect(ports.primary == IPv4Address(192, 0, 2, 1))
        // Without ours.
        #expect(ports.addresses == expected.addresses)
        #expect(ports.reserved == [8080...8080, 9148...9151, 40000...49999])
        // Even if packets would leave with one of them.
        try namespace.shell("ip route change default via 192.0.2.9 src 192.0.2.16")
        #expect(try await host.ports().primary == IPv4Address(192, 0, 2, 1))
        try await host.undo()
    }

    @Test func settingsAreReadWhereTheyAre() throws {
        try namespace.shell("echo '20000 30000' > /proc/sys/net/ipv4/ip_local_port_range")
        try namespace.shell("echo 1 > /proc/sys/net/ipv4/ip_forward; echo 0 > /proc/sys/net/ipv6/conf/all/forwarding")
        #expect(
            HostSettings.read(namespace: namespace.name)
                == HostSettings(forwarding4: true, forwarding6: false, localPorts: 20000...30000))
        #expect(HostSettings.read(namespace: nil).localPorts != nil)
        #expect(HostSettings.read(namespace: nil).localPorts != 20000...30000)
    }
}

@Suite struct KernelObstacleTests {
    private func machine() -> PaperMachine {
        var machine = PaperMachine()
        machine.programs = ["ip"]
        machine.inaccessible = ["/dev/net/tun"]
        machine.files = [
            "/proc/thread-self/status": "Uid:\t0\nCapEff:\t000001ffffffffff\nCapAmb:\t0\n",
            "/proc/sys/net/ipv6/conf/all/disable_ipv6": "0\n", "/proc/sys/net/ipv4/ip_forward": "0\n",
            "/proc/sys/net/ipv6/conf/all/forwarding": "0\n", "/proc/sys/net/ipv4/ip_local_reserved_ports": "80\n",
        ]
        return machine
    }

    private func obstacles(_ machine: PaperMachine) async -> [Obstacle] {
        await HostNetwork(stateFile: "/nowhere", machine: machine).obstacles(
            forKernelTranslator: .reserving(80...90))
    }

    @Test func neitherDeviceNorNftablesIsNeeded() async { #expect(await obstacles(machine()) == []) }

    @Test func eachThingThatIsMissingIsNamed() async {
        var machine = machine()
        machine.programs = []
        #expect(await obstacles(machine).map(\.remedy) == ["apt-get install iproute2"])
        machine.programs = ["ip"]
        machine.inaccessible = ["/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv4/ip_local_reserved_ports"]
        #expect(
            await obstacles(machine).map(\.missing) == [
                "net.ipv4.ip_forward is off, and dns64d may not switch it on",
                "net.ipv4.ip_local_reserved_ports lacks 81-90, and dns64d may not add it",
            ])
        machine.inaccessible = []
        machine.files["/proc/sys/net/ipv6/conf/all/disable_ipv6"] = "1"
        #expect(await obstacles(machine).map(\.remedy) == ["sysctl -w net.ipv6.conf.all.disable_ipv6=0"])
        machine.files["/proc/thread-self/status"] = "Uid:\t7\nCapEff:\t0\nCapAmb:\t0\n"
        #expect(await obstacles(machine).first == .capability)
    }
}
