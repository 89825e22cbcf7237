// Reads the facts: `ip -j`, `nft -j`, /proc and the kernel's clock. Changes nothing.

internal import FoundationEssentials
internal import Glibc
internal import HostNetwork
internal import LinuxIO
internal import NetAddress

enum BoxReader {
    static func read() async -> Box {
        var box = Box()
        async let interfaces: [InterfaceOutput] = list("ip", ["-j", "addr", "show"]) ?? []
        async let routes4: [RouteOutput] = list("ip", ["-4", "-j", "route", "show", "default"]) ?? []
        async let routes6: [RouteOutput] = list("ip", ["-6", "-j", "route", "show", "default"]) ?? []
        async let chains = droppingChains()
        box.interfaces = await interfaces.map(\.interface)
        box.defaultRoutes4 = await routes4.flatMap(\.routes)
        box.defaultRoutes6 = await routes6.flatMap(\.routes)
        box.droppingChains = await chains
        readSettings(into: &box)
        box.clock = clock()
        box.listeners = Listeners.read()
        return box
    }

    /// nil: the program failed or is not there.
    private static func list<Value: Decodable>(_ program: String, _ arguments: [String]) async -> Value? {
        let result = await Programs.run(
            program: program, arguments: arguments, namespace: nil, timeLimit: .seconds(3), outputLimit: 4_000_000)
        guard result.termination == .exited(0) else { return nil }
        return try? JSONDecoder().decode(Value.self, from: Data(result.output))
    }

    private static func droppingChains() async -> [Box.Chain]? {
        guard let ruleset: RulesetOutput = await list("nft", ["-j", "list", "chains"]) else { return nil }
        return ruleset.nftables.compactMap(\.chain).compactMap { chain in
            guard let hook = chain.hook, hook == "input" || hook == "forward", chain.policy == "drop" else {
                return nil
            }
            return Box.Chain(family: chain.family, table: chain.table, name: chain.name, hook: hook)
        }
    }

    private static func readSettings(into box: inout Box) {
        var paths = ["net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/ipv6/conf/all/disable_ipv6"]
        for interface in box.interfaces {
            for key in ["forwarding", "accept_ra", "disable_ipv6"] {
                paths.append("net/ipv6/conf/\(interface.name)/\(key)")
            }
            paths.append("net/ipv4/conf/\(interface.name)/forwarding")
        }
        for path in paths {
            if let text = text(of: "/proc/sys/\(path)") { box.settings[path] = text.trimmed }
        }
    }

    static func text(of path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return String(decoding: data, as: UTF8.self)
    }

    private static func clock() -> Box.Clock {
        var clock = Box.Clock()
        clock.now = Int64(time(nil))
        var status = stat()
        if stat("/proc/self/exe", &status) == 0 { clock.floor = Int64(status.st_mtim.tv_sec) }
        clock.isSynchronized = WallClock.isSynchronized
        return clock
    }
}

/// An object of `ip -j addr show`.
private struct InterfaceOutput: Decodable {
    var ifname: String
    var ifindex: UInt32
    var mtu: Int
    var flags: [String]
    var addr_info: [Entry]

    struct Entry: Decodable {
        var local: String?
        var prefixlen: Int?
        var tentative: Bool?
        var dadfailed: Bool?
    }

    var interface: Box.Interface {
        var interface = Box.Interface(
            name: ifname, index: ifindex, mtu: mtu, isUp: flags.contains("UP"),
            isLoopback: flags.contains("LOOPBACK"))
        interface.addresses = addr_info.compactMap { entry in
            guard let text = entry.local, let address = IPAddress(text), let length = entry.prefixlen else {
                return nil
            }
            return Box.Address(
                address: address, length: length, isTentative: entry.tentative == true,
                isDuplicate: entry.dadfailed == true)
        }
        return interface
    }
}

/// An object of `ip -j route show default`.
private struct RouteOutput: Decodable {
    var dev: String?
    var gateway: String?
    var via: Via?
    var `protocol`: String?
    var nexthops: [Hop]?

    struct Via: Decodable { var host: String? }

    struct Hop: Decodable {
        var dev: String?
        var gateway: String?
    }

    var routes: [Box.Route] {
        let hops = nexthops ?? [Hop(dev: dev, gateway: gateway ?? via?.host)]
        return hops.compactMap { hop in
            hop.dev.map { Box.Route(device: $0, gateway: hop.gateway.flatMap { IPAddress($0) }, source: `protocol`) }
        }
    }
}

/// What `nft -j list chains` prints.
private struct RulesetOutput: Decodable {
    var nftables: [Item]

    struct Item: Decodable { var chain: Chain? }

    struct Chain: Decodable {
        var family: String
        var table: String
        var name: String
        var hook: String?
        var policy: String?
    }
}

extension String {
    var trimmed: String {
        var text = self[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        while text.first?.isWhitespace == true { text.removeFirst() }
        return String(text)
    }
}

extension BoxReader {
    /// When a file was written last, seconds since 1970; nil: there is none, or it can't be seen.
    static func modified(_ path: String) -> Int64? {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_mtim.tv_sec) : nil
    }
}
