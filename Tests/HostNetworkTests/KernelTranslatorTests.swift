// The host of a translator in the kernel, on a real kernel: what is done to it, and that nothing of it stays.

import Foundation
import NAT64Backend
import NetAddress
import Testing

@testable import HostNetwork

extension KernelTranslatorRequest {
    /// Ports of the host's own address, addresses on its network, a prefix that is routed to it.
    static let whole = KernelTranslatorRequest(
        name: "jool-test", prefixes: [IPPrefix("64:ff9b::/96")!],
        pool4: [IPPrefix("192.0.2.1/32")!, IPPrefix("192.0.2.16/31")!, IPPrefix("198.51.100.0/24")!],
        reservedPorts: [40000...49999])

    static func reserving(_ ports: ClosedRange<UInt16>...) -> KernelTranslatorRequest {
        KernelTranslatorRequest(name: "jool-test", prefixes: [IPPrefix("64:ff9b::/96")!], reservedPorts: ports)
    }
}

/// The same with a machine of the test's, which has no namespace to show, and with the namespace by its name.
enum Entrance: CaseIterable { case machine, name }

extension NetworkNamespace {
    func hostNetwork(by entrance: Entrance) -> HostNetwork {
        switch entrance {
        case .machine: hostNetwork()
        case .name: HostNetwork(stateFile: stateFile, namespace: name)
        }
    }

    func reserve(_ list: String) throws { try shell("echo '\(list)' > /proc/sys/net/ipv4/ip_local_reserved_ports") }

    func reserved() throws -> String {
        try shell("cat /proc/sys/net/ipv4/ip_local_reserved_ports").trimmingCharacters(in: .newlines)
    }
}

@Suite(.serialized, .namespaces) struct KernelTranslatorTests {
    let namespace: NetworkNamespace

    init() throws { namespace = try NetworkNamespace() }

    private func expectAsFound(_ before: Picture, _ location: SourceLocation = #_sourceLocation) throws {
        let differences = try namespace.picture().differences(from: before)
        #expect(differences == [], sourceLocation: location)
        #expect(!FileManager.default.fileExists(atPath: namespace.stateFile), sourceLocation: location)
    }

    private static let commands = [
        "sysctl -w net.ipv4.ip_local_reserved_ports=8080,40000-49999", "ip addr add 192.0.2.16/32 dev eth0",
        "ip addr add 192.0.2.17/32 dev eth0", "ip route add blackhole 198.51.100.0/24",
        "sysctl -w net.ipv6.conf.all.forwarding=1", "sysctl -w net.ipv4.ip_forward=1",
    ]

