// The JSON of `ip -j` and `nft -j`: what is needed of it, strictly; fields that are not known are passed over.

internal import FoundationEssentials
internal import NAT64Backend
internal import NetAddress

/// An object of `ip -j -d link show`.
struct LinkOutput: Decodable {
    var ifindex: Int
    var ifname: String
    var flags: [String]
    var mtu: Int
    var linkinfo: Info?

    struct Info: Decodable {
        var info_kind: String?
        var info_data: Tun?
    }

    /// Other kinds of links have other fields, or the same of another type.
    struct Tun: Decodable {
        var type: String?
        var persist: Bool?

        private enum CodingKeys: CodingKey { case type, persist }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            type = try? fields.decodeIfPresent(String.self, forKey: .type)
            persist = try? fields.decodeIfPresent(Bool.self, forKey: .persist)
        }
    }

    var link: HostState.Link {
        let isTunDriver = linkinfo?.info_kind == "tun"
        return HostState.Link(
            name: ifname, index: ifindex, mtu: mtu, isUp: flags.contains("UP"),
            usesARP: !flags.contains("NOARP") && !flags.contains("LOOPBACK"), kind: linkinfo?.info_kind,
            isTun: isTunDriver && linkinfo?.info_data?.type == "tun",
            isPersistent: isTunDriver && linkinfo?.info_data?.persist == true)
    }
}

/// An object of `ip -j addr show`.
struct AddressOutput: Decodable {
    var ifname: String
    var addr_info: [Entry]

    struct Entry: Decodable {
        var local: String
        var prefixlen: Int
        var address: String?
        var broadcast: String?
        var dynamic: Bool?
        var scope: String?
    }

    func addresses() throws(BackendFailure) -> [HostState.Address] {
        var found: [HostState.Address] = []
        for entry in addr_info {
            guard let address = IPAddress(entry.local) else { throw .unreadable("ip -j addr show", entry.local) }
            found.append(
                HostState.Address(
                    device: ifname, address: address, length: entry.prefixlen,
                    peer: entry.address.flatMap { IPAddress($0) },
                    broadcast: entry.broadcast.flatMap { IPv4Address($0) }, isDynamic: entry.dynamic ?? false,
                    scope: entry.scope ?? "global"))
        }
        return found
    }
}

/// An object of `ip -j route show`.
struct RouteOutput: Decodable {
    var dst: String
    var type: String?
    var table: String?
    var `protocol`: String?
    var dev: String?
    var gateway: String?
    var via: Via?
    var metric: Int?
    var nexthops: [Hop]?

    /// A gateway of the other family.
    struct Via: Decodable {
        var host: String
    }

    struct Hop: Decodable {
        var dev: String?
        var gateway: String?
        var via: Via?
    }

    /// - Parameter family: 4 or 6; `default` doesn't say.
    func route(family: Int) throws(BackendFailure) -> HostState.Route {
        let text = dst == "default" ? (family == 4 ? "0.0.0.0/0" : "::/0") : dst
        guard let destination = IPPrefix(text) else { throw .unreadable("ip -j route show", dst) }
        var route = HostState.Route(destination: destination)
        route.type = type ?? "unicast"
        route.table = table ?? "main"
        route.source = `protocol`
        route.metric = metric
        let single = [Hop(dev: dev, gateway: gateway, via: via)]
        route.hops = (nexthops ?? single).map { hop in
            HostState.Route.Hop(device: hop.dev, gateway: (hop.gateway ?? hop.via?.host).flatMap { IPAddress($0) })
        }
        return route
    }
}

/// An object of `ip -j neigh show proxy`.
struct ProxyOutput: Decodable {
    var dst: String
    var dev: String?

    func proxy() throws(BackendFailure) -> HostState.Proxy? {
        guard let address = IPAddress(dst) else { throw .unreadable("ip -j neigh show proxy", dst) }
        return dev.map { HostState.Proxy(address: address, device: $0) }
    }
}

/// An object of `ip -j route get`.
struct SourceOutput: Decodable {
    var dev: String?
    var prefsrc: String?
}

/// What `nft -j list` prints: objects of one field each, named after what they are.
struct RulesetOutput: Decodable {
    var nftables: [Item]

    struct Item: Decodable {
        var table: Table?
        var chain: Chain?
        var rule: Rule?
    }

    struct Table: Decodable {
        var family: String
        var name: String
    }

    struct Chain: Decodable {
        var family: String
        var table: String
        var name: String
        var hook: String?
        var policy: String?
    }

    struct Rule: Decodable {
        var expr: Words?
    }

    /// All strings of any JSON, wherever they stand.
    struct Words: Decodable {
        var all: Set<String> = []

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let text = try? value.decode(String.self) {
                all = [text]
            } else if let list = try? value.decode([Words].self) {
                all = list.reduce(into: []) { $0.formUnion($1.all) }
            } else if let object = try? value.decode([String: Words].self) {
                all = object.values.reduce(into: []) { $0.formUnion($1.all) }
            }
        }
    }
}

enum ProgramOutput {
    /// `ip` prints nothing at all, or empty objects, where it has nothing to say.
    static func list<Element: Decodable>(_ bytes: [UInt8], of command: Command) throws(BackendFailure) -> [Element] {
        guard bytes.contains(UInt8(ascii: "{")) else { return [] }
        let lenient: [Lenient<Element>] = try value(bytes, of: command)
        return lenient.compactMap(\.element)
    }

    static func value<Value: Decodable>(_ bytes: [UInt8], of command: Command) throws(BackendFailure) -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            throw .unreadable(command.typed, "\(error)")
        }
    }

    /// Nothing for `{}`; strict for everything else.
    private struct Lenient<Element: Decodable>: Decodable {
        var element: Element?

        init(from decoder: any Decoder) throws {
            if try decoder.container(keyedBy: AnyKey.self).allKeys.isEmpty { return }
            element = try Element(from: decoder)
        }
    }

    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

extension BackendFailure {
    static func unreadable(_ command: String, _ what: String) -> BackendFailure {
        BackendFailure(.refused, "`\(command)` printed what dns64d does not understand: \(what)")
    }
}
