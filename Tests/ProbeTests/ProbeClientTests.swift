// The client in a real network: what it finds out there, and that nothing of it stays.

import Glibc
import LinuxIO
import NetAddress
import Testing
import TunDevice

@testable import Probe

@Suite(.namespaces) struct ProbeClientTests {
    @Test func echoes() async throws {
        let network = try await Network.make()
        let client = try await network.client()
        #expect(client.address == Network.client)
        guard case .reply(let from, let span) = try await client.echo(to: Network.serverAddress) else {
            Issue.record("no reply")
            return
        }
        #expect(from == Network.serverAddress)
        #expect((0..<2000).contains(span))
        // The box itself sends the first one back.
        guard case .error(let fault) = try await client.echo(to: Network.serverAddress, hopLimit: 1) else {
            Issue.record("no error")
            return
        }
        #expect((fault.from, fault.type, fault.code) == (Network.boxAddress, 3, 0))
        let nobody = IPv6Address("2001:db8:2::99")!
        let outcome = try await client.echo(to: nobody, timeLimit: .milliseconds(300))
        guard case .silence(let span) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(span >= 300)
        // 2001:db8:3::/64 is nowhere.
        guard case .error(let fault) = try await client.echo(to: IPv6Address("2001:db8:3::1")!) else {
            Issue.record("no error")
            return
        }
        #expect(fault.meaning == "no route to the destination")
    }

    @Test func connections() async throws {
        let network = try await Network.make()
        let client = try await network.client()
        let accepted = try await client.connect(to: Network.serverAddress, port: 443)
        #expect(accepted.attempts == 1)
        guard case .connected(let span) = accepted.outcome else {
            Issue.record("\(accepted)")
            return
        }
        #expect((0..<1000).contains(span))
        guard case .refused = try await client.connect(to: Network.serverAddress, port: 81).outcome else {
            Issue.record("not refused")
            return
        }
        guard case .error(let fault) = try await client.connect(to: Network.serverAddress, port: 83).outcome else {
            Issue.record("not forbidden")
            return
        }
        #expect((fault.type, fault.code) == (1, 1))
        let silent = try await client.connect(to: Network.serverAddress, port: 82, timeLimit: .milliseconds(1200))
        #expect(silent.attempts == 2)
        guard case .silence(let milliseconds) = silent.outcome else {
            Issue.record("\(silent)")
            return
        }
        #expect((1200..<3000).contains(milliseconds))
        // The server forgot the connection: nothing of it is left half open.
        let sockets = try await Network.shell(
            network.server, "ss -Hnt state all '( sport = :443 )' | grep -v LISTEN || true")
        #expect(!sockets.contains("2001:db8:c::7"), "\(sockets)")
    }

    @Test func theWay() async throws {
        let network = try await Network.make()
        let client = try await network.client()
        let began = ContinuousClock.now
        let report = try await client.trace(to: Network.serverAddress)
        #expect(report.reached)
        #expect(report.hops.map(\.address) == [Network.boxAddress, Network.routerAddress, Network.serverAddress])
        #expect(report.hops.map(\.number) == [1, 2, 3])
        #expect(report.hops.allSatisfy { ($0.milliseconds ?? -1) >= 0 })
        #expect(began.milliseconds < 2500)
        // A router that says nothing is a gap.
        try await Network.shell(network.router, "nft add chain inet t out '{ type filter hook output priority 0; }'")
        try await Network.shell(network.router, "nft add rule inet t out icmpv6 type time-exceeded drop")
        let gap = try await client.trace(to: Network.serverAddress)
        #expect(gap.hops.map(\.address) == [Network.boxAddress, nil, Network.serverAddress])
        #expect(gap.reached)
        let nowhere = try await client.trace(to: IPv6Address("2001:db8:3::1")!)
        #expect(!nowhere.reached)
        #expect(nowhere.hops.map(\.address) == [Network.boxAddress])
        #expect(nowhere.hops.first?.fault?.type == 1)
    }

    @Test func bothAtOnce() async throws {
        let network = try await Network.make()
        let client = try await network.client()
        let (connection, trace) = try await client.connectAndTrace(
            to: Network.serverAddress, port: 82, timeLimit: .seconds(1))
        guard case .silence = connection.outcome else {
            Issue.record("\(connection)")
            return
        }
        #expect(trace.reached)
        #expect(trace.hops.count == 3)
    }

