// Tests with a running backend need the whole process in a network namespace of its own: the test binary runs itself
// again, under unshare(1), with one test.

import Glibc
import LinuxIO
import Testing

/// Says that a test did not run.
func notRun(_ why: String) {
    print(why)
    #expect(getenv("CI").map { String(cString: $0) } != "true", "\(why)")
}

enum Trial {
    private static let variable = "TUN_BACKEND_TRIAL"

    /// Runs `body` where it can do no harm. `name` is the test's, unique in this module.
    static func run(_ name: String = #function, _ body: () async throws -> Void) async throws {
        let name = String(name.prefix { $0 != "(" })
        if let current = getenv(variable), String(cString: current) == name {
            try prepare()
            try await body()
            return
        }
        guard geteuid() == 0, access("/dev/net/tun", R_OK | W_OK) == 0 else {
            notRun("\(name): not run, needs root and /dev/net/tun")
            return
        }
        let program = try #require(CommandLine.arguments.first)
        let words = [
            "env", "\(variable)=\(name)", "unshare", "--net", program, "--filter",
            "^TunBackendTests\\.(.*/)?\(name)\\(", "--testing-library", "swift-testing",
        ]
        let status = await withCheckedContinuation { (continuation: CheckedContinuation<Int32, Never>) in
            do {
                _ = try WorkerThread(name: "trial") { continuation.resume(returning: Program.run(words)) }
            } catch { continuation.resume(returning: -1) }
        }
        #expect(status == 0, "\(name) failed in its namespace: \(status)")
    }

    /// A host with an address, 10.99.0.1, and a way to the Internet that leads nowhere.
    private static func prepare() throws {
        try ip("link set lo up")
        try ip("address add 10.99.0.1/32 dev lo")
        try ip("link add outside type veth peer name beyond")
        try ip("link set outside up")
        try ip("link set beyond up")
        try ip("address add 10.98.0.1/24 dev outside")
        try ip("route add default via 10.98.0.2")
    }

    static func ip(_ words: String) throws {
        let status = Program.run(["ip"] + words.split(separator: " ").map(String.init))
        if status != 0 { throw TrialFailure(what: "ip \(words): \(status)") }
    }

    /// The kernel leads packets to a new IPv6 address of this host a moment after `ip` has returned.
    ///
    /// - Parameter digits: all 32 of the address.
    static func awaitAddress(_ digits: String) throws {
        for _ in 0..<1000 {
            guard let file = fopen("/proc/thread-self/net/ipv6_route", "r") else { break }
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 512)
            while fgets(&line, Int32(line.count), file) != nil {
                let text = String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if text.hasPrefix("\(digits) 80 ") { return }
            }
            usleep(5000)
        }
        throw TrialFailure(what: "the address \(digits) never came")
    }

    /// Until `condition` holds, some seconds at most.
    static func eventually(_ what: Comment, _ condition: () async throws -> Bool) async throws {
        for _ in 0..<100 {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record(what)
    }
}

struct TrialFailure: Error {
    var what: String
}

enum Program {
    /// Runs a program to its end; its wait status.
    static func run(_ words: [String]) -> Int32 {
        var pointers = words.map { strdup($0) } + [nil]
        defer { pointers.forEach { free($0) } }
        var child = pid_t()
        guard posix_spawnp(&child, words[0], nil, nil, &pointers, environ) == 0 else { return -1 }
        var status: Int32 = 0
        while waitpid(child, &status, 0) != child { if errno != EINTR { return -1 } }
        return status
    }
}
