// Names: wire form, text, case, and the relations between them.

import DNSMessage
import Testing

@Suite("Domain names")
struct NameTests {
    private func name(_ text: String) throws -> DomainName { try #require(DomainName(text)) }

    @Test(
        "Text and back",
        arguments: [".", "example.", "www.example.", "a\\.b.example.", "\\000\\255.example.", "*.example.", "_dns.x."])
    func text(_ text: String) throws {
        #expect(try name(text).description == text)
    }

    @Test("The dot at the end may be missing")
    func noDot() throws {
        #expect(try name("www.example") == name("www.example."))
    }

    @Test("What is no name is refused", arguments: ["", "..", "a..b.", ".a", String(repeating: "a", count: 64) + "."])
    func refused(_ text: String) {
        #expect(DomainName(text) == nil)
    }

    @Test("Limits: labels of 63 octets, names of 255 (RFC 1035 section 2.3.4)")
    func limits() throws {
        let label = String(repeating: "a", count: 63)
        #expect(try name(label + ".").wire.count == 65)
        let longest = try name([label, label, label, String(repeating: "b", count: 61)].joined(separator: ".") + ".")
        #expect(longest.wire.count == 255)
        #expect(longest.prepending(label: [97]) == nil)
        #expect(DomainName(wire: [1, 97] + longest.wire) == nil)
        #expect(
            DomainName([label, label, label, String(repeating: "b", count: 62)].joined(separator: ".") + ".") == nil)
    }

    @Test(
        "Wire forms that are none",
        arguments: [[], [1], [1, 97], [1, 97, 0, 0], [64] + Array(repeating: 97, count: 64) + [0], [0xc0, 0]])
    func wire(_ bytes: [UInt8]) {
        #expect(DomainName(wire: bytes) == nil)
    }

    @Test("Case counts for nothing but is kept (RFC 4343)")
    func letterCase() throws {
        let (upper, lower) = (try name("WWW.Example."), try name("www.example."))
        #expect(upper == lower)
        #expect(upper.hashValue == lower.hashValue)
        #expect(upper.description == "WWW.Example.")
        #expect(upper.lowercased.wire == lower.wire)
        // Letters alone: "[" and "{" differ in the same bit.
        #expect(try name("\\[.") != name("\\{."))
        #expect(try name("@.") != name("`."))
    }

    @Test("Subdomains are told by labels")
    func subdomains() throws {
        let zone = try name("Example.")
        #expect(try name("www.example.").isSubdomain(of: zone))
        #expect(zone.isSubdomain(of: zone))
        #expect(!zone.isProperSubdomain(of: zone))
        #expect(try !name("notexample.").isSubdomain(of: zone))
        #expect(try name("a.b.").isSubdomain(of: .root))
        // A label that holds what looks like another name.
        #expect(try !name("www\\007example.").isSubdomain(of: zone))
        #expect(try name("a.b.c.").ancestors.map(\.description) == ["a.b.c.", "b.c.", "c.", "."])
        #expect(try name("a.b.c.").labelCount == 3)
        #expect(DomainName.root.parent == nil)
    }

    @Test("DNAME substitution (RFC 6672 section 2.2)")
    func replacing() throws {
        let (old, new) = (try name("old.example."), try name("new.test."))
        #expect(try name("a.b.old.example.").replacing(old, with: new)?.description == "a.b.new.test.")
        #expect(try name("a.example.").replacing(old, with: new) == nil)
        let label = String(repeating: "a", count: 63)
        let long = try name("\(label).\(label).\(label).old.example.")
        #expect(long.replacing(old, with: try name("\(label).test.")) == nil)
    }

    @Test(
        "Types by name and number",
        arguments: [
            ("AAAA", 28), ("aaaa", 28), ("TYPE28", 28), ("HTTPS", 65), ("SVCB", 64), ("ANY", 255), ("TYPE65280", 65280),
        ])
    func types(_ text: String, _ number: UInt16) {
        #expect(RecordType(text)?.rawValue == number)
    }

    @Test("Types as text")
    func typeText() {
        #expect(RecordType(28).description == "AAAA")
        #expect(RecordType(65).description == "HTTPS")
        #expect(RecordType(65280).description == "TYPE65280")
        #expect(RecordType("NONSENSE") == nil)
        #expect(RecordType("TYPE65536") == nil)
    }
}