    @Test(arguments: Entrance.allCases) func isDoneAsShownAndLeavesNothing(_ entrance: Entrance) async throws {
        try namespace.reserve("8080")
        let before = try namespace.picture()
        let host = namespace.hostNetwork(by: entrance)
        let plan = try await host.preview(.whole)
        let prefix = entrance == .name ? "nsenter --net=/run/netns/\(namespace.name) -- " : ""
        #expect(plan.steps.map(\.command) == Self.commands.map { prefix + $0 })
        #expect(plan.steps[1].reason == "neighbours on eth0 find the address")
        #expect(plan.steps[3].reason == "packets that no session wants do not circle")
        #expect(plan.warnings == [])
        try expectAsFound(before)
        #expect(try await host.apply(.whole) == [])
        #expect(try await host.preview(.whole).steps == [])
        #expect(try namespace.reserved() == "8080,40000-49999")
        #expect(try namespace.shell("ip -4 -o addr show dev eth0").contains("192.0.2.17/32"))
        #expect(try namespace.shell("ip route show type blackhole").contains("198.51.100.0/24"))
        #expect(
            try namespace.shell("cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding") == "1\n1\n")
        try await host.undo()
        try expectAsFound(before)
        #expect(try await host.recover() == [])
    }

    /// Typed into a shell outside of the namespace, in order, the commands do what `apply` does.
    @Test func theCommandsShownAreTheCommandsDone() async throws {
        let host = namespace.hostNetwork(by: .name)
        let steps = try await host.preview(.whole).steps
        try await host.apply(.whole)
        let applied = try namespace.picture()
        try await host.undo()
        for step in steps {
            let result = await Programs.run(
                program: "sh", arguments: ["-c", step.command], namespace: nil, timeLimit: .seconds(10),
                outputLimit: 4096)
            #expect(result.termination == .exited(0), "\(step.command): \(result.words)")
        }
        let differences = try namespace.picture().differences(from: applied)
        #expect(differences == [])
    }

    @Test func recoveryTellsWhatItUndid() async throws {
        try namespace.reserve("8080")
        try await namespace.hostNetwork().apply(.whole)
        #expect(
            try await namespace.hostNetwork().recover() == [
                "sysctl -w net.ipv4.ip_forward=0", "sysctl -w net.ipv6.conf.all.forwarding=0",
                "ip route del blackhole 198.51.100.0/24", "ip addr del 192.0.2.17/32 dev eth0",
                "ip addr del 192.0.2.16/32 dev eth0", "sysctl -w net.ipv4.ip_local_reserved_ports=8080",
            ])
    }

    @Test func theListOfPortsIsEverybodys() async throws {
        try namespace.reserve("8080,45000-45010")
        let host = namespace.hostNetwork()
        try await host.apply(.reserving(40000...49999))
        #expect(try namespace.reserved() == "8080,40000-49999")
        // Somebody adds one, and takes one away.
        try namespace.reserve("9148,40000-49999")
        #expect(try await host.preview(.reserving(40000...49999)).steps == [])
        let plan = try await host.preview(.reserving(41000...50000))
        #expect(
            plan.steps.map(\.command) == ["sysctl -w net.ipv4.ip_local_reserved_ports=9148,41000-50000"])
        try await host.apply(.reserving(41000...50000))
        #expect(try namespace.reserved() == "9148,41000-45010,45011-50000".replacing("45010,45011-", with: ""))
        try await host.undo()
        #expect(try namespace.reserved() == "9148,45000-45010")
    }

    @Test func portsThatAreReservedAlreadyAreLeftAlone() async throws {
        try namespace.reserve("30000-60000")
        let before = try namespace.picture()
        let host = namespace.hostNetwork()
        #expect(!(try await host.preview(.whole).steps.contains { $0.command.contains("reserved") }))
        try await host.apply(.reserving(40000...49999))
        try await host.undo()
        #expect(try namespace.reserved() == "30000-60000")
        try expectAsFound(before)
    }

    @Test func aListOfManyPortsIsReadAndWrittenWhole() async throws {
        // Longer than a page, at which the kernel cuts both.
        let odd = (5000..<9000).filter { $0 % 2 == 1 }.map { "\($0)" }.joined(separator: ",")
        let host = namespace.hostNetwork(by: .name)
        try LocalMachineIn(namespace).write(odd)
        #expect(try namespace.reserved() == odd)
        try await host.apply(.reserving(40000...49999))
        #expect(try namespace.reserved() == odd + ",40000-49999")
        #expect(HostSettings.read(namespace: namespace.name).reserved.count == 2001)
        try await host.undo()
        #expect(try namespace.reserved() == odd)
    }

    @Test func whatSomebodyUndidIsDoneAgain() async throws {
        let before = try namespace.picture()
        let host = namespace.hostNetwork()
        try await host.apply(.whole)
        try namespace.reserve("7000")
        try namespace.shell("ip addr del 192.0.2.16/32 dev eth0; ip route del blackhole 198.51.100.0/24")
        let commands = try await host.preview(.whole).steps.map(\.command)
        #expect(
            commands == [
                "sysctl -w net.ipv4.ip_local_reserved_ports=7000,40000-49999", "ip addr add 192.0.2.16/32 dev eth0",
                "ip route add blackhole 198.51.100.0/24",
            ])
        try await host.apply(.whole)
        #expect(try await host.preview(.whole).steps == [])
        try await host.undo()
        #expect(try namespace.reserved() == "7000")
        try namespace.reserve("")
        try expectAsFound(before)
    }

    @Test func whatOthersUndidIsNoErrorToUndo() async throws {
        let before = try namespace.picture()
        let host = namespace.hostNetwork()
        try await host.apply(.whole)
        try namespace.reserve("")
        try namespace.shell("ip addr del 192.0.2.16/32 dev eth0; ip route del blackhole 198.51.100.0/24")
        try await host.undo()
        try expectAsFound(before)
    }

    @Test func anotherRequestChangesTheDifferenceOnly() async throws {
        let before = try namespace.picture()
        let host = namespace.hostNetwork()
        try await host.apply(.whole)
        var request = KernelTranslatorRequest.whole
        request.name = "another"
        request.pool4 = [IPPrefix("192.0.2.17/32")!, IPPrefix("203.0.113.0/28")!]
        request.reservedPorts = []
        let plan = try await host.preview(request)
        #expect(
            plan.steps.map(\.command) == [
                "ip route add blackhole 203.0.113.0/28", "ip route del blackhole 198.51.100.0/24",
                "ip addr del 192.0.2.16/32 dev eth0", "sysctl -w net.ipv4.ip_local_reserved_ports=",
            ])
        try await host.apply(request)
        #expect(try await host.preview(request).steps == [])
        #expect(try namespace.reserved() == "")
        #expect(try namespace.shell("ip -4 -o addr show dev eth0").contains("192.0.2.17/32"))
        try await host.undo()
        try expectAsFound(before)
    }

    @Test func whatIsThereWithoutUsStays() async throws {
        try namespace.shell(
            """
            ip addr add 192.0.2.16/24 dev eth0; ip route add 198.51.100.64/26 via 192.0.2.9
            echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
            """)
        let before = try namespace.picture()
        let host = namespace.hostNetwork()
        var request = KernelTranslatorRequest.whole
        request.reservedPorts = []
        #expect(try await host.preview(request).steps.map(\.command) == ["ip addr add 192.0.2.17/32 dev eth0"])
        try await host.apply(request)
        try await host.undo()
        try expectAsFound(before)
    }

    @Test func routerAdvertisementsAreHeardFurtherOn() async throws {
        try namespace.shell("ip -6 route add default via 2001:db8::2 dev eth0 proto ra")
        let before = try namespace.picture()
        let host = namespace.hostNetwork(by: .name)
        let commands = try await host.preview(.whole).steps.map(\.command)
        #expect(commands.contains { $0.hasSuffix("-- sysctl -w net.ipv6.conf.eth0.accept_ra=2") })
        try await host.apply(.whole)
        #expect(try namespace.shell("ip -6 route show default").contains("2001:db8::2"))
        try await host.undo()
        try expectAsFound(before)
    }

    @Test func aTranslatorOnADeviceGivesWayAndComesBack() async throws {
        try namespace.addDevice()
        let before = try namespace.picture()
        let host = namespace.hostNetwork()
        try await host.apply(HostRequest.sharing)
        #expect(try await host.preview(.whole).steps.count == 4)
        try await host.apply(.whole)
        #expect(try namespace.shell("nft list ruleset") == "")
        #expect(try await host.preview(.whole).steps == [])
        try await host.apply(HostRequest.sharing)
        #expect(try namespace.reserved() == "")
        #expect(try await host.preview(HostRequest.sharing, deviceIsOpen: true).steps == [])
        try await host.undo()
        try expectAsFound(before)
    }

    @Test func aDroppingForwardChainIsNoMatter() async throws {
        try namespace.shell(
            "nft 'table inet wall { chain passing { type filter hook forward priority 0; policy drop; }; }'")
        #expect(try await namespace.hostNetwork().preview(.whole).warnings == [])
    }
}

/// A list too long for one argument of a shell's line.
private struct LocalMachineIn {
    let machine: NamespaceMachine
    init(_ namespace: NetworkNamespace) { machine = namespace.machine }
    func write(_ list: String) throws { try machine.write(Sysctl.path(Sysctl.reservedPorts), list) }
}
