// The files that ship with the daemon load, and the reference and the man page name every key as the schema has it.

import DaemonConfig
import Foundation
import NetAddress
import Testing

@Suite struct DocumentationTests {
    static let files: [String] = {
        let folder = (try? FileManager.default.contentsOfDirectory(atPath: projectFile("conf").path)) ?? []
        return folder.filter { $0.hasSuffix(".yaml") }.sorted().map { "conf/\($0)" }
    }()

    @Test(arguments: files)
    func shippedFileLoadsAndReadsBack(file: String) throws {
        let configuration = try ConfigurationLoader.load(file: projectFile(file).path)
        #expect(try load(configuration.yaml) == configuration)
    }

    @Test func examplesAreThere() {
        #expect(Self.files.count >= 8)
        #expect(Self.files.contains("conf/raspberry-pi.yaml"))
    }

    /// Switching between the two is one line: what only the other one has stays where it is.
    @Test func routersDifferInTheBackendAlone() throws {
        let text = try String(contentsOf: projectFile("conf/jool.yaml"), encoding: .utf8)
        let jool = try load(text)
        #expect(jool.nat64.backend == .jool)
        #expect(jool.warnings.isEmpty)
        var tun = try load(text.replacing("backend: jool", with: "backend: tun"))
        #expect(tun.nat64.backend == .tun)
        tun.nat64.backend = .jool
        #expect(tun == jool)
    }

    /// Every one of Jool's settings that can be set, and each that has another place, is explained.
    @Test func joolGlobalsAreDocumented() throws {
        let text = try String(contentsOf: projectFile("docs/configuration.md"), encoding: .utf8)
        let page = try String(contentsOf: projectFile("docs/man/dns64d.yaml.5"), encoding: .utf8)
        #expect(Configuration.NAT64.JoolGlobals.names.count == 19)
        for name in Configuration.NAT64.JoolGlobals.names + JoolErrorTests.elsewhere.map(\.name) {
            #expect(text.contains("\n- `\(name)`: "), "docs/configuration.md lacks \(name)")
            #expect(page.contains(name), "dns64d.yaml.5 lacks \(name)")
        }
    }

    @Test func developmentFile() throws {
        let configuration = try ConfigurationLoader.load(file: projectFile("conf/dev.yaml").path)
        #expect(
            configuration.server.listen == [.address(try socket("127.0.0.1:5364")), .address(try socket("[::1]:5364"))])
        #expect(configuration.control.socket == ".build/dns64d-dev.sock")
        #expect(configuration.upstream == [Configuration.Upstream(zone: ".", servers: [.system])])
        #expect(configuration.zones == [Configuration.Zone(name: "demo.home.arpa", file: "zones/demo.zone")])
    }

    /// The file for /etc says nothing but defaults, so that it can claim that what is commented out is the default.
    @Test func installedFileIsTheDefaults() throws {
        #expect(try ConfigurationLoader.load(file: projectFile("conf/dns64d.yaml").path) == Configuration())
    }

    /// The row of the reference that belongs to `key`.
    static func row(_ key: KeyReference) -> String {
        let defaultText = key.defaultText.map { "`\($0)`" } ?? "required"
        return "| `\(key.path)` | \(defaultText) | \(key.allowed) | \(key.summary) |"
    }

    @Test func referenceHasEveryKey() throws {
        let text = try String(contentsOf: projectFile("docs/configuration.md"), encoding: .utf8)
        for key in ConfigurationSchema.keys {
            #expect(text.contains("\n\(Self.row(key))\n"), "docs/configuration.md lacks this row:\n\(Self.row(key))")
        }
    }

    @Test func referenceNamesNoOtherKey() throws {
        let text = try String(contentsOf: projectFile("docs/configuration.md"), encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") && $0.contains("` | ") }
        let known = Set(ConfigurationSchema.keys.map { Self.row($0) })
        let ranges = Set(SpecialIPv4.ranges.map { "| `\($0.prefix)` |" })
        for row in rows where !known.contains(String(row)) {
            #expect(
                ranges.contains { row.hasPrefix($0) }, "docs/configuration.md has a row that the schema lacks:\n\(row)")
        }
    }

    @Test func referenceShowsTheSpecialList() throws {
        let text = try String(contentsOf: projectFile("docs/configuration.md"), encoding: .utf8)
        for range in SpecialIPv4.ranges {
            let prefixes = range.wellKnownPrefixOnly ? "`64:ff9b::/96` alone" : "any"
            let row = "| `\(range.prefix)` | \(range.reason) | \(range.reference) | \(prefixes) |"
            #expect(text.contains("\n\(row)\n"), "docs/configuration.md lacks this row:\n\(row)")
        }
    }

    @Test func manualPageHasEveryKey() throws {
        let text = try String(contentsOf: projectFile("docs/man/dns64d.yaml.5"), encoding: .utf8)
        for key in ConfigurationSchema.keys {
            #expect(text.contains("\n.It Cm \(key.path)\n"), "dns64d.yaml.5 lacks \(key.path)")
        }
    }
}
