// A small network of namespaces: this box, a router, a server.
//
//     probe device -- box 2001:db8:1::1 -- 2001:db8:1::2 router 2001:db8:2::1 -- 2001:db8:2::2 server

import Foundation
import Glibc
import LinuxIO
import NetAddress
import Synchronization
import Testing

@testable import Probe

final class Network: Sendable {
    private static let count = Atomic<Int>(0)
    let box: String
    let router: String
    let server: String

    static let client = IPv6Address("2001:db8:c::7")!
    static let boxAddress = IPv6Address("2001:db8:1::1")!
    static let routerAddress = IPv6Address("2001:db8:1::2")!
    static let serverAddress = IPv6Address("2001:db8:2::2")!

    /// The server accepts on port 443 and refuses on others; drops what comes for port 82; the router forbids port 83.
    static func make() async throws -> Network { try await aside { try Network() } }

    private init() throws {
        let number = Self.count.add(1, ordering: .relaxed).newValue
        let stem = "probe-\(getpid())-\(number)"
        (box, router, server) = ("\(stem)-b", "\(stem)-r", "\(stem)-s")
        var made: [String] = []
        do {
            for name in [box, router, server] {
                try Self.callHere("ip netns add \(name)")
                made.append(name)
                // No address is tentative.
                try Self.shellHere(
                    name,
                    "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad; ip link set lo up;"
                        + "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding")
            }
            try Self.callHere("ip link add lan netns \(box) type veth peer name lan netns \(router)")
            try Self.callHere("ip link add wan netns \(router) type veth peer name wan netns \(server)")
            try Self.shellHere(
                box, "ip -6 addr add 2001:db8:1::1/64 dev lan nodad && ip link set lan up")
            try Self.shellHere(
                router,
                "ip -6 addr add 2001:db8:1::2/64 dev lan nodad && ip -6 addr add 2001:db8:2::1/64 dev wan nodad"
                    + " && ip link set lan up && ip link set wan up")
            try Self.shellHere(
                server, "ip -6 addr add 2001:db8:2::2/64 dev wan nodad && ip link set wan up")
            try Self.shellHere(box, "ip -6 route add 2001:db8:2::/64 via 2001:db8:1::2")
            try Self.shellHere(router, "ip -6 route add 2001:db8:c::/48 via 2001:db8:1::1")
            try Self.shellHere(server, "ip -6 route add default via 2001:db8:2::1")
            try Self.shellHere(server, "nft add table inet t")
            try Self.shellHere(server, "nft add chain inet t in '{ type filter hook input priority 0; }'")
            try Self.shellHere(server, "nft add rule inet t in tcp dport 82 drop")
            try Self.shellHere(router, "nft add table inet t")
            try Self.shellHere(router, "nft add chain inet t fw '{ type filter hook forward priority 0; }'")
            try Self.shellHere(router, "nft add rule inet t fw tcp dport 83 reject with icmpv6 type admin-prohibited")
            // The kernel speaks for a new address a moment after `ip` has returned.
            let asks = "for i in 1 2 3 4 5; do ping -6 -n -q -c1 -W1 2001:db8:2::2 && exit 0; done; exit 1"
            try Self.shellHere(box, asks)
            let opened = try NetworkNamespaces.run(in: server) { () -> Int32 in
                let address = SocketAddress(.v6(Self.serverAddress), port: 443)
                return (try? ListeningStreamSocket(bind: address))?.release().release() ?? -1
            }
            try #require(opened >= 0)
            descriptor = opened
        } catch {
            for name in made { _ = try? Self.callHere("ip netns del \(name)") }
            throw error
        }
    }

    private let descriptor: Int32

    deinit {
        close(descriptor)
        for name in [box, router, server] { _ = try? Self.callHere("ip netns del \(name)") }
    }

    func client() async throws -> ProbeClient {
        try await ProbeClient.open(address: Self.client, name: "dns64probe", reserve: nil, in: .namespace(box))
    }

    /// The names of the box's interfaces.
    func interfaces() async throws -> [String] {
        try await Self.shell(box, "ls /sys/class/net").split(separator: "\n").map(String.init)
    }

    @discardableResult
    static func shell(_ namespace: String, _ line: String) async throws -> String {
        try await aside { try shellHere(namespace, line) }
    }

    @discardableResult
    private static func shellHere(_ namespace: String, _ line: String) throws -> String {
        try callHere("ip netns exec \(namespace) /bin/sh -c \"\(line)\"")
    }

    @discardableResult
    private static func callHere(_ line: String) throws -> String {
        // popen(3) waits for its own child by its number, whatever else this process has started in the meantime.
        guard let stream = popen("LC_ALL=C PATH=/usr/sbin:/sbin:/usr/bin:/bin \(line) 2>&1", "re") else {
            throw CallFailure(call: line, words: "can't be started")
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, stream)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard pclose(stream) == 0 else { throw CallFailure(call: line, words: text) }
        return text
    }

    static var canBeMade: Bool {
        geteuid() == 0 && access("/usr/sbin/nft", X_OK) == 0 && access("/dev/net/tun", R_OK) == 0
    }
}

/// On a thread of its own: asynchronous work, the probe's too, has but one for each processor, and what waits for a program there
/// keeps it past its limits.
func aside<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

struct CallFailure: Error {
    var call: String
    var words: String
}

extension Trait where Self == ConditionTrait {
    /// Needs network namespaces. Under CI=true it runs, and fails, where there are none.
    static var namespaces: Self {
        .enabled(
            if: Network.canBeMade || ProcessInfo.processInfo.environment["CI"] == "true",
            "needs root, /dev/net/tun, iproute2 and nftables")
    }
}
