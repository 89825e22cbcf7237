// The programs' own judgement of what is printed. Kea wants the interface to be there, so its checks run in a network
// namespace that has one. RADVD in the environment names another radvd than the installed one.

import Foundation
import Glibc
import Testing

@testable import Announcement

/// A folder for files to check, and a network namespace with the interfaces that they name.
final class CheckingPlace: Sendable {
    let folder: String
    let namespace: String

    static let shared = Result { try CheckingPlace() }

    private init() throws {
        namespace = "announce-\(getpid())"
        folder = FileManager.default.temporaryDirectory.appending(path: namespace).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        atexit { try? CheckingPlace.shared.get().remove() }
        _ = try Self.shell("ip netns add \(namespace)")
        for name in Set(AnnouncedNetwork.all.map(\.network.interface.text)).sorted() {
            _ = try Self.shell("ip -n \(namespace) link add \(name) type veth peer name p-\(name)")
        }
    }

    private func remove() {
        _ = try? Self.shell("ip netns del \(namespace)")
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The exit status and what was said.
    static func shell(_ line: String) throws -> (status: Int32, words: String) {
        // popen(3) waits for its own child by its number.
        let line = "(LC_ALL=C; PATH=/usr/sbin:/sbin:/usr/bin:/bin; export LC_ALL PATH; \(line)) 2>&1"
        let stream = try #require(popen(line, "re"))
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, stream)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return (pclose(stream) >> 8, String(decoding: bytes, as: UTF8.self))
    }

    /// What the checker says of the text.
    func check(_ text: String, _ command: (String) -> String) throws -> (status: Int32, words: String) {
        let file = "\(folder)/\(UUID().uuidString).conf"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        return try Self.shell(command(file))
    }
}

/// The checkers, by the file that they check.
enum Checker {
    static let radvd = ProcessInfo.processInfo.environment["RADVD"] ?? "radvd"

    static func command(for path: String, in namespace: String) -> (String) -> String {
        switch path {
        case Radvd.path: { "\(radvd) --configtest --logmethod stderr --config \($0)" }
        case Dnsmasq.path: { "dnsmasq --test --conf-file=\($0)" }
        case ISCDHCP.path4: { "dhcpd -4 -t -cf \($0)" }
        case ISCDHCP.path6: { "dhcpd -6 -t -cf \($0)" }
        case Kea.path4: { "ip netns exec \(namespace) kea-dhcp4 -t \($0)" }
        case Kea.path6: { "ip netns exec \(namespace) kea-dhcp6 -t \($0)" }
        default: { _ in "false" }
        }
    }

    static func installed(_ program: String) throws -> InstalledProgram {
        try ProgramVersion(printed: CheckingPlace.shell("\(program) --version").words).map { .version($0) } ?? .unknown
    }
}

extension Trait where Self == ConditionTrait {
    /// Needs root and the programs. Under CI=true it runs, and fails, where they are not.
    static var checkers: Self {
        let programs = ["radvd", "dnsmasq", "dhcpd", "kea-dhcp4", "kea-dhcp6", "ip"]
        let areThere = programs.allSatisfy { program in
            ["/usr/sbin", "/sbin", "/usr/bin", "/bin"].contains { access("\($0)/\(program)", X_OK) == 0 }
        }
        return .enabled(
            if: (geteuid() == 0 && areThere) || ProcessInfo.processInfo.environment["CI"] == "true",
            "needs root, iproute2, radvd, dnsmasq-base, isc-dhcp-server, kea-dhcp4-server and kea-dhcp6-server")
    }
}

@Suite(.serialized, .checkers) struct CheckerTests {
    private static let cases = Case.all.filter { $0.program != .networkd && $0.installed != .missing }

    @Test(arguments: cases)
    func theProgramTakesIt(_ one: Case) throws {
        let place = try CheckingPlace.shared.get()
        for file in try one.configuration().files {
            let (status, words) = try place.check(file.text, Checker.command(for: file.path, in: place.namespace))
            // A radvd that is too old refuses what is for the newest: that is why it is looked at.
            let isTooNew =
                try one.program == .radvd && settings(file.text).contains { $0.hasPrefix("nat64prefix") }
                && !Checker.installed(Checker.radvd).isAtLeast(Radvd.pref64)
            #expect((status == 0) != isTooNew, "\(words)\n\(file.text)")
            if !isTooNew {
                #expect(!words.contains("rror: ") && !words.lowercased().contains("unknown"), "\(words)")
            }
        }
    }

    @Test(arguments: SampleFile.all.filter { $0.program != .networkd })
    func theProgramTakesTheSample(_ sample: SampleFile) throws {
        let place = try CheckingPlace.shared.get()
        let path = try #require(
            try sample.program.configuration(for: .sample, with: sample.partner).files.first {
                $0.path.hasSuffix("/" + sample.file)
            }
        ).path
        let (status, words) = try place.check(try sample.text, Checker.command(for: path, in: place.namespace))
        let isTooNew = try sample.program == .radvd && !Checker.installed(Checker.radvd).isAtLeast(Radvd.pref64)
        #expect((status == 0) != isTooNew, "\(words)")
    }

    /// What is printed for the version that is there is what starts there.
    @Test func theInstalledRadvdTakesWhatIsPrintedForIt() throws {
        let place = try CheckingPlace.shared.get()
        let installed = try Checker.installed(Checker.radvd)
        #expect(installed != .unknown)
        for (_, network) in AnnouncedNetwork.all {
            let file = try Announcer.radvd.configuration(for: network, installed: installed).files[0]
            let (status, words) = try place.check(file.text, Checker.command(for: file.path, in: place.namespace))
            #expect(status == 0, "\(words)")
        }
    }

    /// The checkers do find mistakes.
    @Test(arguments: [Radvd.path, Dnsmasq.path, ISCDHCP.path4, ISCDHCP.path6, Kea.path4, Kea.path6])
    func nonsenseIsRefused(_ path: String) throws {
        let place = try CheckingPlace.shared.get()
        let (status, _) = try place.check("nonsense {\n", Checker.command(for: path, in: place.namespace))
        #expect(status != 0)
    }
}
