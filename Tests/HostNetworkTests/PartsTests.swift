// Programs, their output, the state file, obstacles, the choice of addresses.

import Foundation
import NAT64Backend
import NetAddress
import Testing

@testable import HostNetwork

@Suite struct PartsTests {
    @Test func commandsAreQuotedForAShell() {
        #expect(Command("ip", ["addr", "show"]).typed == "ip addr show")
        #expect(Command("nft", ["-f", "-"], input: "a 'b'\n").typed == #"echo 'a '\''b'\''' | nft -f -"#)
        #expect(Command("x", ["", "$(reboot)", "a b"]).typed == "x '' '$(reboot)' 'a b'")
        #expect(Sysctl.typed("net/ipv6/conf/eth0.5/accept_ra", "2") == "sysctl -w net/ipv6/conf/eth0.5/accept_ra=2")
    }

    @Test func aProgramsEnvironmentIsMinimal() async throws {
        let output = String(decoding: try await ProgramRunner.run(Command("env", [])), as: UTF8.self)
        #expect(Set(output.split(separator: "\n")) == ["LC_ALL=C", "PATH=/usr/sbin:/sbin:/usr/bin:/bin"])
    }

    @Test func aProgramsEndIsKept() async {
        let command = Command("sh", ["-c", "echo no >&2; exit 7"])
        await #expect(throws: ProgramFailure(command: command, cause: .exited(7), words: "no")) {
            try await ProgramRunner.run(command)
        }
        let missing = Command("no-such-program", [])
        await #expect(throws: ProgramFailure(command: missing, cause: .missing)) {
            try await ProgramRunner.run(missing)
        }
        let killed = Command("sh", ["-c", "kill -9 $$"])
        await #expect(throws: ProgramFailure(command: killed, cause: .signaled(9))) {
            try await ProgramRunner.run(killed)
        }
    }

    @Test(.timeLimit(.minutes(1))) func aProgramThatHangsIsEnded() async {
        let command = Command("sleep", ["1000"])
        await #expect(throws: ProgramFailure(command: command, cause: .timedOut(seconds: 1))) {
            try await ProgramRunner.run(command, timeLimit: 1)
        }
    }

    @Test(.timeLimit(.minutes(1))) func outputIsBounded() async {
        let command = Command("cat", ["/dev/zero"])
        await #expect(throws: ProgramFailure(command: command, cause: .tooMuchOutput)) {
            try await ProgramRunner.run(command)
        }
    }

    @Test func aProgramReadsItsInput() async throws {
        let text = String(repeating: "table\n", count: 50_000)
        #expect(try await ProgramRunner.run(Command("cat", [], input: text)) == Array(text.utf8))
    }

    @Test func anEndedTaskDoesNotEndAProgram() async throws {
        let task = Task { try await ProgramRunner.run(Command("sh", ["-c", "sleep 0.3; echo done"])) }
        task.cancel()
        #expect(try await task.value == Array("done\n".utf8))
    }

    @Test func routesOfAllKindsAreRead() throws {
        let text = """
            [{},{"type":"blackhole","dst":"10.4.0.0/16","flags":[]},
             {"dst":"default","gateway":"fe80::1","dev":"eth0","protocol":"ra","metric":1024,"flags":[],"new":{"a":1}},
             {"dst":"10.5.0.0/16","nexthops":[{"dev":"a","weight":1},{"via":{"family":"inet6","host":"fe80::2"},"dev":"b"}]},
             {"dst":"2001:db8::5","dev":"eth0","table":"local","type":"local"}]
            """
        let outputs: [RouteOutput] = try ProgramOutput.list(Array(text.utf8), of: .ip("-j route show"))
        let routes = try outputs.map { (output) throws(BackendFailure) in try output.route(family: 6) }
        #expect(
            routes.map(\.description) == [
                "blackhole 10.4.0.0/16", "default via fe80::1 dev eth0", "10.5.0.0/16 dev a via fe80::2 dev b",
                "local 2001:db8::5/128 dev eth0 table local",
            ])
        #expect(routes[1].destination == IPPrefix("::/0"))
    }

    @Test(arguments: ["[{\"dst\":5}]", "[{\"dst\":\"elsewhere\"}]", "[{\"dst\":\"::/0\"", "{\"dst\":\"::/0\"}"])
    func whatIsNotUnderstoodIsAFailure(_ text: String) {
        let failure = #expect(throws: BackendFailure.self) {
            let outputs: [RouteOutput] = try ProgramOutput.list(Array(text.utf8), of: .ip("-j route show"))
            _ = try outputs.map { (output) throws(BackendFailure) in try output.route(family: 6) }
        }
        #expect(failure?.kind == .refused)
        #expect(failure?.message.hasPrefix("`ip -j route show` printed what dns64d does not understand") == true)
    }

    @Test func nothingToShowIsNothing() throws {
        for text in ["", "[]", "[{}]", "\n"] {
            let outputs: [ProxyOutput] = try ProgramOutput.list(Array(text.utf8), of: .ip("neigh"))
            #expect(outputs.isEmpty)
        }
    }

    @Test func deedsComeBackFromTheStateFile() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "host-deeds-\(UUID().uuidString).json").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = RecordFile(path: path)
        #expect(try file.load() == nil)
        var record = Record(owner: .current(LocalMachine()), device: "nat64", deviceIndex: 7)
        record.deeds = [
            .link(device: "nat64", mtu: 1480, before: .init(mtu: 1500, isUp: false)),
            .address(device: "nat64", address: IPAddress("fd00::1")!, length: 64),
            .route(destination: IPPrefix("64:ff9b::/96")!, device: "nat64"),
            .proxy(address: IPAddress("192.0.2.3")!, device: "eth0.5"),
            .table(name: "dns64d-nat64", text: "table ip dns64d-nat64 {\n}\n"),
            .sysctl(
                .init(
                    key: Sysctl.forwarding4, value: "1", before: "0",
                    alongside: [.init(key: Sysctl.acceptRedirects4, before: "0", caused: "0")])),
        ]
        try file.save(record)
        #expect(try file.load() == record)
        #expect(!record.owner.started.isEmpty)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        try file.remove()
        try file.remove()
        #expect(try file.load() == nil)
    }

    @Test func networksComeFromTheMachineAlone() {
        let first = AddressChoice.networkCandidates(seed: "0123456789abcdef0123456789abcdef")
        #expect(first == AddressChoice.networkCandidates(seed: "0123456789abcdef0123456789abcdef"))
        #expect(Set(first).count == AddressChoice.networkAttempts)
        #expect(Set(first).isDisjoint(with: AddressChoice.networkCandidates(seed: "0123456789abcdef0123456789abcdee")))
        #expect(first.allSatisfy { IPPrefix("fd00::/8")!.contains($0.address) && $0.length == 64 })
    }

    @Test func theInnerAddressAvoidsEachThingThatIsThere() {
        var state = HostState.plain
        #expect(AddressChoice.inner(in: state, device: "nat64", avoiding: []) == IPv4Address(192, 0, 0, 2))
        // Ours, and the default route, are no collisions.
        state.routes = [
            .init(destination: IPPrefix("192.0.0.2/32")!, hops: [.init(device: "nat64")]),
            .init(destination: IPPrefix("0.0.0.0/0")!, hops: [.init(device: "eth0")]),
        ]
        #expect(AddressChoice.inner(in: state, device: "nat64", avoiding: []) == IPv4Address(192, 0, 0, 2))
        state.addresses.append(.init(device: "clat", address: IPAddress("192.0.0.1")!, length: 29))
        state.routes.append(.init(destination: IPPrefix("100.64.0.0/10")!, hops: [.init(device: "wg0")]))
        let avoided = [IPPrefix("198.18.0.0/15")!, IPPrefix("172.31.0.0/16")!, IPPrefix("10.0.0.0/8")!]
        #expect(AddressChoice.inner(in: state, device: "nat64", avoiding: avoided) == IPv4Address(192, 168, 255, 254))
        let all = avoided + [IPPrefix("192.168.0.0/16")!]
        #expect(AddressChoice.inner(in: state, device: "nat64", avoiding: all) == nil)
    }
}

