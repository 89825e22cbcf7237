// What the host looks like, as far as it concerns us. Read by StateReader; the planner sees nothing else.

internal import NetAddress

struct HostState: Hashable, Sendable {
    var links: [Link] = []
    var addresses: [Address] = []
    /// Those inside, equal to or around what was asked for, and default routes; not the whole tables.
    var routes: [Route] = []
    var proxies: [Proxy] = []
    /// nftables tables of family `ip`; nil: `nft` is not there, or has no rights.
    var tables: Set<String>?
    /// Chains of the forward hook that drop what no rule accepts.
    var droppingChains: [DroppingChain] = []
    /// Kernel settings by their path below /proc/sys: `net/ipv4/ip_forward`.
    var sysctls: [String: String] = [:]

    func link(_ name: String) -> Link? { links.first { $0.name == name } }

    struct Link: Hashable, Sendable {
        var name: String
        var index: Int
        var mtu: Int
        var isUp: Bool
        /// Whether neighbours on it are asked for with ARP.
        var usesARP: Bool
        /// `tun`, `veth`, `bridge`; nil for hardware.
        var kind: String?
        /// Of kind `tun`: not `tap`.
        var isTun = false
        /// A tun device that outlives the program that has it open.
        var isPersistent = false
    }

    struct Address: Hashable, Sendable {
        var device: String
        var address: IPAddress
        /// The connected network's prefix length.
        var length: Int
        /// The network of the other end, where it differs from the address's own (`ip addr add A peer B`).
        var peer: IPAddress?
        var broadcast: IPv4Address?
        /// Learned with a lifetime, from router advertisements or DHCP.
        var isDynamic = false
        /// `global`, `link`, `host`, ...
        var scope = "global"

        /// The network that is reached directly on `device`.
        var network: IPPrefix? { IPPrefix(peer ?? address, length: length) }
    }

    struct Route: Hashable, Sendable {
        var destination: IPPrefix
        /// `unicast`, `local`, `blackhole`, ...
        var type = "unicast"
        /// `main`, `local`, a name or number.
        var table = "main"
        /// Who made it: `kernel`, `ra`, `static`; nil: not said.
        var source: String?
        var hops: [Hop] = []
        var metric: Int?

        struct Hop: Hashable, Sendable {
            var device: String?
            var gateway: IPAddress?
        }

        var isDefault: Bool { destination.length == 0 }
        var devices: Set<String> { Set(hops.compactMap(\.device)) }
    }

    /// An address of others that the host answers for with ARP.
    struct Proxy: Hashable, Sendable {
        var address: IPAddress
        var device: String
    }

    struct DroppingChain: Hashable, Sendable {
        var family: String
        var table: String
        var name: String
        /// Names of devices, and anything else in quotes, that its rules speak of.
        var words: Set<String> = []
    }
}

extension HostState.Route: CustomStringConvertible {
    /// As `ip route` writes it, shortened: `64:ff9b::/96 via fe80::1 dev eth0`.
    var description: String {
        var words = type == "unicast" ? [] : [type]
        words.append(isDefault ? "default" : "\(destination)")
        for hop in hops {
            if let gateway = hop.gateway { words.append("via \(gateway)") }
            if let device = hop.device { words.append("dev \(device)") }
        }
        if table != "main" { words.append("table \(table)") }
        return words.joined(separator: " ")
    }

    /// The command that takes it away.
    var removal: String {
        let family = destination.address.bitWidth == 128 ? "ip -6" : "ip"
        return "\(family) route del \(description)"
    }
}
