// What holds for every program, network and version.

import NetAddress
import Testing

@testable import Announcement

/// A file without its comments, empty lines and indentation.
func settings(_ text: String) -> [String] {
    text.split(separator: "\n").map { line in
        String(line.drop { $0 == " " })
    }.filter { !$0.isEmpty && !$0.hasPrefix("#") && !$0.hasPrefix("//") }
}

@Suite struct PropertyTests {
    @Test func lifetimesAreWhatTheRFCsAsk() {
        // RFC 8781 section 4.1
        #expect(Lifetimes.pref64 % 8 == 0)
        #expect(Lifetimes.pref64 <= 65_528)
        #expect(Lifetimes.pref64 >= Lifetimes.router)
        #expect(Lifetimes.pref64 == 3 * Lifetimes.maximumInterval)
        // RFC 8106 section 5.1
        #expect(Lifetimes.resolvers >= 3 * Lifetimes.maximumInterval)
        // RFC 4861 section 6.2.1
        #expect((4...1800).contains(Lifetimes.maximumInterval))
        #expect((Lifetimes.maximumInterval...9000).contains(Lifetimes.router))
        // RFC 8415 section 7.6
        #expect(Lifetimes.informationRefresh >= 600)
        // RFC 8925 section 3.4
        #expect(Lifetimes.v6OnlyWait >= 300)
    }

    @Test(arguments: Case.all)
    func theTextIsWhole(_ one: Case) throws {
        for file in try one.configuration().files {
            #expect(file.text.hasSuffix("\n") && !file.text.hasSuffix("\n\n"))
            #expect(!file.text.contains("\n\n\n"))
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.allSatisfy { $0.count <= 80 && $0.last != " " && $0.last != "\\" }, "\(file.text)")
            #expect(file.text.unicodeScalars.allSatisfy { $0 == "\n" || (0x20..<0x7f).contains($0.value) })
            // The file says what it is and which command prints it.
            #expect(lines[0].contains(" \(file.path): "))
            #expect(file.text.contains("Printed by: dns64ctl announce \(one.program.rawValue)"))
            #expect(file.text.contains("--interface \(one.network.interface.text)\n"))
        }
    }

    @Test(arguments: Case.all)
    func nothingIsAnnouncedThatIsNotThere(_ one: Case) throws {
        let all = try one.configuration().files.flatMap { settings($0.text) }.joined(separator: "\n")
        let words = ["nat64prefix", "PREF64", "v6-only", "ipv6-only", "IPv6Only", "108"]
        if case .off = one.network.nat64 {
            for word in words { #expect(!all.contains(word), "\(word)") }
        }
        if case .network = one.network.ipv4 {
        } else {
            #expect(!all.contains("192.168") && !all.contains("DHCPServer"))
        }
        for prefix in one.network.nat64.prefixes where all.contains("\(prefix) {") || all.contains("=\(prefix)") {
            #expect(one.program == .radvd || one.program == .networkd)
        }
    }

    @Test(arguments: Case.all)
    func everyResolverIsNamedOnceAndNoOther(_ one: Case) throws {
        let duties = try Duties(of: one.program, with: one.partner)
        let all = try one.configuration().files.flatMap { settings($0.text) }
        let lines = all.filter { line in
            ["RDNSS ", "dns-server", "name-servers", "DNS="].contains { line.contains($0) }
                && one.network.resolvers.contains { line.contains("\($0)") }
        }
        #expect(lines.count == (duties.advertises || duties.dhcpv6 == one.program ? 1 : 0))
        for line in lines { for resolver in one.network.resolvers { #expect(line.contains("\(resolver)")) } }
    }

    /// Of every pair that share the work one advertises, and never two; the same for DHCPv6 and DHCPv4.
    @Test func dutiesAreSharedWithoutRest() throws {
        for program in Announcer.allCases {
            for partner in Announcer.allCases {
                guard let mine = try? Duties(of: program, with: partner) else {
                    #expect(throws: AnnouncementRefusal.self) { try Duties(of: partner, with: program) }
                    continue
                }
                let theirs = try Duties(of: partner, with: program)
                #expect(mine.advertises != theirs.advertises)
                #expect(mine.dhcpv4 != theirs.dhcpv4)
                #expect(mine.dhcpv6 == theirs.dhcpv6)
            }
        }
    }

    @Test(arguments: Case.all)
    func remarksAreSentences(_ one: Case) throws {
        let remarks = try one.configuration().remarks
        #expect(!remarks.isEmpty)
        for remark in remarks {
            let parts = remark.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(parts.allSatisfy { !$0.isEmpty })
            #expect(parts.count == 1 ? remark.hasSuffix(".") : parts[0].hasSuffix(":"), "\(remark)")
            // Commands of a length that can be copied.
            #expect(parts.dropFirst().allSatisfy { $0.count <= 76 })
        }
        #expect(remarks.contains { $0.contains("not installed") } == (one.installed == .missing))
    }
}
