// A network namespace of its own for each test, and a Machine that lives in it.

import Foundation
import Glibc
import LinuxIO
import NAT64Backend
import NetAddress
import Synchronization
import Testing

@testable import HostNetwork

/// A namespace with an uplink `eth0` (192.0.2.1/24, 2001:db8::1/64), and a persistent TUN device if asked.
final class NetworkNamespace: Sendable {
    private static let count = Atomic<Int>(0)
    let name: String
    let folder: String

    static var canBeMade: Bool { Privileges.isRoot && LocalMachine().hasProgram("ip") }

    init() throws {
        let number = Self.count.add(1, ordering: .relaxed).newValue
        name = "host-\(getpid())-\(number)"
        folder = FileManager.default.temporaryDirectory.appending(path: name).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.call(["/usr/sbin/ip", "netns", "add", name])
        for line in [
            // No address is tentative or comes by itself, so that nothing changes on its own while a test runs.
            "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad", "echo 0 > /proc/sys/net/ipv6/conf/all/accept_dad",
            "ip link set lo up", "ip link add eth0 type veth peer name peer0",
            "echo 1 > /proc/sys/net/ipv6/conf/eth0/addr_gen_mode", "ip link set eth0 up",
            "echo 1 > /proc/sys/net/ipv6/conf/peer0/addr_gen_mode",
            "ip link set peer0 up", "ip addr add 192.0.2.1/24 broadcast 192.0.2.255 dev eth0",
            "ip -6 addr add 2001:db8::1/64 dev eth0 nodad",
            // The kernel adds the rest a moment after `ip` has returned: of the address, and of each link that came up.
            "for i in $(seq 200); do routes=$(ip -6 route show table local); case $routes in "
                + "*2001:db8::1*ff00::/8*ff00::/8*) exit 0 ;; esac; sleep 0.02; done; echo \"$routes\"; exit 1",
        ] {
            try shell(line)
        }
    }

    deinit {
        _ = try? Self.call(["/usr/sbin/ip", "netns", "del", name])
        try? FileManager.default.removeItem(atPath: folder)
    }

    var stateFile: String { "\(folder)/host.json" }

    var machine: NamespaceMachine { NamespaceMachine(namespace: name) }

    func hostNetwork() -> HostNetwork { HostNetwork(stateFile: stateFile, machine: machine) }

    func addDevice(_ device: String = "nat64") throws { try shell("ip tuntap add dev \(device) mode tun") }

    /// As when the program that has the device open ends.
    func removeDevice(_ device: String = "nat64") throws { try shell("ip link del dev \(device)") }

    /// Runs a line of a shell in the namespace; what it printed.
    @discardableResult
    func shell(_ line: String) throws -> String {
        try Self.call(["/usr/sbin/ip", "netns", "exec", name, "/bin/sh", "-c", line])
    }

    /// All that a test of "as it was found" compares.
    func picture() throws -> Picture {
        Picture(
            addresses: try stable(shell("ip -j addr | sed 's/\"tentative\":true,//g'")),
            routes: try shell("ip -4 route show table all; ip -6 route show table all"),
            proxies: try shell("ip neigh show proxy"), ruleset: try shell("nft list ruleset"),
            // addr_gen_mode of the device goes with the device, and not before.
            sysctls: try shell(
                "grep -r . /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv[46]/conf 2>/dev/null | sort "
                    + "| grep -v 'nat64/addr_gen_mode'"))
    }

    /// Without what the kernel changes on its own: states of links.
    private func stable(_ text: String) -> String {
        text.replacing(/"(operstate|qdisc)":"[^"]*",/, with: "").replacing(#""NO-CARRIER","#, with: "")
    }

    @discardableResult
    private static func call(_ arguments: [String]) throws -> String {
        // popen(3) waits for its own child by its number, whatever else this process has started in the meantime.
        let words = arguments.map { "'" + $0.replacingOccurrences(of: "'", with: #"'\''"#) + "'" }
        let line = "LC_ALL=C PATH=/usr/sbin:/sbin:/usr/bin:/bin \(words.joined(separator: " ")) 2>&1"
        guard let stream = popen(line, "re") else { throw CallFailure(call: line, words: "can't be started") }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, stream)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        let status = pclose(stream)
        let text = String(decoding: bytes, as: UTF8.self)
        if status != 0 { throw CallFailure(call: arguments.joined(separator: " "), words: text) }
        return text
    }
}

extension Trait where Self == ConditionTrait {
    /// Needs network namespaces. Under CI=true it runs, and fails, where there are none.
    static var namespaces: Self {
        .enabled(
            if: NetworkNamespace.canBeMade || ProcessInfo.processInfo.environment["CI"] == "true",
            "needs root and iproute2 for network namespaces")
    }
}

struct CallFailure: Error {
    var call: String
    var words: String
}

struct Picture: Equatable {
    var addresses: String
    var routes: String
    var proxies: String
    var ruleset: String
    var sysctls: String

    /// Lines that only one of the two has.
    func differences(from other: Picture) -> [String] {
        func lines(_ picture: Picture) -> [String] {
            [
                picture.addresses.replacing("},", with: "},\n"), picture.routes, picture.proxies, picture.ruleset,
                picture.sysctls,
            ]
            .flatMap { $0.split(separator: "\n").map(String.init) }
        }
        return lines(self).difference(from: lines(other)).map { change in
            switch change {
            case .insert(_, let line, _): "+ \(line)"
            case .remove(_, let line, _): "- \(line)"
            }
        }
    }
}

/// This machine, seen from inside a namespace.
struct NamespaceMachine: Machine {
    let namespace: String

    func run(_ command: Command) async throws(ProgramFailure) -> [UInt8] {
        let inside = Command(
            "ip", ["netns", "exec", namespace, command.program] + command.arguments, input: command.input)
        do throws(ProgramFailure) { return try await ProgramRunner.run(inside) } catch {
            throw ProgramFailure(command: command, cause: error.cause, words: error.words)
        }
    }

    func read(_ path: String) -> String? { enter { LocalMachine().read(path) } }

    func write(_ path: String, _ text: String) throws(Errno) {
        let result = enter { () -> Result<Void, Errno> in
            do throws(Errno) { return .success(try LocalMachine().write(path, text)) } catch { return .failure(error) }
        }
        try result.get()
    }

    func names(in folder: String) -> [String] { enter { LocalMachine().names(in: folder) } }
    func isAccessible(_ path: String) -> Bool { enter { LocalMachine().isAccessible(path) } }
    func hasProgram(_ name: String) -> Bool { LocalMachine().hasProgram(name) }

    /// What /proc/sys/net shows depends on the thread that looks.
    private func enter<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> Value {
        let done = DispatchSemaphore(value: 0)
        let shared = Shared<Value>()
        let thread = Thread { [namespace] in
            typealias SetNamespace = @convention(c) (Int32, Int32) -> Int32
            let setns = unsafeBitCast(dlsym(nil, "setns"), to: SetNamespace.self)
            let file = open("/run/netns/\(namespace)", O_RDONLY | O_CLOEXEC)
            precondition(setns(file, 0) == 0, "setns: \(errno)")
            close(file)
            shared.value.withLock { $0 = body() }
            done.signal()
        }
        thread.start()
        done.wait()
        return shared.value.withLock { $0! }
    }
}

private final class Shared<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
}
