// DNSSEC (RFC 6147 section 5.5): a zone signed here, and unbound that validates.

import Foundation
import Testing

@Suite(.ownThread) struct SigningTests {
    /// Signs a zone; breaks the proof that `broken` has no AAAA. Returns the zone's text and the trust anchor's file.
    private func sign(_ house: House) throws -> (zone: String, anchor: String) {
        let text =
            Zones.head("signed.example")
            + "v4only A 192.0.2.1\nbroken A 192.0.2.2\ndual A 192.0.2.3\ndual AAAA 2001:db8::3\n"
        try house.write("signed.zone", text)
        let key = try house.must(["ldns-keygen", "-a", "ECDSAP256SHA256", "-k", "-r", "/dev/urandom", "signed.example"])
            .trimmingCharacters(in: .whitespacesAndNewlines)
        try house.must(["ldns-signzone", "-f", "signed.out", "signed.zone", key])
        var lines = try String(contentsOfFile: house.path("signed.out"), encoding: .utf8).split(separator: "\n").map(
            String.init)
        let proof = try #require(
            lines.firstIndex { $0.hasPrefix("broken.signed.example.") && $0.contains("RRSIG\tNSEC ") })
        // A signature is base64 at the end of its line: change its beginning, keep its length.
        var words = lines[proof].split(separator: " ").map(String.init)
        let signature = words.removeLast()
        words.append(String(signature.prefix(20).map { $0 == "A" ? "B" : "A" }) + signature.dropFirst(20))
        lines[proof] = words.joined(separator: " ")
        return (lines.joined(separator: "\n") + "\n", house.path(key + ".key"))
    }

    /// With extended errors (RFC 8914), and from a server that does not say why it failed.
    @Test(arguments: [true, false]) func signedAndBogusAnswers(_ saysWhy: Bool) throws {
        try withHouse { house in
            let (zone, anchor) = try sign(house)
            let nsd = try NSD(house, [(name: "signed.example", text: zone)])
            let unbound = try Unbound(house, stubs: [("signed.example", nsd.v4)], anchors: anchor, saysWhy: saysWhy)
            let servers = "upstream: [{ zone: ., servers: [\(unbound.v4.text)], trust-ad: true }]\n"
            let daemon = try Daemon(house, servers + "clients: [{ match: [127.0.0.2], dns64: { break-dnssec: true } }]")

            #expect(
                try house.dig(daemon.v4, "dual.signed.example AAAA +adflag").flags.contains("ad"),
                "the set-up validates")
            let wary = try Daemon(house, servers.replacingOccurrences(of: "trust-ad: true", with: "trust-ad: false"))
            #expect(!(try house.dig(wary.v4, "dual.signed.example AAAA +adflag")).flags.contains("ad"))
            let plain = try house.dig(daemon.v4, "v4only.signed.example AAAA +adflag")
            #expect(
                plain.data("AAAA") == ["64:ff9b::c000:201"] && !plain.flags.contains("ad"),
                "AD is never set on what we made")

            let both = try house.dig(daemon.v4, "v4only.signed.example AAAA +dnssec +cdflag")
            #expect(both.data("AAAA").isEmpty && both.status == "NOERROR", "CD with DO: passed through")
            #expect(both.authority.contains { $0[3] == "NSEC" } && both.authority.contains { $0[3] == "RRSIG" })

            let alone = try house.dig(daemon.v4, "v4only.signed.example AAAA +dnssec")
            #expect(alone.data("AAAA").isEmpty, "DO alone and a signed answer: not broken")
            let broken = try house.dig(daemon.v4, "-b 127.0.0.2 v4only.signed.example AAAA +dnssec")
            #expect(broken.data("AAAA") == ["64:ff9b::c000:201"] && !broken.flags.contains("ad"))

            let bogus = try house.dig(daemon.v4, "broken.signed.example AAAA")
            #expect(bogus.status == "SERVFAIL" && bogus.answer.isEmpty, "never synthesized over")
            #expect(try house.dig(daemon.v4, "broken.signed.example A").data("A") == ["192.0.2.2"])
        }
    }
}
