// Master files (RFC 1035 section 5.1) and records as text.

import DNSMessage
import Foundation
import Testing

@Suite("Master files")
struct ZoneFileTests {
    private func read(_ text: String, origin: String = "example.") throws -> [Record] {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).zone")
        try Data(text.utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try ZoneFile(path: url.path, origin: try #require(DomainName(origin))).records
    }

    @Test("$ORIGIN, $TTL, parentheses, comments, relative and repeated owners")
    func whole() throws {
        let records = try read(
            """
            $TTL 300
            @   IN SOA ns hostmaster (
                    1       ; serial
                    7200 900 1209600
                    60 )
                IN NS ns
            ns  IN A 192.0.2.53
            www 60 IN CNAME v4only
            v4only A 192.0.2.1
            $ORIGIN sub.example.
            a   IN AAAA 2001:db8::1
            abs.example. IN TXT "a;b" "c d"
            * IN A 192.0.2.9
            """)
        #expect(
            records.map(\.description) == [
                "example. 300 IN SOA ns.example. hostmaster.example. 1 7200 900 1209600 60",
                "example. 300 IN NS ns.example.",
                "ns.example. 300 IN A 192.0.2.53", "www.example. 60 IN CNAME v4only.example.",
                "v4only.example. 300 IN A 192.0.2.1", "a.sub.example. 300 IN AAAA 2001:db8::1",
                "abs.example. 300 IN TXT \"a;b\" \"c d\"", "*.sub.example. 300 IN A 192.0.2.9",
            ])
    }

    @Test("A file without a last line end")
    func noLineEnd() throws {
        #expect(try read("a 60 IN A 192.0.2.1").count == 1)
    }

    @Test("An empty file has no records")
    func empty() throws {
        #expect(try read("\n; nothing\n\n").isEmpty)
    }

    @Test("What is wrong is told with file and line")
    func wrong() throws {
        do {
            _ = try read("a 60 IN A 192.0.2.1\n\nb 60 IN A 192.0.2\nc 60 IN A 192.0.2.3\n")
            Issue.record("a wrong address was taken")
        } catch let failure as ZoneFile.Failure {
            #expect(failure.line == 3, "\(failure)")
            #expect(failure.description.contains(".zone:3: "))
        }
    }

    @Test("A file that is not there is told as such")
    func missing() throws {
        let origin = try #require(DomainName("example."))
        do {
            _ = try ZoneFile(path: "/nonexistent/example.zone", origin: origin)
            Issue.record("a missing file was read")
        } catch {
            #expect(error.line == 0)
            #expect(error.reason == "No such file or directory")
        }
    }

    @Test("What is no file is not read, for it may have no end", arguments: ["/", "/dev/zero"])
    func noFile(_ path: String) throws {
        let origin = try #require(DomainName("example."))
        do {
            _ = try ZoneFile(path: path, origin: origin)
            Issue.record("\(path) was read")
        } catch {
            #expect(error.reason == "not a regular file")
        }
    }

    @Test(
        "Records as text and back",
        arguments: [
            "a.example. 300 IN A 192.0.2.1", "a.example. 300 IN AAAA 2001:db8::1", "a.example. 0 IN MX 10 mx.example.",
            "a.example. 2147483647 IN NS ns.example.", "a.example. 300 IN TXT \"x y\" \"z\"",
            "a.example. 300 IN TYPE65280 \\# 3 abcdef", "a.example. 300 IN SRV 1 2 3 t.example.",
            "a.example. 300 IN HTTPS 1 . ipv4hint=192.0.2.1", "a.example. 300 IN CAA 0 issue \"ca.example\"",
        ])
    func records(_ text: String) throws {
        let record = try Record(text: text)
        let again = try Record(text: record.description)
        #expect(again == record)
        #expect(record.description == text)
    }

    @Test(
        "What is no record is refused",
        arguments: [
            "", "a.example.", "a.example. 300 IN A", "a.example. 300 IN A 192.0.2", "a.example. 300 IN NONSENSE x",
        ])
    func refused(_ text: String) {
        #expect(throws: TextError.self) { try Record(text: text) }
    }
}
