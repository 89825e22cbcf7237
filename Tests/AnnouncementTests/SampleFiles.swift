// The files of conf/announce: what the module prints for the network of the documentation.

import Foundation
import Testing

@testable import Announcement

/// One file of conf/announce and the command that prints it.
struct SampleFile: CustomTestStringConvertible, Sendable {
    let name: String
    let program: Announcer
    var partner: Announcer?
    /// Which of the program's files it is, by the last part of its path.
    let file: String

    var testDescription: String { name }

    static let all = [
        SampleFile(name: "radvd.conf", program: .radvd, file: "radvd.conf"),
        SampleFile(name: "radvd-with-isc-dhcp.conf", program: .radvd, partner: .iscDHCP, file: "radvd.conf"),
        SampleFile(name: "radvd-with-kea.conf", program: .radvd, partner: .kea, file: "radvd.conf"),
        SampleFile(name: "radvd-with-dnsmasq.conf", program: .radvd, partner: .dnsmasq, file: "radvd.conf"),
        SampleFile(name: "dnsmasq.conf", program: .dnsmasq, file: "dns64.conf"),
        SampleFile(name: "dnsmasq-with-radvd.conf", program: .dnsmasq, partner: .radvd, file: "dns64.conf"),
        SampleFile(name: "dhcpd6.conf", program: .iscDHCP, file: "dhcpd6.conf"),
        SampleFile(name: "dhcpd.conf", program: .iscDHCP, file: "dhcpd.conf"),
        SampleFile(name: "kea-dhcp6.conf", program: .kea, file: "kea-dhcp6.conf"),
        SampleFile(name: "kea-dhcp4.conf", program: .kea, file: "kea-dhcp4.conf"),
        SampleFile(name: "networkd.conf", program: .networkd, file: "90-dns64.conf"),
    ]

    static var folder: URL {
        URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("conf/announce")
    }

    var text: String {
        get throws { try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8) }
    }

    func printed() throws -> String {
        let configuration = try program.configuration(for: .sample, with: partner)
        return try #require(configuration.files.first { $0.path.hasSuffix("/" + file) }).text
    }
}

@Suite struct SampleFileTests {
    /// With UPDATE_SAMPLES=1 in the environment the files are written anew, and the test fails once.
    @Test(arguments: SampleFile.all)
    func isWhatIsPrinted(_ sample: SampleFile) throws {
        let printed = try sample.printed()
        if ProcessInfo.processInfo.environment["UPDATE_SAMPLES"] == "1", (try? sample.text) != printed {
            try FileManager.default.createDirectory(at: SampleFile.folder, withIntermediateDirectories: true)
            try Data(printed.utf8).write(to: SampleFile.folder.appendingPathComponent(sample.name))
            Issue.record("written anew: \(sample.name)")
        }
        #expect(try sample.text == printed)
    }

    @Test func thereAreNoOthers() throws {
        let found = try FileManager.default.contentsOfDirectory(atPath: SampleFile.folder.path)
        #expect(Set(found) == Set(SampleFile.all.map(\.name)))
    }
}
