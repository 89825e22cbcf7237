// Network namespaces: machines of the test's own, with interfaces that come and go.

import Foundation
import Synchronization
import Testing

/// One namespace, which goes with its house.
final class Namespace {
    let name: String
    private let house: House
    private static let number = Atomic(0)

    init(_ house: House) throws {
        self.house = house
        name = "dns64d-\(getpid())-\(Self.number.wrappingAdd(1, ordering: .relaxed).newValue)"
        try house.must(["ip", "netns", "add", name])
        Reaper.shared.made(namespace: name)
        house.atEnd { [name] in
            _ = try? house.run(["ip", "netns", "del", name])
            Reaper.shared.removed(namespace: name)
        }
        // No waiting for duplicate address detection.
        for scope in ["all", "default"] { try inside("sysctl", "-q", "-w", "net.ipv6.conf.\(scope).accept_dad=0") }
        try ip("link set lo up")
    }

    /// What to put before a program's name, so that it runs in here. `ip` becomes that program: the pid stays.
    var prefix: [String] { ["ip", "netns", "exec", name] }

    /// `ip` with these words, in here.
    func ip(_ words: String) throws {
        try house.must(["ip", "-n", name] + words.split(separator: " ").map(String.init))
    }

    /// Several of them, in one go.
    func ip(_ commands: [String]) throws {
        let file = try house.write("batch\(house.number())", commands.joined(separator: "\n") + "\n")
        try house.must(["ip", "-n", name, "-batch", file])
    }

    @discardableResult
    func inside(_ words: String...) throws -> String { try house.must(prefix + words) }

    func dig(_ options: String) throws -> Answer {
        Answer(
            text: try house.run(
                prefix + ["dig", "+tries=1", "+time=2"] + options.split(separator: " ").map(String.init)
            ).output)
    }

    /// A cable from an interface here to one there, both up.
    func connect(_ own: String, to other: Namespace, _ others: String) throws {
        try ip("link add \(own) type veth peer name \(others) netns \(other.name)")
        try ip("link set \(own) up")
        try other.ip("link set \(others) up")
    }

    /// The link-local address of an interface, when it has one.
    func linkLocal(of interface: String) throws -> String {
        var found = ""
        _ = try eventually(within: 5) {
            let text = try house.must(["ip", "-n", name, "-6", "-o", "addr", "show", "dev", interface, "scope", "link"])
            found =
                text.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("fe80") }.map {
                    String($0.prefix { $0 != "/" })
                } ?? ""
            return !found.isEmpty && !text.contains("tentative")
        }
        return found
    }

    // MARK: its own /etc/resolv.conf

    /// One at a time: who finds /etc/netns empty removes it, perhaps from under a neighbour that is about to fill it.
    private static let etcNetns = Mutex(())
    private var ownFiles: String { "/etc/netns/\(name)" }

    /// What it has in /etc/resolv.conf from now on, for programs that `prefix` starts (ip-netns(8)). In place: who has the file
    /// mounted sees it.
    func resolve(_ text: String) throws {
        try Self.etcNetns.withLock { _ in
            if access(ownFiles, F_OK) != 0 {
                try FileManager.default.createDirectory(atPath: ownFiles, withIntermediateDirectories: true)
                Reaper.shared.made(folder: ownFiles)
                house.atEnd { [ownFiles] in Self.removeOwn(ownFiles) }
            }
            try text.write(toFile: "\(ownFiles)/resolv.conf", atomically: false, encoding: .utf8)
        }
    }

    /// What is in it.
    var resolver: String { (try? String(contentsOfFile: "\(ownFiles)/resolv.conf", encoding: .utf8)) ?? "" }

    private static func removeOwn(_ folder: String) {
        etcNetns.withLock { _ in
            try? FileManager.default.removeItem(atPath: folder)
            Reaper.shared.removed(folder: folder)
            rmdir("/etc/netns")
        }
    }

    /// Makes sockets that live in here; what runs meanwhile on this thread is in here too.
    func enter<T>(_ body: () throws -> T) throws -> T {
        typealias SetNamespace = @convention(c) (Int32, Int32) -> Int32
        guard let symbol = dlsym(nil, "setns") else { throw HarnessError("no setns") }
        let setNamespace = unsafeBitCast(symbol, to: SetNamespace.self)
        let home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
        let there = open("/run/netns/\(name)", O_RDONLY | O_CLOEXEC)
        defer {
            close(home)
            close(there)
        }
        let newNetwork: Int32 = 0x4000_0000
        guard setNamespace(there, newNetwork) == 0 else { throw Socket.failure("setns \(name)") }
        defer { _ = setNamespace(home, newNetwork) }
        return try body()
    }
}

enum Namespaces {
    /// Why there can be none; nil if there can.
    static let obstacle: String? = {
        guard getuid() == 0 else { return "network namespaces need root" }
        do {
            return try withHouse { house in
                _ = try Namespace(house)
                return nil
            }
        } catch { return "no network namespace can be made here: \(error)" }
    }()

    static let isCI = ProcessInfo.processInfo.environment["CI"] == "true"
}

extension Trait where Self == ConditionTrait {
    /// For tests that need root and network namespaces. Under CI=true they run in any case, and fail where they can't.
    static var needsNamespaces: ConditionTrait {
        .enabled(if: Namespaces.obstacle == nil || Namespaces.isCI, Comment(rawValue: Namespaces.obstacle ?? ""))
    }
}
