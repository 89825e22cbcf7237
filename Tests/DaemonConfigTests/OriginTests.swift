// Where a value came from, and where a zone's file lies.

import DaemonConfig
import Foundation
import NetAddress
import Testing

@Suite struct OriginTests {
    static let text = """
        dns64:
          mode: standard
          prefixes:
            - "64:ff9b::/96"
            - "2001:db8:64::/96"
          exclude-a: [special]
        clients:
          - match: ["::1"]
            dns64:
              mode: off
        """

    @Test(arguments: [
        ("dns64.mode", "test.yaml:2"), ("dns64.prefixes", "test.yaml:3"), ("dns64.prefixes[1]", "test.yaml:5"),
        ("dns64.exclude-a[0]", "test.yaml:6"), ("clients[0]", "test.yaml:8"), ("clients[0].match[0]", "test.yaml:8"),
        ("clients[0].dns64.mode", "test.yaml:10"), ("clients[0].dns64.prefixes[1]", "test.yaml:5"),
        ("dns64.suffix", "default"),
        ("clients[0].dns64.suffix", "default"), ("dns64.exclude-aaaa[0]", "default"), ("cache.size", "default"),
    ])
    func origin(key: String, expected: String) throws {
        #expect(try load(Self.text).origin(of: key) == expected)
    }

    @Test func originsHoldColumns() throws {
        let mark = try #require(try load(Self.text).origins["dns64.prefixes[1]"])
        #expect(mark == SourceMark(file: "test.yaml", line: 5, column: 7))
    }

    @Test func originsAreNoPartOfEquality() throws {
        let other = try ConfigurationLoader.load(text: "\n\n" + Self.text, file: "other.yaml")
        #expect(try load(Self.text) == other)
        #expect(try load(Self.text).hashValue == other.hashValue)
        #expect(try load(Self.text).origins != other.origins)
    }

    @Test func zoneFiles() throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        for directory in ["work", "etc"] {
            try FileManager.default.createDirectory(atPath: "\(root)/\(directory)", withIntermediateDirectories: true)
        }
        defer { try? FileManager.default.removeItem(atPath: root) }
        for file in ["work/here.zone", "etc/here.zone", "etc/there.zone"] {
            try Data().write(to: URL(fileURLWithPath: "\(root)/\(file)"))
        }
        let configuration = try ConfigurationLoader.load(
            text: """
                zones:
                  - { name: a, file: here.zone }
                  - { name: b, file: there.zone }
                  - { name: c, file: nowhere.zone }
                  - { name: d, file: /absolute.zone }
                """, file: "\(root)/etc/dns64d.yaml")
        #expect(
            configuration.zones.map { configuration.path(of: $0, workingDirectory: "\(root)/work") } == [
                "\(root)/work/here.zone", "\(root)/etc/there.zone", "\(root)/etc/nowhere.zone", "/absolute.zone",
            ])
    }
}