@Suite struct ObstacleTests {
    private static let root = "Name:\tx\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\nCapAmb:\t0000000000000000\n"

    private func machine() -> PaperMachine {
        var machine = PaperMachine()
        machine.files = [
            "/proc/thread-self/status": Self.root, "/proc/sys/net/ipv6/conf/all/disable_ipv6": "0\n",
            "/proc/sys/net/ipv4/ip_forward": "0\n", "/proc/sys/net/ipv6/conf/all/forwarding": "0\n",
        ]
        return machine
    }

    private func obstacles(_ machine: PaperMachine, sharing: Bool = true) async -> [Obstacle] {
        await HostNetwork(stateFile: "/nowhere", machine: machine).obstacles(sharing: sharing)
    }

    @Test func noneOnAMachineThatHasAll() async {
        #expect(await obstacles(machine()) == [])
    }

    @Test func programs() async {
        var machine = machine()
        machine.programs = []
        #expect(
            await obstacles(machine).map(\.remedy) == ["apt-get install iproute2", "apt-get install nftables"])
        #expect(await obstacles(machine, sharing: false).map(\.remedy) == ["apt-get install iproute2"])
    }

    @Test(arguments: [
        ("Uid:\t0\t0\t0\t0\nCapEff:\t0000000000000400\nCapAmb:\t0000000000000000\n", false),
        ("Uid:\t65534\t0\t0\t0\nCapEff:\t0000000000001000\nCapAmb:\t0000000000001000\n", true),
        // Ours alone: the programs would not have it.
        ("Uid:\t65534\t0\t0\t0\nCapEff:\t0000000000001000\nCapAmb:\t0000000000000000\n", false),
        ("Uid:\t65534\t0\t0\t0\nCapEff:\t0000000000000000\nCapAmb:\t0000000000000000\n", false),
    ]) func capability(_ status: String, _ isEnough: Bool) async {
        var machine = machine()
        machine.files["/proc/thread-self/status"] = status
        let found = await obstacles(machine)
        #expect(found.isEmpty == isEnough)
        if !isEnough {
            #expect(found.map(\.missing).joined().contains("CAP_NET_ADMIN"))
            #expect(found.map(\.remedy).joined().contains("AmbientCapabilities=CAP_NET_ADMIN"))
        }
    }

    @Test func deviceAndFamily() async {
        var machine = machine()
        machine.inaccessible = ["/dev/net/tun"]
        #expect(await obstacles(machine).map(\.missing) == ["there is no /dev/net/tun that dns64d may open"])
        machine.inaccessible = []
        machine.files["/proc/sys/net/ipv6/conf/all/disable_ipv6"] = "1\n"
        #expect(await obstacles(machine).map(\.remedy) == ["sysctl -w net.ipv6.conf.all.disable_ipv6=0"])
        machine.files["/proc/sys/net/ipv6/conf/all/disable_ipv6"] = nil
        #expect(await obstacles(machine).map(\.missing) == ["the kernel runs without IPv6"])
    }

    @Test func aReadOnlyProcOnlyWhereItMatters() async {
        var machine = machine()
        machine.inaccessible = ["/proc/sys/net/ipv4/ip_forward"]
        #expect(
            await obstacles(machine).map(\.missing) == ["net.ipv4.ip_forward is off, and dns64d may not switch it on"])
        machine.files["/proc/sys/net/ipv4/ip_forward"] = "1\n"
        #expect(await obstacles(machine) == [])
    }

    @Test func nftables() async {
        var machine = machine()
        machine.answer = { command in
            .failure(ProgramFailure(command: command, cause: .exited(1), words: "Error: Operation not supported\n^^^"))
        }
        let found = await obstacles(machine)
        #expect(
            found.map(\.missing) == ["the kernel has no nftables with masquerading: Error: Operation not supported"])
        #expect(found.map(\.remedy) == [Obstacle.nftablesRemedy])
        #expect(await obstacles(machine, sharing: false) == [])
    }
}
