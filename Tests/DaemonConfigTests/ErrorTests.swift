// Every kind of mistake, with its exact place and words.

import DaemonConfig
import Foundation
import Testing

@Suite struct ErrorTests {
    /// The text of a file and the line that its only mistake gives, up to a point.
    static let mistakes: [(String, String)] = [
        // Keys
        ("serverr: {}", #"1:1: serverr: found the unknown key "serverr"; allowed: server, control, dns64,"#),
        ("server:\n  lisen: []", #"2:3: server.lisen: found the unknown key "lisen"; allowed: listen, allow,"#),
        (
            "server: {workers: 1}\nlog:\n  level: info\nserver: {}",
            "4:1: server: found the key a second time (first in line 1); allowed: each key once"
        ),
        (
            "dns64:\n  mode: off\n  reverse: off\n  mode: off",
            "4:3: dns64.mode: found the key a second time (first in line 2)"
        ),
        ("? [a, b]\n: 1", "1:3: found a key that is no word; allowed: a section with keys among server,"),
        ("upstream:\n  - servers: system", "2:5: upstream[0].zone: found nothing; allowed: a domain name"),
        (
            "clients:\n  - name: x",
            "2:5: clients[0].match: found nothing; allowed: a list of 1 or more address prefixes"
        ),
        (
            "zones: [{ name: a }]",
            "1:9: zones[0].file: found nothing; allowed: the path of a file; this key must be there"
        ),
        ("<<: {}", #"1:1: <<: found the unknown key "<<""#),
        // Types
        ("- a", "1:1: found a list; allowed: a section with keys among server,"),
        ("hello", #"1:1: found "hello"; allowed: a section with keys among server,"#),
        ("server: []", "1:9: server: found an empty list; allowed: a section with keys among listen,"),
        ("server: 53", "1:9: server: found 53; allowed: a section with keys among listen,"),
        (
            "server: { listen: { a: b } }",
            "1:19: server.listen: found a section (keys and values); allowed: a list of 1 or more addresses"
        ),
        ("server: { listen: [[a]] }", "1:20: server.listen[0]: found a list; allowed: an address"),
        ("server: { listen: 127.0.0.1 }", #"1:19: server.listen: found "127.0.0.1"; allowed: a list of 1 or more"#),
        ("server: { listen: [] }", "1:19: server.listen: found an empty list; allowed: a list of 1 or more addresses"),
        ("server: { listen: }", "1:19: server.listen: found nothing; allowed: a list of 1 or more addresses"),
        (
            "server: { workers: '4' }",
            #"1:20: server.workers: found the text "4"; allowed: auto, or a whole number from 1 to 256"#
        ),
        ("server: { cookies: 'true' }", #"1:20: server.cookies: found the text "true"; allowed: true or false"#),
        ("server: { cookies: 1 }", "1:20: server.cookies: found 1; allowed: true or false"),
        ("server: { cookies: null }", "1:20: server.cookies: found null; allowed: true or false"),
        (
            "control: { socket: false }",
            "1:20: control.socket: found false; allowed: the path of a socket (at most 107 octets), or null"
        ),
        ("clients: {}", "1:10: clients: found a section (keys and values); allowed: a list of sections"),
        ("clients: [a]", #"1:11: clients[0]: found "a"; allowed: a section with keys among match, name, dns64"#),
        (
            "clients: [{match: [10.0.0.1], dns64: off}]",
            "1:38: clients[0].dns64: found off; allowed: a section with keys among mode,"
        ),
        ("upstream:", "1:10: upstream: found nothing; allowed: a list of sections with keys among zone,"),
        // Numbers, sizes, durations
        ("server: { workers: 257 }", "1:20: server.workers: found 257; allowed: auto, or a whole number from 1 to 256"),
        ("server: { workers: 0 }", "1:20: server.workers: found 0;"),
        ("server: { workers: -1 }", "1:20: server.workers: found -1;"),
        ("server: { workers: 1.5 }", "1:20: server.workers: found 1.5;"),
        ("server: { udp-size: 511 }", "1:21: server.udp-size: found 511; allowed: a whole number from 512 to 4096"),
        ("server: { udp-size: 99999999999999999999 }", "1:21: server.udp-size: found 99999999999999999999;"),
        ("server: { udp-size: 0x400 }", "1:21: server.udp-size: found 0x400;"),
        ("server: { udp-size: 01024 }", "1:21: server.udp-size: found 01024;"),
        ("dns64: { max-aliases: 65 }", "1:23: dns64.max-aliases: found 65; allowed: a whole number from 1 to 64"),
        ("cache: { size: 0 }", "1:16: cache.size: found 0; allowed: a size from 1MiB to 1TiB"),
        ("cache: { size: 512KiB }", "1:16: cache.size: found 512KiB; allowed: a size from 1MiB to 1TiB"),
        ("cache: { size: big }", #"1:16: cache.size: found "big"; allowed: a size from 1MiB"#),
        ("cache: { size: 99999999999TiB }", #"1:16: cache.size: found "99999999999TiB"; allowed: a size from 1MiB"#),
        (
            "cache: { max-ttl: 1y }",
            #"1:19: cache.max-ttl: found "1y"; allowed: a duration in whole seconds from 1s to 24855d"#
        ),
        ("cache: { max-ttl: 4m2h }", #"1:19: cache.max-ttl: found "4m2h"; allowed: a duration"#),
        ("cache: { max-ttl: 1500ms }", "1:19: cache.max-ttl: found 1500ms; allowed: a duration in whole seconds"),
        ("cache: { max-ttl: -5s }", #"1:19: cache.max-ttl: found "-5s"; allowed: a duration"#),
        ("cache: { max-ttl: 0 }", "1:19: cache.max-ttl: found 0; allowed: a duration in whole seconds from 1s"),
        ("cache: { max-ttl: 99999999999999w }", #"1:19: cache.max-ttl: found "99999999999999w"; allowed: a duration"#),
        (
            "upstream: [{zone: ., servers: system, timeout: 50ms}]",
            "1:48: upstream[0].timeout: found 50ms; allowed: a duration from 100ms to 1m"
        ),
        ("upstream: [{zone: ., servers: system, timeout: 61}]", "1:48: upstream[0].timeout: found 61;"),
        (
            "cache:\n  max-ttl: 1h\n  min-ttl: 2h",
            "3:12: cache.min-ttl: found 2h; allowed: a duration not above cache.max-ttl, which is 1h"
        ),
        (
            "cache: { min-ttl: 2d }",
            "1:19: cache.min-ttl: found 2d; allowed: a duration not above cache.max-ttl, which is 1d"
        ),
        // Addresses, prefixes, names
        (
            "server: { listen: [127.0.0.300] }",
            #"1:20: server.listen[0]: found "127.0.0.300"; allowed: an address, address:port"#
        ),
        (
            "server: { listen: ['[::1]:0'] }",
            #"1:20: server.listen[0]: found "[::1]:0"; allowed: an address, address:port"#
        ),
        ("server: { listen: ['eth0:99999'] }", #"1:20: server.listen[0]: found "eth0:99999";"#),
        ("server: { listen: [interface-too-long] }", #"1:20: server.listen[0]: found "interface-too-long";"#),
        (
            "server: { listen: ['::1', '[::1]:53'] }",
            #"1:27: server.listen[1]: found "[::1]:53", which repeats server.listen[0];"#
        ),
        (
            "server: { allow: [10.0.0.1/8] }",
            #"1:19: server.allow[0]: found "10.0.0.1/8", which has bits set behind /8; allowed: an address prefix"#
        ),
        ("server: { allow: [all] }", #"1:19: server.allow[0]: found "all"; allowed: an address prefix"#),
        (
            "server: { allow: automatic }",
            #"1:18: server.allow: found "automatic"; allowed: auto, or a list of address prefixes"#
        ),
        (
            "dns64: { exclude-a: ['::/0'] }",
            #"1:22: dns64.exclude-a[0]: found "::/0"; allowed: the word special, or an IPv4 prefix"#
        ),
        (
            "dns64: { exclude-aaaa: [10.0.0.0/8] }",
            #"1:25: dns64.exclude-aaaa[0]: found "10.0.0.0/8"; allowed: an IPv6 prefix"#
        ),
        ("dns64: { exclude-names: ['a..b'] }", #"1:26: dns64.exclude-names[0]: found "a..b"; allowed: a domain name"#),
        ("dns64: { exclude-names: [''] }", #"1:26: dns64.exclude-names[0]: found ""; allowed: a domain name"#),
        ("dns64: { exclude-names: ['a b'] }", #"1:26: dns64.exclude-names[0]: found "a b"; allowed: a domain name"#),
        (
            #"dns64: { exclude-names: ['a\256'] }"#,
            #"1:26: dns64.exclude-names[0]: found "a\\256"; allowed: a domain name"#
        ),
        (
            "dns64: { exclude-names: [\(String(repeating: "a", count: 64))] }",
            "1:26: dns64.exclude-names[0]: found \"aaaa"
        ),
        (
            "upstream: [{zone: ., servers: [dns.example]}]",
            #"1:32: upstream[0].servers[0]: found "dns.example"; allowed: system, an address"#
        ),
        (
            "upstream: [{zone: ., servers: []}]",
            "1:31: upstream[0].servers: found an empty list; allowed: system, or a list of 1 or more"
        ),
        (
            "upstream: [{zone: ., servers: ['2001:db8::1%eth0']}]",
            #"1:32: upstream[0].servers[0]: found "2001:db8::1%eth0";"#
        ),
        (
            "upstream: [{zone: ., servers: [192.0.2.1, '192.0.2.1:53']}]",
            #"1:43: upstream[0].servers[1]: found "192.0.2.1:53", which repeats upstream[0].servers[0];"#
        ),
        (
            "upstream:\n - {zone: a.b, servers: system}\n - {zone: A.B., servers: system}",
            #"3:11: upstream[1].zone: found "a.b", which repeats upstream[0].zone; allowed: each zone once"#
        ),
        (
            "zones:\n - {name: a.b, file: x}\n - {name: a.b, file: y}",
            #"3:11: zones[1].name: found "a.b", which repeats zones[0].name; allowed: each name once"#
        ),
        // NAT64 prefixes
        (
            "dns64: { prefixes: [] }",
            "1:20: dns64.prefixes: found an empty list; allowed: a list of 1 or more prefixes of length 32, 40, 48, 56, 64 or 96"
        ),
        (
            "dns64: { prefixes: ['2001:db8::/72'] }",
            #"1:21: dns64.prefixes[0]: found "2001:db8::/72": /72 is not one of the lengths of RFC 6052 section 2.2"#
        ),
        (
            "dns64: { prefixes: ['2001:db8:0:0:100::/96'] }",
            #"1:21: dns64.prefixes[0]: found "2001:db8:0:0:100::/96": bits 64 to 71 of a NAT64 prefix must be zero"#
        ),
        (
            "dns64: { prefixes: ['10.0.0.0/32'] }",
            #"1:21: dns64.prefixes[0]: found "10.0.0.0/32": a NAT64 prefix is an IPv6 prefix"#
        ),
        ("dns64: { prefixes: ['64:ff9b::'] }", #"1:21: dns64.prefixes[0]: found "64:ff9b::": /128 is not one of"#),
        (
            "dns64: { prefixes: ['64:ff9b::1/96'] }",
            #"1:21: dns64.prefixes[0]: found "64:ff9b::1/96", which has bits set behind /96;"#
        ),
        (
            "dns64: { prefixes: ['64:ff9b::/96', '64:ff9b::/96'] }",
            #"1:37: dns64.prefixes[1]: found "64:ff9b::/96", which repeats dns64.prefixes[0];"#
        ),
        (
            "dns64: { prefixes: ['64:ff9b::/96', '64:ff9b::/32'] }",
            #"1:37: dns64.prefixes[1]: found "64:ff9b::/32", which overlaps dns64.prefixes[0];"#
        ),
        (
            "dns64: { suffix: '::1' }",
            #"1:18: dns64.suffix: found "::1", which does not fit behind 64:ff9b::/96; allowed: "::", for a /96"#
        ),
        (
            "dns64: { prefixes: ['2001:db8::/64'], suffix: '::100:0' }",
            #"1:47: dns64.suffix: found "::100:0", which does not fit behind 2001:db8::/64; allowed: bits within ::ff:ffff"#
        ),
        ("dns64: { suffix: 1.2.3.4 }", #"1:18: dns64.suffix: found "1.2.3.4"; allowed: an IPv6 address"#),
        (
            "dns64: {prefixes: ['2001:db8::/64'], suffix: '::1'}\nclients: [{match: ['::1'], dns64: {prefixes: ['64:ff9b::/96']}}]",
            #"2:47: clients[0].dns64.prefixes[0]: found "64:ff9b::/96", which leaves no room for the suffix ::1;"#
        ),
        // Words and texts
        ("dns64: { mode: on }", "1:16: dns64.mode: found on; allowed: one of standard, synthall, off"),
        (
            "log: { level: verbose }",
            #"1:15: log.level: found "verbose"; allowed: one of trace, debug, info, notice, warning, error, critical"#
        ),
        ("server: { user: 'a b' }", #"1:17: server.user: found "a b"; allowed: the name of a user, or null"#),
        (
            "server: { cookie-secret: 0011 }",
            "1:26: server.cookie-secret: found a text of 4 letters; allowed: 32 hexadecimal digits, or null"
        ),
        ("control: { socket: /\(String(repeating: "s", count: 107)) }", "1:20: control.socket: found \"/sss"),
        ("zones: [{ name: a, file: '' }]", #"1:26: zones[0].file: found ""; allowed: the path of a file"#),
        // YAML itself
        ("a: [", "1:5: found a YAML syntax error: "),
        ("server:\n\tworkers: 1", "2:1: found a YAML syntax error: found character that cannot start any token"),
        (
            "server:\n  listen: [\"a\n",
            "2:14: found a YAML syntax error: found unexpected end of stream (while scanning a quoted scalar, line 2)"
        ),
        ("server: {}\n---\nlog: {}\n", "2:1: found a YAML syntax error: but found another document"),
        ("server: *nobody", "1:9: found a YAML syntax error: found undefined alias"),
        ("log:\n  level: in\u{7}fo", "2:12: found a control character; allowed: printable characters in UTF-8"),
    ]

    @Test(arguments: mistakes.indices)
    func mistake(index: Int) {
        let (text, expected) = Self.mistakes[index]
        let found = lines(text)
        #expect(found.count == 1, "\(text)")
        #expect(found.first?.hasPrefix(expected) == true, "\(text)\n\(found.first ?? "")")
    }

    @Test(arguments: [
        ("server: { lisen: [] }", "listen"), ("sever: {}", "server"), ("dns_64: {}", "dns64"),
        ("Upstream: []", "upstream"),
        ("dns64: { prefix: [] }", "prefixes"), ("dns64: { exclude_aaaa: [] }", "exclude-aaaa"),
        ("prefixes: []", "dns64.prefixes"),
        ("server: { max-tll: 1 }", "cache.max-ttl"), ("cache: { serve-stale: { enable: true } }", "enabled"),
        ("log: { lvel: info }", "level"), ("dns64: { mode: Standard }", "standard"),
        ("log: { level: warn }", "warning"),
        ("cache: { size: 64M }", "64MiB"), ("cache: { size: 1 gib }", "1GiB"),
        ("server: { allow: [10.1.2.3/8] }", "10.0.0.0/8"),
        ("dns64: { exclude-names: ['*.a.example'] }", "a.example"), ("dns64: { exclude-a: [specail] }", "special"),
        ("server: { listen: 127.0.0.1 }", #"["127.0.0.1:53"]"#), ("clients: [{ match: ['::1'], name: 7 }]", #""7""#),
        ("upstream: [{ zone: ., servers: [sytem] }]", "system"),
        ("server: { listen: ['localhost:5353'] }", "127.0.0.1:5353"),
    ])
    func suggestion(text: String, expected: String) {
        let found = errors(in: text)
        #expect(found.first?.suggestion == expected, "\(found)")
        #expect(found.first?.description.hasSuffix(" (did you mean \(expected)?)") == true)
    }

    @Test(arguments: ["server: { zzzzzzzz: 1 }", "qqqqqqqq: 1", "log: { level: xyz }"])
    func noSuggestionWhereNothingIsNear(text: String) {
        #expect(errors(in: text).map(\.suggestion) == [nil])
    }

    @Test func allMistakesAreShownInTheirOrder() {
        let text = """
            log: { level: loud }
            dns64:
              mode: on
              mode: maybe
              prefixes: ["64:ff9b::/96", "64:ff9b::/95", x]
            server:
              workers: many
              wrokers: 2
              workers: 0
            dns64:
              reverse: 1
            """
        #expect(
            errors(in: text).map { "\($0.line):\($0.column) \($0.key)" } == [
                "1:15 log.level", "3:9 dns64.mode", "4:3 dns64.mode", "4:9 dns64.mode", "5:30 dns64.prefixes[1]",
                "5:46 dns64.prefixes[2]", "7:12 server.workers", "8:3 server.wrokers", "9:3 server.workers",
                "9:12 server.workers", "10:1 dns64", "11:12 dns64.reverse",
            ])
    }

    @Test func everyKeyCanStandTwiceOrThrice() {
        let text =
            "server:\n  \"workers\": 1\n  workers: 2\n  workers: 3\n'log': {}\nlog: {}\nlog: {level: info, level: info}\n"
        #expect(
            lines(text).map { $0.split(separator: ";")[0] } == [
                "3:3: server.workers: found the key a second time (first in line 2)",
                "4:3: server.workers: found the key a second time (first in line 2)",
                "6:1: log: found the key a second time (first in line 5)",
                "7:1: log: found the key a second time (first in line 5)",
                "7:20: log.level: found the key a second time (first in line 7)",
            ])
    }

    /// Columns are letters, not octets, and a key that was hidden from the YAML reader moves none of them.
    @Test func columnsCountLetters() {
        #expect(lines("log: { \"ä\": 1, level: x }").map { $0.prefix(5) } == ["1:8: ", "1:23:"])
        #expect(lines("log: { level: ü, level: y }").map { $0.prefix(5) } == ["1:15:", "1:18:", "1:25:"])
    }

    @Test func descriptionHasItsForm() throws {
        let error = try #require(errors(in: "server:\n  lisen: []").first)
        #expect(error.file == "test.yaml")
        #expect(error.line == 2)
        #expect(error.column == 3)
        #expect(error.key == "server.lisen")
        #expect(error.found == #"the unknown key "lisen""#)
        #expect(error.suggestion == "listen")
        #expect(
            "\(error)"
                == "test.yaml:2:3: server.lisen: found \(error.found); allowed: \(error.allowed) (did you mean listen?)"
        )
        let copy = try JSONDecoder().decode(ConfigurationError.self, from: JSONEncoder().encode(error))
        #expect(copy == error)
    }

    @Test func unreadableFiles() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let missing = directory.appendingPathComponent("missing.yaml").path
        let octets = directory.appendingPathComponent("octets.yaml")
        try Data(Array("log: {}\ncontrol: { socket: \"".utf8) + [0xff, 0x22, 0x20, 0x7d]).write(to: octets)
        #expect(message(missing) == "\(missing): found no such file or directory; allowed: a readable YAML file")
        #expect(message(directory.path) == "\(directory.path): found is a directory; allowed: a readable YAML file")
        #expect(
            message(octets.path) == "\(octets.path):2:21: found octets that are not UTF-8; allowed: a text in UTF-8")
    }

    private func message(_ path: String) -> String? {
        do {
            _ = try ConfigurationLoader.load(file: path)
            return nil
        } catch {
            return error.description
        }
    }
}
