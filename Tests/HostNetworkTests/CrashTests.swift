// Ends in the middle: a step that fails, a program that hangs, a process that dies, at every change there is.

import Foundation
import NAT64Backend
import NetAddress
import Testing

@testable import HostNetwork

@Suite(.serialized, .namespaces) struct CrashTests {
    let namespace: NetworkNamespace
    private static let advertised = "ip -6 route add default via 2001:db8::2 dev eth0 proto ra"

    init() throws {
        namespace = try NetworkNamespace()
        try namespace.addDevice()
        // So that each kind of change is among the steps.
        try namespace.shell(Self.advertised)
        // The one thing that stays with the device, so that each round has the same steps.
        try namespace.shell("echo 1 > /proc/sys/net/ipv6/conf/nat64/addr_gen_mode")
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

    private func changes(of request: HostRequest) async throws -> Int {
        try await namespace.hostNetwork().preview(request, deviceIsOpen: true).steps.count
    }

    @Test(arguments: [FailingMachine.Fault.refuses, .hangsAfterwards])
    func aFailureAtAnyStepLeavesNothing(_ fault: FailingMachine.Fault) async throws {
        let before = try namespace.picture()
        let count = try await changes(of: .sharing)
        #expect(count == 9)
        for moment in 0..<count {
            let host = host(fault, at: moment)
            do {
                try await host.apply(.sharing)
                // Writing to /proc never hangs.
                if case .hangsAfterwards = fault {
                    try await host.undo()
                } else {
                    Issue.record("step \(moment) passed")
                }
            } catch let failure {
                #expect(failure.kind == .refused)
                #expect(!failure.message.contains("could not all be undone"), "\(failure)")
            }
            let differences = try namespace.picture().differences(from: before)
            #expect(differences == [], "failed at \(moment)")
            #expect(!FileManager.default.fileExists(atPath: namespace.stateFile))
        }
    }

    @Test func aFailureNamesCommandStatusAndWords() async throws {
        let steps = try await namespace.hostNetwork().preview(.sharing, deviceIsOpen: true).steps
        let last = steps.count - 1
        let failure = await #expect(throws: BackendFailure.self) { try await host(.refuses, at: last).apply(.sharing) }
        #expect(
            failure?.message
                == "`ip -6 route add 64:ff9b::/96 dev nat64` failed with exit status 2: \(FailingMachine.words)")
    }

    @Test(arguments: [FailingMachine.Fault.diesBefore, .diesAfter], [true, false])
    func aDeathAtAnyStepIsRecoveredFrom(_ fault: FailingMachine.Fault, deviceGoesToo: Bool) async throws {
        var before = try namespace.picture()
        let count = try await changes(of: .sharing)
        for moment in 0..<count {
            await #expect(throws: BackendFailure.self) { try await host(fault, at: moment).apply(.sharing) }
            try bury()
            if deviceGoesToo {
                try namespace.removeDevice()
                try namespace.addDevice()
            }
            _ = try await namespace.hostNetwork().recover()
            if deviceGoesToo {
                // The new device has another number; nobody touched it.
                #expect(try namespace.shell("ip -6 addr show dev nat64; ip route show dev nat64") == "")
                #expect(try namespace.shell("ip link show dev nat64").contains("mtu 1500"))
                before.addresses = try namespace.picture().addresses
                try namespace.shell("echo 1 > /proc/sys/net/ipv6/conf/nat64/addr_gen_mode")
            }
            let differences = try namespace.picture().differences(from: before)
            #expect(differences == [], "died at \(moment)")
            #expect(!FileManager.default.fileExists(atPath: namespace.stateFile))
            #expect(try await namespace.hostNetwork().recover() == [])
        }
    }

