// Ends in the middle for a translator in the kernel; state files of before; namespaces that go.

import Foundation
import NAT64Backend
import NetAddress
import Testing

@testable import HostNetwork

@Suite(.serialized, .namespaces) struct KernelCrashTests {
    let namespace: NetworkNamespace

    init() throws {
        namespace = try NetworkNamespace()
        try namespace.shell("ip -6 route add default via 2001:db8::2 dev eth0 proto ra")
        try namespace.reserve("8080")
    }

    private func host(_ fault: FailingMachine.Fault, at moment: Int) -> HostNetwork {
        let path = namespace.stateFile
        let machine = FailingMachine(namespace.machine, fault, atChange: moment) {
            try? FileManager.default.copyItem(atPath: path, toPath: path + ".dead")
        }
        return HostNetwork(stateFile: path, machine: machine)
    }

    /// A process that is dead cleans up nothing: the state file is as it was then.
    private func bury() throws {
        try? FileManager.default.removeItem(atPath: namespace.stateFile)
        try FileManager.default.moveItem(atPath: namespace.stateFile + ".dead", toPath: namespace.stateFile)
    }

    private func expectAsFound(_ before: Picture, _ what: String, _ location: SourceLocation = #_sourceLocation) throws
    {
        let differences = try namespace.picture().differences(from: before)
        #expect(differences == [], "\(what)", sourceLocation: location)
        #expect(!FileManager.default.fileExists(atPath: namespace.stateFile), "\(what)", sourceLocation: location)
    }

    @Test func aFailureAtAnyStepLeavesNothing() async throws {
        let before = try namespace.picture()
        let count = try await namespace.hostNetwork().preview(.whole).steps.count
        #expect(count == 7)
        for moment in 0..<count {
            let failure = await #expect(throws: BackendFailure.self) {
                try await host(.refuses, at: moment).apply(.whole)
            }
            #expect(failure?.message.contains("could not all be undone") == false)
            try expectAsFound(before, "failed at \(moment)")
        }
    }

    @Test(arguments: [FailingMachine.Fault.diesBefore, .diesAfter])
    func aDeathAtAnyStepIsRecoveredFrom(_ fault: FailingMachine.Fault) async throws {
        let before = try namespace.picture()
        for moment in 0..<7 {
            await #expect(throws: BackendFailure.self) { try await host(fault, at: moment).apply(.whole) }
            try bury()
            _ = try await namespace.hostNetwork().recover()
            try expectAsFound(before, "died at \(moment)")
        }
    }

