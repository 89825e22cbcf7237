// Where the programs are: the daemon's own beside the test bundle or where DNS64D_BIN_DIR says, all others in the
// system.

import Foundation

enum Programs {
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .path

    static func path(of name: String) throws -> String {
        if name.hasPrefix("/") { return name }
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        for directory in path + ["/usr/sbin", "/sbin", "/usr/bin", "/bin"] {
            let path = "\(directory)/\(name)"
            if access(path, X_OK) == 0 { return path }
        }
        throw HarnessError("\(name) is not installed: scripts/need test")
    }

    static let daemon = own("dns64d")
    static let control = own("dns64ctl")

    private static func own(_ name: String) -> String {
        if let directory = ProcessInfo.processInfo.environment["DNS64D_BIN_DIR"] { return "\(directory)/\(name)" }
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let arguments = [bundle] + CommandLine.arguments
        let beside = arguments.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path + "/" + name }
        return (beside + ["\(root)/.build/debug/\(name)"]).first { access($0, X_OK) == 0 }
            ?? "\(root)/.build/debug/\(name)"
    }
}