    @Test func nothingStays() async throws {
        let network = try await Network.make()
        let before = try await network.interfaces()
        do {
            let client = try await network.client()
            #expect(client.device == "dns64probe")
            #expect(try await network.interfaces().contains("dns64probe"))
            let route = try await Network.shell(network.box, "ip -6 route get 2001:db8:c::7")
            #expect(route.contains("dev dns64probe"))
            // A second one finds the name taken, and an address of its own.
            let second = try await ProbeClient.open(
                address: nil, name: "dns64probe", reserve: nil, in: .namespace(network.box))
            #expect(second.device == "dns64probe2")
            #expect(second.address.high >> 56 == 0xfd)
        }
        #expect(try await network.interfaces() == before)
        #expect(try await !Network.shell(network.box, "ip -6 route").contains("2001:db8:c::7"))
    }

    @Test func aReserveServesOneAfterTheOther() async throws {
        let network = try await Network.make()
        let reserve = try NetworkNamespaces.run(in: network.box) { try? TunReserve() }
        let before = try await network.interfaces()
        for _ in 0..<3 {
            do {
                let client = try await ProbeClient.open(
                    address: Network.client, name: "dns64probe", reserve: reserve, in: .namespace(network.box))
                #expect(client.device == "dns64probe")
                guard case .reply = try await client.echo(to: Network.serverAddress) else {
                    Issue.record("no reply")
                    return
                }
                // Whoever comes meanwhile opens a device of his own.
                let second = try await ProbeClient.open(
                    address: nil, name: "dns64probe", reserve: reserve, in: .namespace(network.box))
                #expect(second.device == "dns64probe2")
            }
            #expect(try await network.interfaces() == before, "though the reserve is still open")
        }
    }

    @Test(arguments: ["2001:db8:1:2::/64", "2001:db8::/32", "2001:db8::ff00/120", "2001:db8::7/128", "::/0"])
    func anAddressOfANetwork(_ text: String) throws {
        let network = try #require(IPPrefix(text))
        for _ in 0..<100 { #expect(network.contains(.v6(ProbeClient.randomAddress(in: network)))) }
        let distinct = Set((0..<100).map { _ in ProbeClient.randomAddress(in: network) })
        #expect(network.length > 100 || distinct.count == 100)
    }

    @Test func aPreparedDeviceIsLeftAlone() async throws {
        let network = try await Network.make()
        try await Network.shell(network.box, "ip tuntap add dns64probe mode tun")
        #expect(try await network.client().device == "dns64probe2")
        #expect(try await network.interfaces().contains("dns64probe"))
    }

    @Test func theDeviceIsTakenAway() async throws {
        let network = try await Network.make()
        let client = try await network.client()
        try await Network.shell(network.box, "ip link del dns64probe")
        let failure = await #expect(throws: ProbeFailure.self) {
            try await client.connect(to: Network.serverAddress, port: 443)
        }
        #expect(failure?.kind == .lost)
    }

    @Test func withoutIPv6() async throws {
        let network = try await Network.make()
        try await Network.shell(network.box, "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6")
        let failure = await #expect(throws: ProbeFailure.self) { try await network.client() }
        #expect(failure?.kind == .noIPv6, "\(String(describing: failure))")
        #expect(try await !network.interfaces().contains("dns64probe"))
    }

    @Test func aSocketOfTheBox() async throws {
        let network = try await Network.make()
        let outcomes = try await aside {
            try NetworkNamespaces.run(in: network.box) {
                [443, 81, 82].map {
                    SocketProbe.connect(
                        to: SocketAddress(.v6(Network.serverAddress), port: $0), timeLimit: .milliseconds(500))
                } + [SocketProbe.connect(to: SocketAddress(.v6(IPv6Address("2001:db8:3::1")!), port: 443))]
            }
        }
        guard case .connected = outcomes[0], case .refused = outcomes[1], case .silence = outcomes[2],
            case .error(.networkUnreachable, _) = outcomes[3]
        else {
            Issue.record("\(outcomes)")
            return
        }
    }
}