    @Test func aDeathWhileUndoingIsRecoveredFrom() async throws {
        // Settings that switching forwarding off changes along.
        try namespace.shell(
            """
            echo 1 > /proc/sys/net/ipv4/conf/eth0/forwarding; echo 1 > /proc/sys/net/ipv6/conf/peer0/forwarding
            echo 0 > /proc/sys/net/ipv4/conf/all/accept_redirects
            """)
        let before = try namespace.picture()
        var moment = 0
        while true {
            try await namespace.hostNetwork().apply(.sharing)
            do { try await host(.diesAfter, at: moment).undo() } catch { try bury() }
            let isDone = !FileManager.default.fileExists(atPath: namespace.stateFile)
            _ = try await namespace.hostNetwork().recover()
            let differences = try namespace.picture().differences(from: before)
            #expect(differences == [], "died at \(moment)")
            if isDone { break }
            moment += 1
        }
        // Two routes, two forwardings with three companions, accept_ra twice, the table, the address, the link.
        #expect(moment == 12)
    }

    @Test func recoveryTellsWhatItUndid() async throws {
        try await namespace.hostNetwork().apply(.sharing)
        try namespace.removeDevice()
        let lines = try await namespace.hostNetwork().recover()
        #expect(
            lines == [
                "sysctl -w net.ipv4.ip_forward=0", "sysctl -w net.ipv6.conf.all.forwarding=0",
                "sysctl -w net.ipv6.conf.eth0.accept_ra=1", "nft delete table ip dns64d-nat64",
            ])
    }

    @Test func aFailedChangeKeepsThePlanBefore() async throws {
        try await namespace.hostNetwork().apply(.sharing)
        let before = try namespace.picture()
        var request = HostRequest.sharing
        request.prefixes = [IPPrefix("2001:db8:64::/96")!]
        request.mtu = 1400
        request.forwards = [
            PortForward(
                proto: .tcp, public: .init(IPv4Address(192, 0, 2, 1), 80), inner: .init(IPv4Address(192, 0, 0, 2), 80))
        ]
        for fault in [FailingMachine.Fault.refuses, .hangsAfterwards] {
            for moment in 0..<3 {
                await #expect(throws: BackendFailure.self) { try await host(fault, at: moment).apply(request) }
                let differences = try namespace.picture().differences(from: before)
                #expect(differences == [], "failed at \(moment)")
                #expect(
                    try await namespace.hostNetwork().preview(.sharing, deviceIsOpen: true).steps == [], "at \(moment)")
            }
        }
    }

    @Test func anotherProcessThatRunsKeepsItsNetwork() async throws {
        try await namespace.hostNetwork().apply(.sharing)
        let file = RecordFile(path: namespace.stateFile)
        var record = try #require(try file.load())
        let start = try #require(LocalMachine().read("/proc/1/stat"))
        record.owner = .init(pid: 1, started: String(start.split(separator: ")").last!.split(separator: " ")[19]))
        try file.save(record)
        let failure = await #expect(throws: BackendFailure.self) { try await namespace.hostNetwork().recover() }
        #expect(failure?.kind == .conflict)
        #expect(failure?.message.hasPrefix("process 1 looks after this host's network for nat64") == true)
        // The number of a process that is no more, given to another.
        record.owner.started = "1234567890123"
        try file.save(record)
        #expect(try await namespace.hostNetwork().recover().count > 4)
    }

    @Test func withoutAStateFileNothingIsDone() async throws {
        let before = try namespace.picture()
        let host = HostNetwork(stateFile: namespace.folder + "/none/host.json", machine: namespace.machine)
        let failure = await #expect(throws: BackendFailure.self) { try await host.apply(.sharing) }
        #expect(failure?.kind == .refused)
        #expect(failure?.message.contains("could not write its state file") == true)
        let differences = try namespace.picture().differences(from: before)
        #expect(differences == [])
    }

    @Test func aDamagedStateFileIsNotOverwritten() async throws {
        try Data("{".utf8).write(to: URL(fileURLWithPath: namespace.stateFile))
        let failure = await #expect(throws: BackendFailure.self) { try await namespace.hostNetwork().apply(.sharing) }
        #expect(failure?.message.contains(namespace.stateFile) == true)
        #expect(try String(contentsOfFile: namespace.stateFile, encoding: .utf8) == "{")
    }
}
