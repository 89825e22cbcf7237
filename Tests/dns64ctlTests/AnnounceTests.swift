// `dns64ctl announce`: what goes to which output, and what is asked.

import ControlProtocol
import Foundation
import Testing

@testable import dns64ctl

@Suite struct AnnounceTests {
    private static func daemon() throws -> FakeDaemon {
        try FakeDaemon { request in
            guard case .announce(let what) = request else { return .closes }
            return .answer(DocumentedAnnouncement.answer(what))
        }
    }

    private func run(_ daemon: FakeDaemon, _ arguments: String...) -> Run {
        Run(["announce"] + arguments, environment: Environment(socket: daemon.path))
    }

    /// So that `dns64ctl announce radvd > /etc/radvd.conf` is all that it takes.
    @Test(arguments: [
        (AnnouncingProgram.radvd, "radvd.conf"), (.dnsmasq, "dnsmasq.conf"), (.networkd, "networkd.conf"),
    ])
    func oneFileIsPrintedAsItIs(_ program: AnnouncingProgram, _ sample: String) throws {
        let daemon = try Self.daemon()
        let run = run(daemon, program.rawValue)
        #expect(run.status == .done)
        #expect(run.output == DocumentedAnnouncement.sample(sample))
        #expect(!run.output.isEmpty)
    }

    @Test(arguments: [
        (AnnouncingProgram.kea, ["kea-dhcp6.conf", "kea-dhcp4.conf"]), (.iscDHCP, ["dhcpd6.conf", "dhcpd.conf"]),
    ])
    func severalFilesAreChosenByTheirNames(_ program: AnnouncingProgram, _ names: [String]) throws {
        let daemon = try Self.daemon()
        let all = run(daemon, program.rawValue).output
        #expect(all == names.map(DocumentedAnnouncement.sample).joined(separator: "\n"))
        for name in names {
            let run = run(daemon, program.rawValue, "--file", name)
            #expect(run.output == DocumentedAnnouncement.sample(name))
            #expect(run.output.contains("/\(name): "))
        }
    }

    @Test func remarksGoToStandardError() throws {
        let daemon = try Self.daemon()
        #expect(
            run(daemon, "kea").errors == """
                - Kea sends no router advertisements:
                    dns64ctl announce radvd --with kea --interface lan
                - Check and start:
                    kea-dhcp6 -t /etc/kea/kea-dhcp6.conf
                    kea-dhcp4 -t /etc/kea/kea-dhcp4.conf
                    systemctl restart kea-dhcp6-server kea-dhcp4-server

                """)
    }

    @Test func aFileThatIsNotThereIsRefusedWithThoseThatAre() throws {
        let daemon = try Self.daemon()
        let run = run(daemon, "kea", "--file", "kea.conf")
        #expect(run.status == .usage)
        #expect(run.output.isEmpty)
        #expect(run.errors == "dns64ctl: kea has no file kea.conf here: kea-dhcp6.conf, kea-dhcp4.conf\n")
    }

    @Test func theDaemonsRefusalIsShown() throws {
        let daemon = try Self.daemon()
        let run = run(daemon, "radvd", "--interface", "lna")
        #expect(run.status == .refused)
        #expect(run.output.isEmpty)
        #expect(run.errors == "dns64ctl: there is no interface lna\n  interfaces: eth0, lan\n")
    }

    @Test func jsonHoldsFilesAndRemarks() throws {
        let daemon = try Self.daemon()
        let run = run(daemon, "kea", "--json")
        #expect(run.errors.isEmpty)
        let report = try JSONDecoder().decode(AnnounceReport.self, from: Data(run.output.utf8))
        #expect(report == DocumentedAnnouncement.report(.kea))
    }

    @Test(
        arguments: [
            (["radvd"], AnnounceRequest(program: .radvd)),
            (
                ["isc-dhcp", "--interface", "br-lan", "--with", "networkd"],
                AnnounceRequest(program: .iscDHCP, interface: "br-lan", partner: .networkd)
            ),
        ] as [([String], AnnounceRequest)])
    func argumentsBecomeARequest(_ arguments: [String], _ request: AnnounceRequest) throws {
        let daemon = try Self.daemon()
        _ = Run(["announce"] + arguments, environment: Environment(socket: daemon.path))
        #expect(daemon.requests == [.announce(request)])
    }

    @Test(arguments: [[], ["bind"], ["radvd", "extra"], ["radvd", "--with", "bogus"], ["radvd", "--interface"]])
    func wrongUsageIsTwo(_ arguments: [String]) {
        #expect(Run(["announce"] + arguments, environment: Environment(socket: "/nonexistent")).status == .usage)
    }

    @Test func aMistakenProgramIsToldAllPrograms() {
        let errors = Run(["announce", "radv"]).errors
        for program in AnnouncingProgram.allCases { #expect(errors.contains(program.rawValue)) }
    }

    /// Requests of an older dns64ctl have no partner.
    @Test func theRequestIsReadWithoutWhatCameLater() throws {
        let request = try JSONDecoder().decode(AnnounceRequest.self, from: Data(#"{"program":"kea"}"#.utf8))
        #expect(request == AnnounceRequest(program: .kea))
    }
}