    /// At the one write of the list: the record knows the ports of both times.
    @Test(arguments: [FailingMachine.Fault.diesBefore, .diesAfter])
    func aDeathWhilePortsChangeIsRecoveredFrom(_ fault: FailingMachine.Fault) async throws {
        let before = try namespace.picture()
        try await namespace.hostNetwork().apply(.reserving(40000...49999))
        await #expect(throws: BackendFailure.self) {
            try await host(fault, at: 0).apply(.reserving(45000...50999, 52000...52000))
        }
        try bury()
        _ = try await namespace.hostNetwork().recover()
        #expect(try namespace.reserved() == "8080")
        try expectAsFound(before, "")
    }

    @Test func aFailedChangeKeepsThePlanBefore() async throws {
        try await namespace.hostNetwork().apply(.whole)
        try namespace.reserve("9999,40000-49999")
        let before = try namespace.picture()
        var request = KernelTranslatorRequest.whole
        request.reservedPorts = [30000...31000]
        request.pool4 = [IPPrefix("192.0.2.18/31")!, IPPrefix("203.0.113.0/24")!]
        for moment in 0..<4 {
            await #expect(throws: BackendFailure.self) { try await host(.refuses, at: moment).apply(request) }
            let differences = try namespace.picture().differences(from: before)
            #expect(differences == [], "failed at \(moment)")
            #expect(try namespace.reserved() == "9999,40000-49999")
            #expect(try await namespace.hostNetwork().preview(.whole).steps == [])
        }
        try await namespace.hostNetwork().undo()
        #expect(try namespace.reserved() == "9999")
    }

    /// As versions wrote it that knew devices only.
    @Test func aStateFileOfBeforeIsRecoveredFrom() async throws {
        let before = try namespace.picture()
        try namespace.shell("echo 1 > /proc/sys/net/ipv4/ip_forward; ip neigh add proxy 192.0.2.17 dev eth0")
        let text = """
            {
              "deeds" : [
                {
                  "change" : {
                    "alongside" : [], "before" : "0", "key" : "net/ipv4/ip_forward", "value" : "1"
                  },
                  "kind" : "sysctl"
                },
                { "address" : "192.0.2.17", "device" : "eth0", "kind" : "proxy" }
              ],
              "device" : "nat64", "deviceIndex" : 7, "owner" : { "pid" : 1, "started" : "0" }, "version" : 1
            }
            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: namespace.stateFile))
        #expect(
            try await namespace.hostNetwork().recover() == [
                "ip neigh del proxy 192.0.2.17 dev eth0", "sysctl -w net.ipv4.ip_forward=0",
            ])
        try expectAsFound(before, "")
    }

    @Test func deedsComeBackFromTheStateFile() throws {
        let file = RecordFile(path: namespace.stateFile)
        var record = Record(owner: .current(LocalMachine()), device: "")
        record.name = "jool"
        record.namespace = "blue"
        record.namespaceNumber = UInt64.max
        record.deeds = [
            .blackhole(destination: IPPrefix("198.51.100.0/24")!),
            .reservedPorts(.init(added: PortSet([1...2]), former: PortSet(), list: PortSet("1-2,8080")!)),
        ]
        try file.save(record)
        #expect(try file.load() == record)
    }

    @Test func whatWasDoneElsewhereIsUndoneThere() async throws {
        let other = try NetworkNamespace()
        let before = try namespace.picture()
        try await namespace.hostNetwork(by: .name).apply(.whole)
        // The same state file, for another namespace now.
        let moved = HostNetwork(stateFile: namespace.stateFile, namespace: other.name)
        #expect(try await moved.preview(.whole).steps.count == 5 + 1)
        try await moved.apply(.whole)
        let differences = try namespace.picture().differences(from: before)
        #expect(differences == [])
        #expect(try other.reserved() == "40000-49999")
        try await moved.undo()
        #expect(try other.reserved() == "")
        // A process that knows nothing of namespaces recovers what one did in them.
        try await namespace.hostNetwork(by: .name).apply(.whole)
        let lines = try await HostNetwork(stateFile: namespace.stateFile).recover()
        #expect(lines.first == "nsenter --net=/run/netns/\(namespace.name) -- sysctl -w net.ipv4.ip_forward=0")
        try expectAsFound(before, "")
    }

    @Test func aNamespaceThatIsGoneTookAllWithIt() async throws {
        let name = "\(namespace.name)-x"
        func call(_ words: String...) async {
            let result = await Programs.run(
                program: "ip", arguments: ["netns"] + words, namespace: nil, timeLimit: .seconds(10), outputLimit: 999)
            #expect(result.termination == .exited(0), "\(result.words)")
        }
        let host = HostNetwork(stateFile: namespace.stateFile, namespace: name)
        await call("add", name)
        try await host.apply(.reserving(1000...2000))
        await call("del", name)
        #expect(FileManager.default.fileExists(atPath: namespace.stateFile))
        #expect(try await host.recover() == [])
        #expect(!FileManager.default.fileExists(atPath: namespace.stateFile))
        let failure = await #expect(throws: BackendFailure.self) { try await host.apply(.whole) }
        #expect(failure?.kind == .cannotRunHere)
        #expect(failure?.message == "there is no network namespace \(name)")
        #expect(failure?.remedy == "ip netns add \(name)")
        #expect(await host.obstacles(forKernelTranslator: .whole).map(\.remedy) == ["ip netns add \(name)"])
        #expect(HostSettings.read(namespace: name) == HostSettings())
        let invalid = HostNetwork(stateFile: namespace.stateFile, namespace: "../\(name)")
        let second = await #expect(throws: BackendFailure.self) { try await invalid.preview(.whole) }
        #expect(second?.kind == .invalid)
    }
}
