// Which radvd there is. PREF64 takes 2.20; Debian 12 has 2.19, so Tests/WholeBox/radvd can fetch the one of Debian 13.

import Foundation
import Testing

struct Radvd {
    let program: String
    /// `2.19`.
    let version: String

    /// That of this machine.
    static func installed(_ house: House) throws -> Radvd { try Radvd(house, Programs.path(of: "radvd")) }

    /// One that announces PREF64: this machine's or the one that was fetched; nil, loudly, if there is none.
    static func newer(_ house: House) throws -> Radvd? {
        let installed = try installed(house)
        if installed.announcesPref64 { return installed }
        let path = try house.run(["\(Programs.root)/Tests/WholeBox/radvd", "path"])
        if path.status == 0 {
            return try Radvd(house, path.output.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        print(
            """
            **** LEFT OUT: PREF64 on the wire, for radvd here is \(installed.version) and it takes 2.20; \
            Tests/WholeBox/radvd fetch gets it ****
            """)
        return nil
    }

    private init(_ house: House, _ program: String) throws {
        self.program = program
        let finished = try house.run([program, "--version"])
        let line = (finished.output + finished.errors).split(separator: "\n").first { $0.hasPrefix("Version:") }
        version = try #require(line?.split(separator: " ").last.map(String.init), "\(finished)")
    }

    var announcesPref64: Bool { version.compare("2.20", options: .numeric) != .orderedAscending }
}
