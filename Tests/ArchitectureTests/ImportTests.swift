// The rules of docs/architecture.md that can be read off the imports.

import Foundation
import Testing

/// Where the sources lie, and what each module imports.
private struct SourceTree {
    static let found = Result { try SourceTree() }

    let imports: [String: [(file: String, module: String)]]

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources")
        var imports: [String: [(file: String, module: String)]] = [:]
        for module in try FileManager.default.contentsOfDirectory(atPath: root.path) {
            let folder = root.appendingPathComponent(module)
            let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects ?? []
            imports[module] = []
            for case let file as URL in files where file.pathExtension == "swift" {
                for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                    guard let imported = Self.imported(line) else { continue }
                    imports[module]?.append((file.lastPathComponent, imported))
                }
            }
        }
        self.imports = imports
    }

    private static func imported(_ line: Substring) -> String? {
        var words = line.split(separator: " ")[...]
        while let first = words.first,
            ["public", "internal", "private", "package", "@preconcurrency"].contains(String(first))
                || first.hasPrefix("@testable")
        {
            words = words.dropFirst()
        }
        guard words.first == "import", let name = words.dropFirst().first else { return nil }
        return name.split(separator: ".").first.map(String.init)
    }

    func importers(of module: String) -> Set<String> {
        Set(imports.filter { $0.value.contains { $0.module == module } }.keys)
    }
}

@Suite("The import rules of the architecture")
struct ImportTests {
    /// Top to bottom: a module may import what stands above it. `docs/architecture.md` has the same list.
    private static let order = [
        "CLDNS", "CLinux", "NetAddress", "Telemetry", "LinuxIO", "DNSMessage", "AnswerCache", "Resolver", "Upstream",
        "Listeners", "Packet", "Translator", "TunDevice", "NAT64Backend", "HostNetwork", "TunBackend", "JoolBackend",
        "Probe", "Announcement", "DaemonConfig", "ControlProtocol", "Doctor", "dns64d", "dns64ctl",
    ]

    @Test("the list names every module, so that none escapes the rules")
    func everyModuleIsListed() throws {
        #expect(Set(try SourceTree.found.get().imports.keys) == Set(Self.order))
    }

    @Test("1: ldns is behind DNSMessage alone, kernel structures behind LinuxIO and TunDevice alone")
    func cFloor() throws {
        let tree = try SourceTree.found.get()
        #expect(tree.importers(of: "CLDNS") == ["DNSMessage"])
        #expect(tree.importers(of: "CLinux") == ["LinuxIO", "TunDevice"])
    }

    @Test(
        "2: the cores know no sockets, no files and no Foundation",
        arguments: ["Resolver", "Translator", "Packet", "NetAddress", "AnswerCache", "Announcement"])
    func cores(_ module: String) throws {
        let forbidden = ["Foundation", "FoundationEssentials", "LinuxIO", "NIOCore", "NIOPosix", "NIO"]
        let found = try #require(try SourceTree.found.get().imports[module]).filter { forbidden.contains($0.module) }
        #expect(found.isEmpty, "\(found)")
    }

    @Test("3: dns64ctl knows ControlProtocol and none of the daemon's modules")
    func controlProgram() throws {
        let found = try #require(try SourceTree.found.get().imports["dns64ctl"]).map(\.module)
        #expect(Set(found).intersection(Self.order) == ["ControlProtocol"])
    }

    @Test("4: arrows point up the list, without circles", arguments: order)
    func arrows(_ module: String) throws {
        let position = try #require(Self.order.firstIndex(of: module))
        for (file, imported) in try SourceTree.found.get().imports[module] ?? [] {
            guard let other = Self.order.firstIndex(of: imported) else { continue }
            #expect(other < position, "\(module)/\(file) imports \(imported)")
        }
    }
}
